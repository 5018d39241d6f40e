"""Taking the steps of a plan: every one that can be taken now, side by side, and none twice."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.ports import Cloud, Started
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.lookup import next_name
from mlregistry_operator.domain.plan import Action, ActionKind
from mlregistry_operator.domain.resources import Desired, OperationPhase, OperationState
from mlregistry_operator.reconcile.memory import Memory


def can_start(action: Action, memory: Memory, now: float) -> bool:
    """Whether a step waits for nothing, is not under way, and is not held back after a failure."""
    return (
        action.waits_for is None
        and action.target not in memory.flights.targets()
        and not memory.retries.holds(action.target, now)
    )


def start_steps(actions: Iterable[Action], cloud: Cloud, memory: Memory, now: float) -> None:
    """Send every step that can be taken now."""
    for action in [one for one in actions if can_start(one, memory, now)]:
        memory.flights.start(action, cloud.perform(action))


def take_answers(memory: Memory, desired: Desired, *, now: datetime, monotonic: float) -> tuple[Action, ...]:
    """Note what the answers say, and return the steps that Azure accepted."""
    accepted = []
    for landing in memory.flights.collect():
        action, result = landing.action, landing.result
        if isinstance(result, Failure):
            _failed(memory, desired, action.target, result, monotonic)
            continue
        accepted.append(action)
        _accepted(memory, action, result, now, monotonic)
    return tuple(accepted)


def take_operations(
    memory: Memory, desired: Desired, states: dict[ArmId, OperationState], *, monotonic: float, poll: float
) -> None:
    """Note what the looks at operations told: still running, over, or failed."""
    for target, state in states.items():
        if state.phase is OperationPhase.RUNNING:
            memory.look_again[target] = monotonic + (state.retry_after or poll)
            continue
        entry = memory.operations.get(target)
        memory.forget_operation(target)
        if state.phase is OperationPhase.FAILED and state.failure is not None:
            _failed(memory, desired, target, state.failure, monotonic)
        else:
            _succeeded(memory, entry.action if entry else "", target)


def _accepted(memory: Memory, action: Action, result: Started, now: datetime, monotonic: float) -> None:
    if result.url is None and action.kind is ActionKind.DELETE_REPLICATION:
        result = replace(result, url=str(action.target))  # gone, but its name is not free yet
    if result.url is None:
        _succeeded(memory, action.kind, action.target)
        return
    memory.retries.begun(action.target)
    memory.remember(action, result.url, now)
    if result.retry_after is not None:
        memory.look_again[action.target] = monotonic + result.retry_after


def _succeeded(memory: Memory, kind: str, target: ArmId) -> None:
    """A deletion may only clear the way for another attempt: failed ones before it still count."""
    if kind.startswith("Delete"):
        memory.retries.begun(target)
    else:
        memory.retries.succeeded(target)


def _failed(memory: Memory, desired: Desired, target: ArmId, failure: Failure, monotonic: float) -> None:
    """A taken name moves on to the next of its sequence; everything else waits for its time."""
    if failure.reason is Reason.NAME_TAKEN:
        following = next_name(desired, target)
        if following is not None and following[1] is not None:
            memory.names[following[0]] = following[1]
            memory.retries.succeeded(target)
            return
        failure = Failure(
            target,
            Reason.NAME_CONFLICT,
            Severity.SLOW_RETRY,
            f"Every name that the operator can choose is taken in Azure, the last one being {target}",
            code=failure.code,
            remedy="Give the registry another registryName (in a new MLRegistry).",
        )
    memory.retries.failed(target, failure, monotonic)
