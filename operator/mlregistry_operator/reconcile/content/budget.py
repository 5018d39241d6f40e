"""How many bytes of content the whole process may hold at once, however large the files are."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class MemoryBudget:
    """A number of bytes, handed out in the order in which it is asked for. Belongs to one event loop.

    Who holds a share must be able to finish without another one, else two of them wait for each other.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._free = size
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def size(self) -> int:
        return self._size

    @property
    def held(self) -> int:
        return self._size - self._free

    async def take(self, count: int) -> "Share":
        """Wait for so many bytes; more than there are is the whole budget."""
        wanted = min(count, self._size)
        if self._waiting or wanted > self._free:
            await self._wait(wanted)
        else:
            self._free -= wanted
        return Share(self, wanted)

    async def _wait(self, wanted: int) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((wanted, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give(wanted)  # it was granted in the moment of the cancellation
            else:
                self._waiting.remove((wanted, turn))
                self._grant()
            raise

    def _give(self, count: int) -> None:
        self._free += count
        self._grant()

    def _grant(self) -> None:
        while self._waiting:
            wanted, turn = self._waiting[0]
            if turn.done():
                self._waiting.popleft()
            elif wanted <= self._free:
                self._waiting.popleft()
                self._free -= wanted
                turn.set_result(None)
            else:
                return


class Share:
    """A part of the budget; it can be given back in pieces, and what is left at the end."""

    __slots__ = ("_budget", "_held")

    def __init__(self, budget: MemoryBudget, held: int) -> None:
        self._budget, self._held = budget, held

    def keep(self, count: int) -> None:
        """Give back all but so many bytes."""
        surplus = self._held - count
        if surplus > 0:
            self._held = count
            self._budget._give(surplus)  # noqa: SLF001 - a share is a part of its budget

    @contextmanager
    def held(self) -> Iterator["Share"]:
        """Hold it while the body runs."""
        try:
            yield self
        finally:
            self.keep(0)
