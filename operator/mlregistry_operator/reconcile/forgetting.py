"""A replication that was deleted, until Azure has forgotten its name.

A replication that is made again too soon after its deletion fails for good, although the deletion was
reported as done. So it counts as still going until its own address has answered "not there" five times in a
row. Until then its entry stays among the operations, with that address in place of the operation's, so that a
restart begins to count anew instead of trying too early.

Source: Azure/azure-rest-api-specs#18934; Terraform's provider waits in the same way.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from mlregistry_operator.api.registry_status import OperationEntry
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.operations import BLIND_LIMIT, asks_the_resource
from mlregistry_operator.domain.plan import ActionKind
from mlregistry_operator.domain.resources import OperationPhase, OperationState
from mlregistry_operator.reconcile.memory import Memory

ABSENT_LOOKS: Final = 5
_GOING: Final = OperationState(OperationPhase.RUNNING)


def until_forgotten(
    memory: Memory, states: Mapping[ArmId, OperationState], *, now: datetime
) -> dict[ArmId, OperationState]:
    """The same states; the deletion of a replication is over only once its name is free again."""
    return {
        target: _followed(memory, entry, state, now)
        if (entry := memory.operations.get(target)) is not None
        and entry.action == ActionKind.DELETE_REPLICATION
        else state
        for target, state in states.items()
    }


def unanswered(states: Mapping[ArmId, OperationState]) -> dict[ArmId, Failure]:
    """Why it is not known of a replication whether its name is free again."""
    return {
        target: state.failure
        for target, state in states.items()
        if state.phase is OperationPhase.RUNNING and state.failure is not None
    }


def _followed(memory: Memory, entry: OperationEntry, state: OperationState, now: datetime) -> OperationState:
    target = ArmId(entry.target)
    if not asks_the_resource(entry):
        if state.phase is OperationPhase.SUCCEEDED:
            memory.ask_the_resource(target)
            return _GOING
        return state
    if state.phase is not OperationPhase.SUCCEEDED:
        memory.absent_looks.pop(target, None)
        overdue = now - entry.start_time > BLIND_LIMIT
        return OperationState(OperationPhase.SUCCEEDED) if overdue else state
    memory.absent_looks[target] = memory.absent_looks.get(target, 0) + 1
    return state if memory.absent_looks[target] >= ABSENT_LOOKS else _GOING
