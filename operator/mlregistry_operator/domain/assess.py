"""How each resource of a registry stands: the decisions of a pass, one resource at a time."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeGuard, TypeVar

from mlregistry_operator.api.group import TAG_OWNER
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.arm import ArmId, ResourceGroup
from mlregistry_operator.domain.differences import (
    Difference,
    Remedy,
    account_differences,
    container_registry_differences,
    replication_differences,
)
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.operations import ENDED_BADLY, SUCCEEDED, ended_badly
from mlregistry_operator.domain.ownership import Owner, is_ours, merged_tags, tag_of, taken_from
from mlregistry_operator.domain.plan import Action, ActionKind, Activity, Assessment, Seen, Settings, Standing
from mlregistry_operator.domain.resources import (
    AccountSettings,
    AccountSighting,
    ContainerRegistrySettings,
    ContainerRegistrySighting,
    ObservedAccount,
    ObservedContainerRegistry,
    ObservedReplication,
    ReplicationSettings,
)

_T = TypeVar("_T", ObservedAccount, ObservedContainerRegistry)


def assess_account(
    desired: AccountSettings,
    sighting: AccountSighting,
    *,
    owner: Owner,
    group: ResourceGroup,
    activity: Activity,
    retained: frozenset[str] = frozenset(),
) -> Assessment:
    """How a region's storage account stands. `retained` are the lower-case ids of accounts left behind."""
    found = _look(sighting, owner, group.storage_account, activity)
    if isinstance(found, Assessment):
        return found
    target, seen = found
    if seen is None:
        reason = f"{desired.location} has no storage account."
        return _absent(ActionKind.CREATE_STORAGE_ACCOUNT, target, reason, desired)
    differences = account_differences(desired, seen)
    if seen.id.casefold() in retained:
        differences = tuple(left_behind(one, seen.name, desired.location) for one in differences)
    if seen.provisioning_state in ENDED_BADLY:
        return _broken(
            seen,
            Action(
                ActionKind.CREATE_STORAGE_ACCOUNT, target, "Azure calls it failed.", desired, desired.tags
            ),
        )
    return _compared(ActionKind.UPDATE_STORAGE_ACCOUNT, seen, desired, differences, owner)


def assess_container_registry(
    desired: ContainerRegistrySettings,
    sighting: ContainerRegistrySighting,
    *,
    owner: Owner,
    group: ResourceGroup,
    activity: Activity,
) -> Assessment:
    """How the container registry stands."""
    found = _look(sighting, owner, group.container_registry, activity)
    if isinstance(found, Assessment):
        return found
    target, seen = found
    if seen is None:
        reason = f"{desired.location} has no container registry."
        return _absent(ActionKind.CREATE_CONTAINER_REGISTRY, target, reason, desired)
    if seen.provisioning_state in ENDED_BADLY:
        action = Action(
            ActionKind.CREATE_CONTAINER_REGISTRY, target, "Azure calls it failed.", desired, desired.tags
        )
        return _broken(seen, action)
    differences = container_registry_differences(desired, seen)
    return _compared(ActionKind.UPDATE_CONTAINER_REGISTRY, seen, desired, differences, owner)


def assess_replication(
    desired: ReplicationSettings,
    target: ArmId,
    seen: ObservedReplication | Failure | None,
    *,
    owner: Owner,
    activity: Activity,
) -> Assessment:
    """How the replication into a region stands. A failed one must go before it can be made again."""
    if isinstance(seen, Failure):
        return Assessment(target, Standing.UNSEEN, failure=seen)
    if activity.holds(target) or (seen is not None and _moving(seen)):
        return Assessment(target, Standing.IN_PROGRESS, seen=seen)
    if seen is None:
        return _absent(
            ActionKind.CREATE_REPLICATION,
            target,
            f"Images are not replicated to {desired.location}.",
            desired,
        )
    if not is_ours(owner, seen):
        return _foreign(seen, owner)
    if seen.provisioning_state in ENDED_BADLY:
        reason = "Azure calls it failed, and a failed replication has to go before it can be made again."
        return _broken(seen, Action(ActionKind.DELETE_REPLICATION, target, reason))
    differences = replication_differences(desired, seen)
    return _compared(ActionKind.UPDATE_REPLICATION, seen, desired, differences, owner)


