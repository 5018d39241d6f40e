"""A registry's assets, counted in its status beside the passes: without Azure, and seldom.

An asset that changes asks for a count. The count is a small pass of its own, which the loop runs while it
waits for its next look: it reads the object and writes the counts alone, not more often than every 10 s. An
ordinary pass writes them along, under the same limit. No pass begins before the watch has listed every object
once, so that a count never falls because an operator has just started (`handlers.kinds`).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from mlregistry_operator.api.registry_status import MLRegistryStatus
from mlregistry_operator.domain.counts import Tally, counted, with_counts_of

COUNT_SECONDS: Final = 10.0


@dataclass(slots=True)
class Counting:
    """When a registry's assets are counted, and what is said of it meanwhile.

    `tally` counts them as they are now; without one, what was said stays. `written` is when counts were last
    changed, by the monotonic clock.
    """

    tally: Callable[[], Tally] | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    written: float | None = None

    def ask(self) -> None:
        """An asset has changed."""
        self.asked.set()

    def wait(self, now: float) -> float:
        """Seconds until counts may be written again."""
        return 0.0 if self.written is None else max(0.0, self.written + COUNT_SECONDS - now)

    def recounted(self, before: MLRegistryStatus, after: MLRegistryStatus, now: float) -> MLRegistryStatus:
        """`after` with today's counts where they may be written, else with those of `before`."""
        if self.tally is None:
            return with_counts_of(after, before)
        fresh, kept = counted(after, self.tally()), with_counts_of(after, before)
        if fresh == kept:
            return fresh
        lost = before.assets is None  # nothing was said yet, or somebody has wiped the status
        if self.wait(now) > 0 and not lost:
            self.ask()
            return kept
        self.written = now
        return fresh
