"""A limit of time for what the other side does, which does not count what is waited for on this one."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Final

_limit: Final[ContextVar[asyncio.Timeout | None]] = ContextVar("limit", default=None)


@asynccontextmanager
async def limited(seconds: float | None) -> AsyncIterator[asyncio.Timeout]:
    """Like `asyncio.timeout`, but for the time spent within `uncounted`. None is no limit."""
    async with asyncio.timeout(seconds) as limit:
        before = _limit.set(limit)
        try:
            yield limit
        finally:
            _limit.reset(before)


@contextmanager
def uncounted() -> Iterator[None]:
    """Stop the clock of the task's limit while the body runs, if there is one."""
    limit = _limit.get()
    until = limit.when() if limit is not None else None
    if limit is None or until is None or limit.expired():
        yield
        return
    loop = asyncio.get_running_loop()
    left = until - loop.time()
    limit.reschedule(None)
    try:
        yield
    finally:
        if not limit.expired():
            limit.reschedule(loop.time() + left)
