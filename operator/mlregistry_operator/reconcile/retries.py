"""When what failed may be tried again: soon where it passes by itself, slowly where a person must mend it."""

import random
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.plan import Assessment, Standing

_OVER: Final = (Standing.SETTLED, Standing.REFUSED)


@dataclass(frozen=True, slots=True)
class Patience:
    """Waits in seconds."""

    shortest: float
    longest: float
    slow: float

    def wait(self, failure: Failure, attempts: int) -> float:
        """How long to wait after so many failed attempts, never less than the service asked for.

        Where it asked for a wait, that is the wait: a longer one would leave its offer unused.
        """
        if failure.severity is Severity.RETRY and failure.retry_after is not None:
            spread = random.uniform(0.0, 1.0)  # noqa: S311 - spreads load, guards nothing
            return max(self.shortest, failure.retry_after + spread)
        if failure.severity is Severity.RETRY:
            doubled = min(self.longest, self.shortest * 2.0 ** min(attempts - 1, 16))
            own = doubled * random.uniform(0.8, 1.0)  # noqa: S311 - spreads load, guards nothing
        else:
            own = self.slow
        return max(own, failure.retry_after or 0.0)


@dataclass(slots=True)
class _Trouble:
    attempts: int
    not_before: float
    failure: Failure | None


@dataclass(slots=True)
class Retries:
    """The failures of one object's writes. Times are of a monotonic clock."""

    patience: Patience
    _troubles: dict[ArmId, _Trouble] = field(default_factory=dict)

    def failed(self, target: ArmId, failure: Failure, now: float) -> None:
        known = self._troubles.get(target)
        attempts = (known.attempts if known else 0) + 1
        self._troubles[target] = _Trouble(attempts, now + self.patience.wait(failure, attempts), failure)

    def begun(self, target: ArmId) -> None:
        """Azure is at work on it: nothing is wrong at this moment, but count and time stay."""
        known = self._troubles.get(target)
        if known is not None:
            known.failure = None

    def succeeded(self, target: ArmId) -> None:
        self._troubles.pop(target, None)

    def forget(self) -> None:
        """The object has changed: everything may be tried at once."""
        self._troubles.clear()

    def review(self, assessments: Iterable[Assessment]) -> None:
        """Forget what does not stand in the way any more, whoever mended it: nobody would retry it."""
        found = {one.target: one for one in assessments}
        for target in tuple(self._troubles):
            one = found.get(target)
            if one is None or one.standing in _OVER or (one.action and one.action.waits_for):
                self.succeeded(target)
            elif one.standing is Standing.IN_PROGRESS:
                self.begun(target)

    def holds(self, target: ArmId, now: float) -> bool:
        """Whether it is too early for another attempt."""
        known = self._troubles.get(target)
        return known is not None and now < known.not_before

    def problems(self) -> dict[ArmId, Failure]:
        """What is wrong at this moment."""
        return {
            target: known.failure for target, known in self._troubles.items() if known.failure is not None
        }

    def next_due(self, held: Collection[ArmId]) -> float | None:
        """When the first of these may be tried again; None where none of them has failed.

        A time that has passed counts: it may have come during the pass, and nothing else would wake the loop.
        """
        due = (known.not_before for target, known in self._troubles.items() if target in held)
        return min(due, default=None)
