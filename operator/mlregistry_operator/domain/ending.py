"""What is said of a registry that is being deleted, and what it leaves behind."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from mlregistry_operator.api.conditions import ConditionType
from mlregistry_operator.api.group import FORCE_DETACH, REGISTRY_KIND
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.api.registry_status import MLRegistryStatus, OperationEntry, PlanEntry, RegionState
from mlregistry_operator.domain.arm import told_name
from mlregistry_operator.domain.conditions import Verdict, conditions
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.rows import Problems
from mlregistry_operator.domain.teardown import Teardown
from mlregistry_operator.domain.verdicts import MESSAGE_LIMIT, needs_a_person

_SHOWN: Final = 10


def ending_status(
    registry: MLRegistry,
    teardown: Teardown,
    problems: Problems,
    operations: tuple[OperationEntry, ...],
    *,
    now: datetime,
) -> MLRegistryStatus:
    """The status while things are taken down: what remains, and what is in the way."""
    before, generation = registry.status, registry.metadata.generation
    return before.model_copy(
        update={
            "observed_generation": generation,
            "regions": tuple(
                row.model_copy(update={"state": RegionState.DRAINING}) for row in before.regions
            ),
            "ready_regions": f"0/{len(registry.spec.replication_locations)}",
            "plan": tuple(
                PlanEntry(action=one.kind, target=one.target, reason=one.reason) for one in teardown.actions()
            ),
            "operations": operations,
            "conditions": conditions(
                _verdicts(registry.key, teardown, problems), before.conditions, generation=generation, now=now
            ),
        }
    )


def left_behind(registry: MLRegistry) -> tuple[str, ...]:
    """The ids of what stays in Azure when the object goes: what was seen there, or was being made."""
    status = registry.status
    begun = {entry.target.casefold() for entry in status.operations}
    accounts = [row.storage_account for row in status.regions if row.storage_account is not None]
    ids = [one.id for one in accounts if one.type is not None or one.id.casefold() in begun]
    images = status.container_registry
    if images is not None and (images.login_server is not None or images.id.casefold() in begun):
        ids.append(images.id)
    return (*ids, *(entry.id for entry in status.retained if entry.id not in ids))


def with_way_out(failure: Failure, of: str) -> Failure:
    """What is in the way of a deletion, and how that ends without it, where only a person can help.

    `of` names the object with its kind.
    """
    if not needs_a_person(failure) or FORCE_DETACH in failure.sentence:
        return failure
    return replace(failure, remedy=f"{failure.remedy} {_way_out(of)}".strip())


def _way_out(of: str) -> str:
    return f'To end the deletion and leave everything in Azure, annotate {of} with {FORCE_DETACH}: "true".'


def gone_with_namespace(namespace: str) -> str:
    """Why nothing can be done about a Secret whose namespace is being deleted."""
    return f"Namespace {namespace} is being deleted, and no Secret or Role can be created in it any more."


def _verdicts(key: ObjectKey, teardown: Teardown, problems: Problems) -> tuple[Verdict, ...]:
    found = {one.target: one.failure for one in teardown.remaining if one.failure is not None}
    wrong = tuple({**found, **problems}.values())
    names = [told_name(one.target) for one in teardown.remaining] or ["what Azure is still making"]
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    blocking = next((one for one in wrong if needs_a_person(one)), None)
    told = " ".join(dict.fromkeys(one.sentence for one in wrong))
    if blocking is not None and FORCE_DETACH not in told:
        told = f"{told} {_way_out(f'{REGISTRY_KIND} {key}')}"
    message = f"Deleting. Remaining: {', '.join(names[:_SHOWN])}{rest}. {told}".strip()[:MESSAGE_LIMIT]
    if blocking is not None:
        return (
            Verdict(ConditionType.READY, "False", blocking.reason, message),
            Verdict(ConditionType.STALLED, "True", blocking.reason, message),
        )
    return (
        Verdict(ConditionType.READY, "False", Reason.DELETING, message),
        Verdict(ConditionType.RECONCILING, "True", Reason.DELETING, message),
    )
