"""Scopes that a service asked to leave alone: closed until their time, then opened slowly.

When the wait is over one call goes alone, because its answer tells whether the service meant longer. The
others follow one by one, as fast as the service refills; every refusal meanwhile halves that pace, and after
a quiet while the scope is as free as any. Whoever comes to a closed scope is told a time of its own, so that
two hundred never come back in one instant. Whoever comes to an open one queues on the spot: a pass that had
some of its reads and not the others would have spent them for nothing.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from azure.core.exceptions import AzureError

ALONE_SECONDS: Final = 0.5
NEAR_SECONDS: Final = 1.0
QUEUE_SECONDS: Final = 30.0
QUIET_SECONDS: Final = 10.0
LOW_SECONDS: Final = 2.0
SLOWEST_PACE: Final = 1.0
UNSAID_SECONDS: Final = 1.0
LONGEST_UNSAID_SECONDS: Final = 60.0


class Told(Protocol):
    """Hears what limits cost: how long who came to a scope has to wait, there or with a `HeldBackError`."""

    def waits(self, scope: Hashable, seconds: float, *, sent: bool) -> None: ...


class HeldBackError(AzureError):
    """A request that was not sent, because Azure asked to wait; `seconds` until it may be."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"held back for {seconds:.0f} s, as Azure asked")
        self.seconds = seconds


@dataclass(slots=True)
class _Gate:
    """One scope: when it opens, and the next times that nobody has been given yet.

    `pace` is in seconds between two calls, `slower` that after refusals, until `ends`; then the gate is
    forgotten. `told` is the next time for those who have to come again.
    """

    pace: float
    slower: float
    opens: float
    free: float
    told: float
    ends: float = 0.0
    refusals: int = 0
    alone: bool = False

    def close(self, now: float, seconds: float | None) -> None:
        """Leave the scope alone. What was sent before it closed may only make the wait longer."""
        if self.opens <= now:
            self.refusals += 1
            self.slower = min(SLOWEST_PACE, self.slower * 2) if self.refusals > 1 else self.slower
        elif seconds is None:
            return
        unsaid = min(LONGEST_UNSAID_SECONDS, UNSAID_SECONDS * 2.0 ** (self.refusals - 1))
        self.opens = max(self.opens, now + (unsaid if seconds is None else seconds))
        self.free = self.told = self.opens
        self.alone = True
        self.ends = self.opens + QUIET_SECONDS

    def take(self, turn: float) -> None:
        """Give that time to a call."""
        pace = self.slower if turn < self.ends else self.pace
        self.free = turn + (ALONE_SECONDS if self.alone else pace)
        self.alone = False


@dataclass(slots=True)
class Gates:
    """Every scope that is not free. One for each service and process; `sleep` waits on the spot."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    told: Told | None = field(default=None, repr=False)
    _gates: dict[Hashable, _Gate] = field(default_factory=dict)

    async def enter(self, scopes: Iterable[Hashable]) -> None:
        """Return when a call that counts in all of these scopes may be sent.

        Raises:
            HeldBackError: that is not soon; the time in it is the caller's own.
        """
        asked = tuple(scopes)
        while (wait := self._ask(asked)) > 0:
            await self.sleep(wait)
            if not self._closed(asked):
                return

    def close(self, scope: Hashable, seconds: float | None, pace: float) -> None:
        """Close a scope for as long as its service asked, or for a time of ours where it did not say."""
        now = self.clock()
        self._known(scope, pace, now).close(now, seconds)

    def slow(self, scope: Hashable, pace: float) -> None:
        """Let calls go one by one for a while; after a refusal a pace is never shortened by this."""
        now = self.clock()
        gate = self._known(scope, pace, now)
        gate.slower = max(gate.slower, pace) if gate.refusals else pace
        gate.free = max(gate.free, now + pace)
        gate.ends = max(gate.ends, now + LOW_SECONDS)

    def _ask(self, scopes: tuple[Hashable, ...]) -> float:
        """Seconds until the turn that the caller has now."""
        now = self.clock()
        held = {scope: gate for scope in scopes if (gate := self._held(scope, now)) is not None}
        gates = held.values()
        turn = max([now, *(gate.free for gate in gates)])
        opens = max([now, *(gate.opens for gate in gates)])
        if opens - now > NEAR_SECONDS or turn - now > QUEUE_SECONDS:
            turn = max([turn, *(gate.told for gate in gates)])
            for gate in gates:
                gate.told = turn + gate.pace
            self._tell(held, turn - now, sent=False)
            raise HeldBackError(turn - now)
        self._tell(held, turn - now, sent=True)
        for gate in gates:
            gate.take(turn)
        return turn - now

    def _tell(self, held: Mapping[Hashable, _Gate], seconds: float, *, sent: bool) -> None:
        """Whoever has to wait does so because of the last of its scopes to be free."""
        if self.told is not None and seconds > 0:
            self.told.waits(max(held, key=lambda scope: held[scope].free), seconds, sent=sent)

    def _closed(self, scopes: tuple[Hashable, ...]) -> bool:
        """Whether one of them was closed, perhaps while the caller waited."""
        now = self.clock()
        return any((gate := self._held(scope, now)) is not None and gate.opens > now for scope in scopes)

    def _known(self, scope: Hashable, pace: float, now: float) -> _Gate:
        gate = self._held(scope, now)
        if gate is None:
            gate = self._gates[scope] = _Gate(pace, pace, opens=now, free=now, told=now)
        return gate

    def _held(self, scope: Hashable, now: float) -> _Gate | None:
        gate = self._gates.get(scope)
        if gate is not None and max(gate.ends, gate.free) <= now:
            del self._gates[scope]
            return None
        return gate
