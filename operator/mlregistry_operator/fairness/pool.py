"""A number of units that tasks wait for, given out by a fair queue. Belongs to one event loop."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from mlregistry_operator.fairness.contention import Contention
from mlregistry_operator.fairness.queue import FairQueue, Path


class Pool:
    """`size` units; `shares` are those of `FairQueue`.

    With `contention`, the part of a path at `namespace_at` is the namespace that is at work.
    Who holds units must be able to finish without others of the same pool, else two wait for each other.
    """

    def __init__(
        self,
        size: int,
        shares: Sequence[float],
        contention: Contention | None = None,
        namespace_at: int = 0,
    ) -> None:
        limits = (lambda: contention.limit,) if contention is not None else ()
        self._queue: FairQueue[asyncio.Future[None]] = FairQueue(size, shares, *limits)
        self._contention, self._namespace_at = contention, namespace_at

    @property
    def size(self) -> int:
        return self._queue.size

    @property
    def held(self) -> int:
        return self._queue.held

    @property
    def waiting(self) -> int:
        """How many tasks wait."""
        return self._queue.waiting

    @asynccontextmanager
    async def turn(self, path: Path, count: int = 1) -> AsyncIterator[None]:
        """Hold so many units while the body runs."""
        taken = await self.take(path, count)
        try:
            yield
        finally:
            self.give_back(path, taken)

    async def take(self, path: Path, count: int = 1) -> int:
        """Wait for so many units, or for all where there are fewer; how many were taken."""
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        if self._contention is not None:
            self._contention.works(path[self._namespace_at])
            loop.call_soon(self._has_come_round, self._contention, self._contention.now())
        wish = self._queue.add(path, count, turn)
        self._grant()
        if wish.granted:
            return wish.count
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back(path, wish.count)  # it was granted in the moment of the cancellation
            elif not wish.granted:
                self._queue.withdraw(wish)
                self._grant()
            raise
        return wish.count

    def give_back(self, path: Path, count: int) -> None:
        """Give back some of what was taken for that path."""
        self._queue.give_back(path, count)
        self._grant()

    def _has_come_round(self, contention: Contention, asked: float) -> None:
        """The loop has done all that was to be done before: how long that took is its lag."""
        contention.lagged(contention.now() - asked)
        self._grant()

    def _grant(self) -> None:
        while (wish := self._queue.next()) is not None:
            if wish.item.cancelled():
                self._queue.give_back(wish.path, wish.count)
            else:
                wish.item.set_result(None)
