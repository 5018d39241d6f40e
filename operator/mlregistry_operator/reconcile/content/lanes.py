"""How much is on its way at once: overall, for one registry, and of large pieces, so that small ones pass."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

from mlregistry_operator.telemetry.copies import measured_copy

_T = TypeVar("_T")
_R = TypeVar("_R")
LARGE: Final = 64 * 1024 * 1024  # bytes; a call that moves more takes seconds, not moments


@dataclass(frozen=True, slots=True)
class LaneLimits:
    """Server-side copies at the same time: of all registries together, and of any one of them."""

    overall: int = 32
    per_registry: int = 16


class Lanes:
    """Slots for server-side copies, given in the order in which they are asked for.

    Large copies have half of them at most: small ones never wait for a large one's end.
    """

    def __init__(self, limits: LaneLimits) -> None:
        self._limits = limits
        self._overall = asyncio.Semaphore(limits.overall)
        self._large = asyncio.Semaphore(max(1, limits.overall // 2))
        self._registries: dict[str, tuple[asyncio.Semaphore, asyncio.Semaphore]] = {}
        self._in_flight = 0

    @property
    def in_flight(self) -> int:
        """Copies at this moment."""
        return self._in_flight

    @asynccontextmanager
    async def slot(self, registry: str, size: int) -> AsyncIterator[None]:
        """Hold a slot for one call that moves `size` bytes. `registry` tells registries apart."""
        own, own_large = self._registry(registry)
        async with AsyncExitStack() as held:
            if size > LARGE:
                await held.enter_async_context(own_large)
                await held.enter_async_context(self._large)
            await held.enter_async_context(own)
            await held.enter_async_context(self._overall)
            self._in_flight += 1
            try:
                with measured_copy(size):
                    yield
            finally:
                self._in_flight -= 1

    def _registry(self, registry: str) -> tuple[asyncio.Semaphore, asyncio.Semaphore]:
        count = self._limits.per_registry
        return self._registries.setdefault(
            registry, (asyncio.Semaphore(count), asyncio.Semaphore(max(1, count // 2)))
        )


async def each(items: Iterable[_T], width: int, work: Callable[[_T], Awaitable[_R]]) -> list[_R]:
    """Do the same for every item, at most `width` at once; the results in the items' order.

    The first failure ends the others, and is raised alone.
    """
    results: dict[int, _R] = {}
    shared = enumerate(items)

    async def lane() -> None:
        for index, item in shared:
            results[index] = await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(width):
                group.create_task(lane())
    except BaseExceptionGroup as failures:
        raise first_failure(failures) from None
    return [results[index] for index in sorted(results)]


def first_failure(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """The failure that ended a group of tasks, alone."""
    first = failures.exceptions[0]
    return first_failure(first) if isinstance(first, BaseExceptionGroup) else first
