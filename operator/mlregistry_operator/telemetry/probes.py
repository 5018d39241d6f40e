"""Whether the process lives and whether it works, for probes and for people."""

import threading
import time
from dataclasses import dataclass, field
from typing import Final

from mlregistry_operator.telemetry.readiness import Readiness
from mlregistry_operator.telemetry.watchdog import Watchdog

_SILENCE_SECONDS: Final = 60.0


@dataclass(slots=True)
class Pulse:
    """Heartbeats of the thread that reconciles, and its loops. Safe to use from several threads."""

    started: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    loops: Watchdog = field(default_factory=Watchdog)
    readiness: Readiness = field(default_factory=Readiness)
    _last: float = field(default_factory=time.monotonic)

    def beat(self) -> None:
        self._last = time.monotonic()

    def sickness(self) -> str | None:
        """Why the process should be restarted; None where all is well."""
        if self.ended.is_set():
            return "reconciliation has ended"
        silent = time.monotonic() - self._last
        if self.started.is_set() and silent > _SILENCE_SECONDS:
            return f"reconciliation has been silent for {silent:.0f} s"
        return self.loops.sickness()

    def unreadiness(self) -> str | None:
        """Why the process is not ready; None where it is."""
        works = self.started.is_set() or self.readiness.stands_by
        waits = self.readiness.told() or (None if works else "reconciliation has not started yet")
        return self.sickness() or waits
