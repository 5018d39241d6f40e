"""How much a namespace has in flight while several are at work and the processor is what they wait for.

All steps run in one event loop, so each request of one namespace lengthens every step of the others. Turns
and shares do not divide processor time. While the loop lags and somebody else is at work, a limit goes down
to one unit for each path of a queue, and what a newcomer does is not slowed down by how much others have
begun. There is no limit where a namespace is alone, nor where the loop does not lag, as when requests wait
for Azure.

Source: additive increase, multiplicative decrease (Chiu, Jain, "Analysis of the increase and decrease
algorithms for congestion avoidance in computer networks", 1989).
"""

import math
import time
from collections.abc import Callable
from itertools import islice
from typing import Final

LAG_SECONDS: Final = 0.001
AT_WORK_SECONDS: Final = 1.0  # a namespace that has asked for nothing for so long is not at work
DECREASE_SECONDS: Final = 0.02
INCREASE_SECONDS: Final = 1.0
MOST: Final = 64  # units of one path; with more there is no limit
_WEIGHT: Final = 0.1  # of one look at the lag in its moving average


class Contention:
    """One for the process, told by all pools of one event loop. `clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.now = clock
        self._asked: dict[str, float] = {}
        self._lag, self._limit, self._changed = 0.0, MOST, -math.inf

    @property
    def limit(self) -> float:
        """How many units one path may hold, at least 1; infinite where nobody is in another one's way."""
        if self._limit >= MOST or not self._is_crowded():
            return math.inf
        return self._limit

    def works(self, namespace: str) -> None:
        """Note that the namespace is at work, and forget those that are not any more."""
        now = self.now()
        self._asked.pop(namespace, None)  # the latest comes last
        self._asked[namespace] = now
        while self._asked[next(iter(self._asked))] < now - AT_WORK_SECONDS:
            del self._asked[next(iter(self._asked))]

    def lagged(self, seconds: float) -> None:
        """Note how long the event loop took to come round once."""
        self._lag += _WEIGHT * (seconds - self._lag)
        since = self.now() - self._changed
        if self._lag > LAG_SECONDS and since >= DECREASE_SECONDS:
            self._change(max(1, self._limit // 2))
        elif self._lag <= LAG_SECONDS and since >= INCREASE_SECONDS:
            self._change(min(MOST, self._limit + 1))

    def _change(self, limit: int) -> None:
        self._limit, self._changed = limit, self.now()

    def _is_crowded(self) -> bool:
        """Asked for every grant, so that only the second latest is looked at."""
        late = self.now() - AT_WORK_SECONDS
        return any(asked >= late for asked in islice(reversed(self._asked.values()), 1, 2))
