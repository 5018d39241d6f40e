"""Who may reconcile: the decisions of an election by a Lease.

As in client-go, no clock of one machine is compared with that of another: a candidate counts from the moment
at which it saw the lease change itself. A leader counts from before its last renewal was sent, and so always
ends its reign before anybody may begin another.

Source: https://pkg.go.dev/k8s.io/client-go/tools/leaderelection.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

RELEASED_SECONDS: Final = 1


def clock() -> float:
    """Monotonic seconds that go on while the machine is suspended, where the system can tell them."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True, slots=True)
class Candidate:
    """One process of a replica. `replica` survives its restart, empty where nothing does."""

    replica: str
    process: str

    @property
    def name(self) -> str:
        """What stands in the lease as its holder."""
        return f"{self.replica}_{self.process}" if self.replica else self.process

    def is_earlier_self(self, holder: str) -> bool:
        """Whether that holder is a process that this one stands in for: one replica never has two at once."""
        return bool(self.replica) and holder.rpartition("_")[0] == self.replica


@dataclass(frozen=True, slots=True)
class Tenure:
    """What a lease says. `version` is what it is written against, `acquired` and `renewed` are for people."""

    holder: str
    seconds: int
    acquired: str
    renewed: str
    transitions: int = 0
    version: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A lease, and the moment (by our own clock) at which it was first seen like this."""

    tenure: Tenure | None
    since: float


class Step(StrEnum):
    """What a candidate does next."""

    TAKE = "Take"
    RENEW = "Renew"
    WAIT = "Wait"


@dataclass(frozen=True, slots=True)
class Decision:
    """`seconds` is how long to wait at most."""

    step: Step
    seconds: float = 0.0


def look(before: Seen | None, tenure: Tenure | None, now: float) -> Seen:
    """What is seen now; a lease that has not changed has been like this since it was first seen so.

    A lease that somebody has deleted counts on: its holder may not have noticed.
    """
    if before is None:
        return Seen(tenure, now)
    if tenure is None and before.tenure is not None:
        return Seen(without_version(before.tenure), before.since)
    return before if before.tenure == tenure else Seen(tenure, now)


def without_version(tenure: Tenure) -> Tenure:
    """The same, to be made where it was deleted."""
    return replace(tenure, version="")


def decide(me: Candidate, seen: Seen, now: float) -> Decision:
    """Take a lease that is nobody's or has run out, renew our own, else wait until it may have run out."""
    tenure = seen.tenure
    if tenure is not None and tenure.holder == me.name:
        return Decision(Step.RENEW)
    if tenure is None or not tenure.holder or me.is_earlier_self(tenure.holder):
        return Decision(Step.TAKE)
    left = seen.since + tenure.seconds - now
    return Decision(Step.TAKE) if left <= 0 else Decision(Step.WAIT, left)


def claim(me: Candidate, before: Tenure | None, seconds: float, today: str) -> Tenure:
    """The lease as it is written to take or to renew it."""
    whole = math.ceil(seconds)
    if before is None:
        return Tenure(me.name, whole, acquired=today, renewed=today)
    if before.holder == me.name:
        return replace(before, seconds=whole, renewed=today)
    passed = before.transitions + 1
    return Tenure(me.name, whole, today, today, transitions=passed, version=before.version)


def let_go(mine: Tenure, today: str) -> Tenure:
    """The lease as it is written by a leader that stops: anybody may take it at once."""
    return replace(mine, holder="", seconds=RELEASED_SECONDS, renewed=today)


@dataclass(slots=True)
class Reign:
    """Until when this process may write. Asked by every thread right before every write."""

    clock: Callable[[], float] = clock
    until: float = -math.inf

    @property
    def holds(self) -> bool:
        return self.clock() < self.until

    @property
    def left(self) -> float:
        """Seconds that are left, 0 where it is over."""
        return max(0.0, self.until - self.clock())

    def end(self) -> None:
        self.until = -math.inf


def endless() -> Reign:
    """The reign of a process that has no rivals."""
    return Reign(until=math.inf)
