"""How many bytes of content the whole process may hold at once, and how tenants share them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from mlregistry_operator.fairness.pool import Pool
from mlregistry_operator.fairness.queue import Path
from mlregistry_operator.fairness.tenants import SHARES, current_tenant

_FOR_SMALL: Final = 8  # one part of so many is kept for small takes
_SMALL: Final = 64  # a take of one part of so many, or less, is small
_LEAST: Final = 512  # no take counts for less than one part of so many: its connection takes memory, too


class MemoryBudget:
    """A number of bytes, handed out in fair turns among tenants. Belongs to one event loop.

    Small takes have a part of their own: they never wait for large ones. Of either part a tenant has half at
    most, whoever else waits or not: bytes that are held can't be taken back when another one comes.

    Who holds a share must be able to finish without another one, else two of them wait for each other.
    """

    def __init__(self, size: int) -> None:
        small = size // _FOR_SMALL
        self._size, self._small, self._least = size, size // _SMALL, max(1, size // _LEAST)
        self._for_small, self._for_large = Pool(max(1, small), SHARES), Pool(max(1, size - small), SHARES)

    @property
    def size(self) -> int:
        return self._size

    @property
    def held(self) -> int:
        return self._for_small.held + self._for_large.held

    @property
    def most(self) -> int:
        """The largest take, which is the most that one tenant holds."""
        return max(1, self._for_large.size // 2)

    async def take(self, count: int) -> "Share":
        """Wait for so many bytes for this task's tenant; more than it may have is as much as it may."""
        path = current_tenant().path
        if count <= self._small:
            taken = await self._for_small.take(path, max(count, self._least))
            return Share(self._for_small, path, taken, self._least)
        taken = await self._for_large.take(path, min(count, self.most))
        return Share(self._for_large, path, taken, 1)


class Share:
    """A part of the budget; it can be given back in pieces, and what is left at the end."""

    __slots__ = ("_held", "_least", "_path", "_pool")

    def __init__(self, pool: Pool, path: Path, held: int, least: int) -> None:
        self._pool, self._path, self._held, self._least = pool, path, held, least

    def keep(self, count: int) -> None:
        """Give back all but so many bytes."""
        kept = max(count, self._least) if count > 0 else 0
        surplus = self._held - kept
        if surplus > 0:
            self._held = kept
            self._pool.give_back(self._path, surplus)

    @contextmanager
    def held(self) -> Iterator["Share"]:
        """Hold it while the body runs."""
        try:
            yield self
        finally:
            self.keep(0)
