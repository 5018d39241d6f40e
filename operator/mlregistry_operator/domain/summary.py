"""From a pass to the truth about it: conditions, rows and what is left to do, in one status."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from mlregistry_operator.api.conditions import ConditionType
from mlregistry_operator.api.group import ADOPT, RECONCILE_AT
from mlregistry_operator.api.metadata import ObjectMeta
from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.api.policies import ManagementPolicy
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.api.registry_status import (
    MLRegistryStatus,
    OperationEntry,
    PlanEntry,
    RegionState,
    RegionStatus,
    RetainedEntry,
)
from mlregistry_operator.domain.access import access_unknown, access_verdict
from mlregistry_operator.domain.arm import ArmId, same
from mlregistry_operator.domain.conditions import Verdict, conditions
from mlregistry_operator.domain.deadline import last_progress, past_deadline
from mlregistry_operator.domain.drift import Drift
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.held import last_truth
from mlregistry_operator.domain.ownership import adopted_by
from mlregistry_operator.domain.plan import Action, Assessment, Plan, Standing, unsettled
from mlregistry_operator.domain.refusals import with_unheeded
from mlregistry_operator.domain.regional import unmet, with_note
from mlregistry_operator.domain.rows import Problems, container_registry_status, got_further, rows
from mlregistry_operator.domain.verdicts import MESSAGE_LIMIT, failed_verdicts, failing, told

_SENTENCE_LIMIT = 1024
_PLAN_LIMIT = 256  # what the CRD takes; many people in many regions need more steps than that


@dataclass(frozen=True, slots=True)
class PassResult:
    """What one pass found and did.

    `unfinished` are the steps that it wanted and that have not come to an end; `operations` those that Azure
    still works on; `accepted` what Azure has begun to work on since the plan was made.
    """

    plan: Plan
    problems: Problems
    unfinished: tuple[Action, ...]
    operations: tuple[OperationEntry, ...]
    accepted: frozenset[ArmId] = frozenset()
    drift: Drift = ()


def summarise(
    registry: MLRegistry,
    group_id: ArmId,
    result: PassResult,
    *,
    now: datetime,
    deadline: timedelta = timedelta.max,
) -> MLRegistryStatus:
    """The status to write; equal to the one before where nothing has changed.

    After `deadline` without progress the registry is Stalled.
    """
    before, generation = registry.status, registry.metadata.generation
    kept = last_truth(registry, result.plan, now=now) if not result.problems else None
    if kept is not None:
        return kept
    found = rows(registry, result.plan, result.problems, result.accepted)
    declared = found[: len(registry.spec.replication_locations)]
    ready = sum(row.state is RegionState.READY for row in declared)
    verdicts = tuple(_verdicts(registry, result, found, ready))
    further = before.observed_generation != generation or got_further(before.regions, found)
    since = last_progress(verdicts, before.last_progress_time, further=further, now=now)
    verdicts = with_note(past_deadline(verdicts, since, deadline, now=now), unmet(registry, result.plan))
    verdicts = with_unheeded(verdicts, registry)
    return before.model_copy(
        update={
            "observed_generation": generation,
            "registry_name": registry.effective_name,
            "resource_group_id": group_id,
            "container_registry": container_registry_status(result.plan, before.container_registry),
            "regions": found,
            "ready_regions": f"{ready}/{len(declared)}",
            "plan": _plan_entries(result),
            "operations": result.operations,
            "drift": result.drift,
            "last_progress_time": since,
            "retained": _retained(registry, result.plan),
            "last_handled_reconcile_at": registry.metadata.annotations.get(RECONCILE_AT),
            "conditions": conditions(verdicts, before.conditions, generation=generation, now=now),
        }
    )


def failed_status(
    metadata: ObjectMeta,
    before: MLRegistryStatus,
    failure: Failure,
    *,
    now: datetime,
    deadline: timedelta = timedelta.max,
) -> MLRegistryStatus:
    """The status of a registry of which nothing could be found out, and why."""
    verdicts = (*failed_verdicts(failure), *access_unknown(before, failure))
    new = before.observed_generation != metadata.generation
    since = last_progress(verdicts, before.last_progress_time, further=new, now=now)
    return before.model_copy(
        update={
            "observed_generation": metadata.generation,
            "last_handled_reconcile_at": metadata.annotations.get(RECONCILE_AT),
            "last_progress_time": since,
            "conditions": conditions(
                past_deadline(verdicts, since, deadline, now=now),
                before.conditions,
                generation=metadata.generation,
                now=now,
            ),
        }
    )


def suspended_status(registry: MLRegistry, *, now: datetime) -> MLRegistryStatus:
    """Suspending freezes the status; only an object that was never seen is told so."""
    if registry.status.observed_generation >= 0:
        return registry.status
    generation = registry.metadata.generation
    verdict = Verdict(
        ConditionType.READY, "Unknown", Reason.SUSPENDED, "spec.suspend is true; nothing was looked at yet."
    )
    return registry.status.model_copy(
        update={
            "observed_generation": generation,
            "conditions": conditions((verdict,), (), generation=generation, now=now),
        }
    )


def failures(plan: Plan, problems: Problems) -> tuple[Failure, ...]:
    """Everything that is wrong at this moment, each failing resource once."""
    found = {one.target: one.failure for one in plan.assessments() if one.failure is not None}
    return tuple({**found, **problems}.values())


def _verdicts(
    registry: MLRegistry, result: PassResult, found: tuple[RegionStatus, ...], ready: int
) -> Iterator[Verdict]:
    plan, problems = result.plan, result.problems
    adopted = adopted_by(registry.metadata.annotations)
    yield from _overall(registry, result, found, ready)
    storage = (*plan.accounts.values(), *plan.retention)
    yield _part(ConditionType.STORAGE_READY, storage, problems, adopted, "Every storage account")
    yield _part(
        ConditionType.CONTAINER_REGISTRY_READY,
        (plan.container_registry, *plan.replications.values()),
        problems,
        adopted,
        "The container registry with its replications",
    )
    yield access_verdict(plan.access, problems, declared=bool(registry.spec.access))


def _overall(
    registry: MLRegistry, result: PassResult, found: tuple[RegionStatus, ...], ready: int
) -> Iterator[Verdict]:
    plan, wrong = result.plan, failures(result.plan, result.problems)
    count = f"{ready} of {len(registry.spec.replication_locations)} regions are ready."
    if registry.spec.management_policy is ManagementPolicy.OBSERVE_ONLY and not wrong:
        yield from _observed_only(plan)
        return
    if plan.settled() and not wrong:
        yield Verdict(ConditionType.READY, "True", Reason.SUCCEEDED, count)
        return
    if not wrong:
        waits = ", ".join(row.location for row in found if row.state is not RegionState.READY)
        message = f"{count} In progress: {waits}." if waits else f"{count} An update is in progress."
        yield Verdict(ConditionType.READY, "Unknown", Reason.PROGRESSING, message)
        yield Verdict(ConditionType.RECONCILING, "True", Reason.PROGRESSING, message)
        return
    acts = registry.spec.management_policy is ManagementPolicy.FULL
    yield from failing(count, wrong, moving=acts and _moving(plan, result.problems))


def _moving(plan: Plan, problems: Problems) -> bool:
    return any(
        one.standing is Standing.IN_PROGRESS
        or (one.action is not None and one.action.waits_for is None and one.target not in problems)
        for one in plan.assessments()
    )


def _observed_only(plan: Plan) -> Iterator[Verdict]:
    wanted = len(plan.actions())
    if wanted == 0 and plan.settled():
        yield Verdict(
            ConditionType.READY, "True", Reason.OBSERVE_ONLY, "Azure is as declared; nothing is touched."
        )
        return
    message = f"{wanted} steps are planned in status.plan; managementPolicy ObserveOnly takes none of them."
    yield Verdict(ConditionType.READY, "False", Reason.PLAN_PENDING, message)


def _part(
    kind: ConditionType,
    assessed: Iterable[Assessment],
    problems: Problems,
    adopted: frozenset[str],
    name: str,
) -> Verdict:
    parts = tuple(assessed)
    wrong = [one for one in (problems.get(part.target) or part.failure for part in parts) if one is not None]
    if wrong:
        return Verdict(kind, "False", wrong[0].reason, told(wrong)[:MESSAGE_LIMIT])
    if all(part.standing is Standing.SETTLED for part in parts):
        taken = ", ".join(part.target for part in parts if part.target.casefold() in adopted)
        told_of = f" Taken over, as {ADOPT} asks: {taken}." if taken else ""
        message = f"{name} is as declared.{told_of}"[:MESSAGE_LIMIT]
        return Verdict(kind, "True", Reason.SUCCEEDED, message)
    return Verdict(kind, "False", Reason.PROGRESSING, unsettled(parts))


def _plan_entries(result: PassResult) -> tuple[PlanEntry, ...]:
    running = {entry.target for entry in result.operations}
    wanted = tuple(
        PlanEntry(action=action.kind, target=action.target, reason=action.reason[:_SENTENCE_LIMIT])
        for action in result.unfinished
        if action.target not in running
    )
    running_on = tuple(
        PlanEntry(action=entry.action, target=entry.target, reason="Azure is working on it.")
        for entry in result.operations
    )
    return (wanted + running_on)[:_PLAN_LIMIT]


def _retained(registry: MLRegistry, plan: Plan) -> tuple[RetainedEntry, ...]:
    """What was left before and is still not declared, and what this pass leaves."""
    taken_back = [one.target for one in plan.accounts.values() if one.standing is Standing.SETTLED]
    kept = tuple(
        entry
        for entry in registry.status.retained
        if not any(same(entry.id, target) for target in taken_back)
    )
    known = {entry.id.casefold() for entry in kept}
    left = (one.retained for one in plan.departures.values())
    return kept + tuple(
        RetainedEntry(
            id=account.id,
            location=account.location,
            reason="The region left the registry, and regionRemovalPolicy is Retain.",
            type=account.sku,
            hns=account.hns,
        )
        for account in left
        if account is not None and account.id.casefold() not in known
    )