def waiting(assessment: Assessment, what: str) -> Assessment:
    """The same, with its step put off until `what` is there."""
    if assessment.action is None:
        return assessment
    return replace(assessment, action=replace(assessment.action, waits_for=what))


def _look(
    sighting: Mapping[str, _T | Failure | None],
    owner: Owner,
    make_id: Callable[[str], ArmId],
    activity: Activity,
) -> Assessment | tuple[ArmId, _T | None]:
    """Which name is ours, or would be: the first that carries our tag, else the first of the sequence."""
    ours = next((seen for seen in sighting.values() if _is(seen) and is_ours(owner, seen)), None)
    first = next(iter(sighting))
    target = ours.id if ours is not None else make_id(first)
    if activity.holds(target) or (ours is not None and _moving(ours)):
        return Assessment(target, Standing.IN_PROGRESS, seen=ours)
    if ours is not None:
        return target, ours
    unseen = next((seen for seen in sighting.values() if isinstance(seen, Failure)), None)
    if unseen is not None:
        return Assessment(target, Standing.UNSEEN, failure=unseen)
    there = sighting[first]
    return _foreign(there, owner) if _is(there) else (target, None)


def _is(seen: _T | Failure | None) -> TypeGuard[_T]:
    return seen is not None and not isinstance(seen, Failure)


def _foreign(seen: Seen, owner: Owner) -> Assessment:
    """Nobody is told to delete it: it may be somebody's data. What is another object's is not to be taken."""
    other = tag_of(seen.tags, TAG_OWNER)
    cause = f"{seen.id} exists and does not carry the tag of this registry" + (
        f" but that of {other}" if other else ""
    )
    remedy = (
        "If nobody else needs it, take it over: annotate the MLRegistry with mlregistry.io/adopt:"
        f' "{seen.id}"; else give a new MLRegistry another registryName.'
    )
    cause, remedy = owner.barred.get(seen.id.casefold(), (cause, remedy))
    failure = Failure(seen.id, Reason.NOT_OWNED, Severity.SLOW_RETRY, cause, remedy=remedy)
    return Assessment(seen.id, Standing.REFUSED, failure=failure, seen=seen)


def _absent(kind: ActionKind, target: ArmId, reason: str, settings: Settings) -> Assessment:
    return Assessment(target, Standing.ABSENT, action=Action(kind, target, reason, settings, settings.tags))


def _broken(seen: Seen, action: Action) -> Assessment:
    return Assessment(seen.id, Standing.BROKEN, action=action, failure=ended_badly(seen), seen=seen)


def _compared(
    kind: ActionKind, seen: Seen, settings: Settings, differences: tuple[Difference, ...], owner: Owner
) -> Assessment:
    if not differences:
        return Assessment(seen.id, Standing.SETTLED, seen=seen)
    refused = next((one for one in differences if one.remedy is Remedy.REFUSE), None)
    if refused is not None:
        failure = Failure(seen.id, refused.reason, Severity.STALLED, refused.message)
        return Assessment(seen.id, Standing.REFUSED, failure=failure, seen=seen, differences=differences)
    reason = " ".join(one.message for one in differences)
    fields = frozenset(one.field for one in differences)
    tags = merged_tags(settings.tags, seen.tags)
    action = Action(kind, seen.id, reason, settings, tags, fields, adopts=taken_from(owner, seen))
    return Assessment(seen.id, Standing.DIFFERS, action=action, seen=seen, differences=differences)


def left_behind(difference: Difference, account: str, location: str) -> Difference:
    """The same of an account that the registry left: what it has, what is declared, and the ways out."""
    if difference.remedy is not Remedy.REFUSE:
        return difference
    field, observed = difference.field, difference.observed
    message = (
        f"{location}: the account {account}, which the registry left there, has {field} {observed} where the"
        f" spec has {difference.desired}, and Azure cannot change that. Declare {field}: {observed} for"
        f" {location}, or delete that account in Azure."
    )
    return replace(difference, reason=Reason.RETAINED_ACCOUNT_DIFFERS, message=message)


def _moving(seen: Seen) -> bool:
    return seen.provisioning_state != SUCCEEDED and seen.provisioning_state not in ENDED_BADLY
