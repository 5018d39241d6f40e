"""How often an object's passes may follow one another, whatever wakes its loop.

A loop is woken by answers, jobs, other objects and edits. That is quick by design, and has to have an end: a
user who edits without a pause, or a defect that wakes its own loop, must not take the time of all others.
"""

from dataclasses import dataclass
from typing import Final

BURST: Final = 60.0  # passes that may follow at once: the making of a registry takes fewer
PER_SECOND: Final = 2.0  # passes that may follow for ever


@dataclass(slots=True)
class Pace:
    """A bucket of passes that fills up again. Times are of a monotonic clock."""

    left: float = BURST
    seen: float | None = None

    def taken(self, now: float) -> float:
        """Take one pass; the seconds by which the next one has to wait at least."""
        passed = 0.0 if self.seen is None else max(0.0, now - self.seen)
        self.left, self.seen = min(BURST, self.left + passed * PER_SECOND) - 1.0, now
        return max(0.0, -self.left / PER_SECOND)
