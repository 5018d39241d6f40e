"""Where the loop of every object stands, so that one which has stopped is noticed.

A pass is ended after a time, and a wait has an end. A loop that is well beyond either has stopped: something
in it neither ends nor can be cancelled. Only another process helps, so that the liveness probe says it.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from mlregistry_operator.api.metadata import ObjectKey

GRACE_SECONDS: Final = 60.0


@dataclass(slots=True)
class Stand:
    """Where one loop stands: what it does, since when, and until when; None where that has no bound."""

    kind: str
    key: ObjectKey
    clock: Callable[[], float]
    doing: str = "begin"
    since: float = 0.0
    until: float | None = None

    def is_at(self, doing: str, seconds: float | None) -> None:
        """The loop does this now, and something else within so many seconds."""
        self.doing, self.since = doing, self.clock()
        self.until = None if seconds is None else self.since + seconds + GRACE_SECONDS

    def trouble(self) -> str | None:
        """Why the loop counts as stopped; None where it does not."""
        now, until = self.clock(), self.until  # the loop's own thread may set another meanwhile
        if until is None or now <= until:
            return None
        bound = until - GRACE_SECONDS - self.since
        return (
            f"the loop of {self.kind} {self.key} has stopped: for {now - self.since:.0f} s it was to"
            f" {self.doing}, which takes {bound:.0f} s at most"
        )


@dataclass(slots=True)
class Watchdog:
    """Every loop of this process. Loops tell it where they are; any thread may ask."""

    clock: Callable[[], float] = time.monotonic
    _stands: dict[tuple[str, ObjectKey], Stand] = field(default_factory=dict)

    @contextmanager
    def watch(self, kind: str, key: ObjectKey) -> Iterator[Stand]:
        """Watch a loop while the body runs.

        One that a defect ended is still awaited: kopf begins it anew, and the newest of an object is watched.
        """
        stand = self._stands[kind, key] = Stand(kind, key, self.clock)
        stand.is_at("begin", 0.0)
        try:
            yield stand
        except Exception:  # of whatever kind: it goes on to kopf, which begins the loop anew
            stand.is_at("begin anew", GRACE_SECONDS)
            raise
        except BaseException:
            self._forget(stand)
            raise
        else:
            self._forget(stand)

    def sickness(self) -> str | None:
        """One loop that has stopped, and how many others have; None where none has."""
        stopped = [told for stand in list(self._stands.values()) if (told := stand.trouble()) is not None]
        if not stopped:
            return None
        others = f" ({len(stopped) - 1} more)" if len(stopped) > 1 else ""
        return f"{stopped[0]}{others}"

    def stopped(self) -> Counter[str]:
        """How many loops of each kind have stopped."""
        stands = list(self._stands.values())
        return Counter(stand.kind for stand in stands if stand.trouble() is not None)

    def forget(self, kind: str, key: ObjectKey) -> None:
        """The object is gone: nothing begins its loop anew."""
        self._stands.pop((kind, key), None)

    def _forget(self, stand: Stand) -> None:
        if self._stands.get((stand.kind, stand.key)) is stand:
            del self._stands[stand.kind, stand.key]
