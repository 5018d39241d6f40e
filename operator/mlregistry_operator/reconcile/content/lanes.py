"""How much is on its way at once: overall, of one registry, of one tenant, and of large pieces."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

from mlregistry_operator.fairness.pool import Pool
from mlregistry_operator.fairness.tenants import SHARES, current_tenant
from mlregistry_operator.telemetry.copies import measured_copy

_T = TypeVar("_T")
_R = TypeVar("_R")
# Of what stays free of one registry's slots, a namespace may hold three times as much.
_OF_A_REGISTRY: Final = (3.0,)
LARGE: Final = 64 * 1024 * 1024  # bytes; a call that moves more takes seconds, not moments


@dataclass(frozen=True, slots=True)
class LaneLimits:
    """Server-side copies at the same time: of all registries together, and of any one of them."""

    overall: int = 32
    per_registry: int = 16


class Lanes:
    """Slots for server-side copies, given in fair turns among tenants.

    Large copies have half of them at most: small ones never wait for a large one's end. What one namespace
    copies for one registry has half of all at most, and three quarters of the registry's.
    """

    def __init__(self, limits: LaneLimits) -> None:
        self._limits = limits
        self._overall = Pool(limits.overall, SHARES)
        self._large = Pool(max(1, limits.overall // 2), SHARES)
        self._registries: dict[str, tuple[Pool, Pool]] = {}
        self._in_flight = 0

    @property
    def in_flight(self) -> int:
        """Copies at this moment."""
        return self._in_flight

    @asynccontextmanager
    async def slot(self, registry: str, size: int) -> AsyncIterator[None]:
        """Hold a slot for one call that moves `size` bytes. `registry` tells registries apart."""
        own, own_large = self._registry(registry)
        namespace = current_tenant().namespace
        async with AsyncExitStack() as held:
            if size > LARGE:
                await held.enter_async_context(own_large.turn((namespace,)))
                await held.enter_async_context(self._large.turn((namespace, registry)))
            await held.enter_async_context(own.turn((namespace,)))
            await held.enter_async_context(self._overall.turn((namespace, registry)))
            self._in_flight += 1
            try:
                with measured_copy(size):
                    yield
            finally:
                self._in_flight -= 1

    def _registry(self, registry: str) -> tuple[Pool, Pool]:
        count = self._limits.per_registry
        if registry not in self._registries:
            pools = Pool(count, _OF_A_REGISTRY), Pool(max(1, count // 2), _OF_A_REGISTRY)
            self._registries[registry] = pools
        return self._registries[registry]


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
