"""When a long-running operation is over, where its URL does not say.

An operation whose URL cannot be read is held on to until the resource itself tells its end, so that a
forbidden or throttled look never repeats the write; and not for ever, so that a lost operation does not block
the resource.

Source: an identity with rights on the group alone is refused the subscription's operation URLs although the
operation goes through (Azure Container Registry FAQ).
"""

from datetime import datetime, timedelta
from typing import Final

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.api.registry_status import OperationEntry
from mlregistry_operator.domain.arm import name_of
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.plan import ActionKind, Seen
from mlregistry_operator.domain.resources import OperationPhase, OperationState

SUCCEEDED: Final = "Succeeded"
BLIND_LIMIT: Final = timedelta(minutes=10)
ENDED_BADLY: Final = frozenset({"Failed", "Canceled"})
_DELETES: Final = frozenset(kind.value for kind in ActionKind if kind.value.startswith("Delete"))


def settle_blind(
    entry: OperationEntry, state: OperationState, seen: Seen | None, *, now: datetime
) -> OperationState:
    """What an unreadable operation is taken for: over where the resource says so, else still running."""
    if state.phase is not OperationPhase.UNREADABLE:
        return state
    if seen is not None and seen.provisioning_state in ENDED_BADLY and entry.action not in _DELETES:
        return OperationState(OperationPhase.FAILED, ended_badly(seen))
    if _resource_tells_the_end(entry, seen) or now - entry.start_time > BLIND_LIMIT:
        return OperationState(OperationPhase.SUCCEEDED)
    # An operation that cannot be looked at is no failure; a resource that does not answer is one.
    failure = state.failure if asks_the_resource(entry) else None
    return OperationState(OperationPhase.RUNNING, failure, state.retry_after)


def asks_the_resource(entry: OperationEntry) -> bool:
    """Whether the resource itself is asked, because there is no operation to ask any more."""
    return entry.url == entry.target


def _resource_tells_the_end(entry: OperationEntry, seen: Seen | None) -> bool:
    if entry.action in _DELETES:
        return seen is None and not asks_the_resource(entry)  # its own address has to say so
    return seen is not None and seen.provisioning_state == SUCCEEDED


def ended_badly(seen: Seen) -> Failure:
    """What is said of a resource that Azure calls failed."""
    return Failure(
        target=seen.id,
        reason=Reason.CREATION_FAILED,
        severity=Severity.RETRY,
        message=f"Azure reports provisioning state {seen.provisioning_state} for {name_of(seen.id)}",
        remedy="It is made again by itself.",
    )
