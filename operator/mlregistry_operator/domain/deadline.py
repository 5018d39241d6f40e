"""Work that does not get further: Stalled after a deadline, although it is tried on.

When the work last got further is kept in the status, and only while work goes on. A status says that work has
got further when something in it is finished that was not before; attempts that end as they began are none.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from mlregistry_operator.api.conditions import Condition, ConditionType
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.conditions import Verdict
from mlregistry_operator.domain.verdicts import MESSAGE_LIMIT


def last_progress(
    verdicts: Iterable[Verdict], known: datetime | None, *, further: bool, now: datetime
) -> datetime | None:
    """When the work last got further; None where none goes on. `further` says whether it has just done so."""
    if not any(one.type is ConditionType.RECONCILING for one in verdicts):
        return None
    return now.replace(microsecond=0) if known is None or further else known


def past_deadline(
    verdicts: tuple[Verdict, ...], since: datetime | None, deadline: timedelta, *, now: datetime
) -> tuple[Verdict, ...]:
    """The same verdicts; `Stalled` takes the place of `Reconciling` once nothing has got further so long."""
    if since is None or now - since < deadline:
        return verdicts
    return tuple(_stalled(one, since) for one in verdicts)


def seconds_left(
    conditions: Iterable[Condition], since: datetime | None, deadline: timedelta, *, now: datetime
) -> float | None:
    """How long until the deadline, for who is reconciling; None for everybody else."""
    if since is None or not any(one.type is ConditionType.RECONCILING for one in conditions):
        return None
    return max(0.0, (since + deadline - now).total_seconds())


def _stalled(verdict: Verdict, since: datetime) -> Verdict:
    if verdict.type not in (ConditionType.READY, ConditionType.RECONCILING):
        return verdict
    ready = verdict.type is ConditionType.READY
    opening = f"No progress since {since:%Y-%m-%dT%H:%M:%SZ}; it is tried on."
    return replace(
        verdict,
        type=ConditionType.READY if ready else ConditionType.STALLED,
        status="False" if ready else "True",
        reason=Reason.PROGRESS_DEADLINE_EXCEEDED,
        message=f"{opening} {verdict.message}"[:MESSAGE_LIMIT],
    )
