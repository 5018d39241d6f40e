"""One fresh look for many who ask at the same time: a thousand passes do not read a thousand objects each."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

_T = TypeVar("_T")


@dataclass(slots=True)
class Shared(Generic[_T]):
    """Looks that are shared. One is under way at a time, and who asks meanwhile gets the next."""

    _going: "asyncio.Task[_T] | None" = field(default=None, init=False)
    _next: "asyncio.Task[_T] | None" = field(default=None, init=False)

    async def fresh(self, look: Callable[[], Awaitable[_T]]) -> _T:
        """What a look sees that begins after this call. Raises what the look raises."""
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._going, look))
        return await asyncio.shield(self._next)

    async def _after(self, before: "asyncio.Task[_T] | None", look: Callable[[], Awaitable[_T]]) -> _T:
        if before is not None:
            await asyncio.wait({before})
        self._going, self._next = self._next, None
        return await look()
