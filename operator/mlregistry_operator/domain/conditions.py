"""Conditions, kept so that a transition is a transition.

`lastTransitionTime` moves when the status flips and never else; `Reconciling` and `Stalled` are present only
while True, and never both (kstatus reads them so).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mlregistry_operator.api.conditions import Condition, ConditionType
from mlregistry_operator.api.reasons import Reason

Truth = Literal["True", "False", "Unknown"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One condition as this pass sees it, without time and generation."""

    type: ConditionType
    status: Truth
    reason: Reason
    message: str


def conditions(
    verdicts: Iterable[Verdict], previous: Iterable[Condition], *, generation: int, now: datetime
) -> tuple[Condition, ...]:
    """The conditions to write, in the order of the verdicts. Times are UTC, to the second."""
    before = {one.type: one for one in previous}
    return tuple(
        Condition(
            type=verdict.type,
            status=verdict.status,
            reason=verdict.reason,
            message=verdict.message,
            observed_generation=generation,
            last_transition_time=_since(before.get(verdict.type), verdict, now),
        )
        for verdict in verdicts
    )


def find(found: Iterable[Condition], wanted: ConditionType) -> Condition | None:
    """The condition of that type, if there is one."""
    return next((one for one in found if one.type == wanted), None)


def _since(before: Condition | None, verdict: Verdict, now: datetime) -> datetime:
    if before is not None and before.status == verdict.status:
        return before.last_transition_time
    return now.replace(microsecond=0)
