"""From what is declared and what was seen to a plan."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from mlregistry_operator.api.policies import DeletionPolicy
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.access import assess_access
from mlregistry_operator.domain.arm import replication
from mlregistry_operator.domain.assess import (
    assess_account,
    assess_container_registry,
    assess_replication,
    waiting,
)
from mlregistry_operator.domain.departures import departures
from mlregistry_operator.domain.draining import Hold
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.ownership import Owner
from mlregistry_operator.domain.plan import (
    Action,
    ActionKind,
    Activity,
    Assessment,
    Plan,
    Standing,
)
from mlregistry_operator.domain.resources import Desired, Observed, ObservedReplication
from mlregistry_operator.domain.retention import assess_retention

_REACHABLE = (Standing.SETTLED, Standing.DIFFERS)


def plan_registry(
    desired: Desired,
    observed: Observed,
    activity: Activity,
    *,
    owner: Owner,
    region_removal: DeletionPolicy,
    retained: frozenset[str] = frozenset(),
    holds: Mapping[str, Hold] = MappingProxyType({}),
) -> Plan:
    """How every resource stands and what is wanted. Steps that depend on another say what they wait for.

    `retained` are the lower-case ids of accounts that were left in Azure on purpose; `holds` says which
    leaving regions cannot be taken down yet.
    """
    group = _group(desired, observed, activity)
    accounts = {
        location: assess_account(
            settings,
            observed.accounts[location],
            owner=owner,
            group=desired.group,
            activity=activity,
            retained=retained,
        )
        for location, settings in desired.accounts.items()
    }
    registry = assess_container_registry(
        desired.container_registry,
        observed.container_registry,
        owner=owner,
        group=desired.group,
        activity=activity,
    )
    if isinstance(observed.replications, Failure) and registry.standing is Standing.SETTLED:
        registry = replace(registry, standing=Standing.UNSEEN, failure=observed.replications)
    if group is not None:
        accounts = {
            location: waiting(account, "the resource group") for location, account in accounts.items()
        }
        registry = waiting(registry, "the resource group")
    return Plan(
        group=group,
        accounts=accounts,
        container_registry=registry,
        replications=_replications(desired, observed, registry, owner, activity),
        departures=departures(
            desired, observed, owner=owner, activity=activity, policy=region_removal, holds=holds
        ),
        access=assess_access(desired, observed, accounts, registry, owner=owner, activity=activity),
        retention=assess_retention(desired, observed, accounts, activity),
    )


def _group(desired: Desired, observed: Observed, activity: Activity) -> Assessment | None:
    """The group is looked at only where it is missing; who made it is asked when it may have to go."""
    if not observed.group_missing:
        return None
    target = desired.group.id
    if activity.holds(target):
        return Assessment(target, Standing.IN_PROGRESS)
    if desired.group_settings is None:
        failure = Failure(
            target=target,
            reason=Reason.RESOURCE_GROUP_NOT_FOUND,
            severity=Severity.SLOW_RETRY,
            message=f"Resource group {desired.group.name} does not exist in subscription "
            f"{desired.group.subscription_id}",
            code="ResourceGroupNotFound",
            remedy="Create it, or set spec.azure.createResourceGroup: true.",
        )
        return Assessment(target, Standing.REFUSED, failure=failure)
    reason = f"Resource group {desired.group.name} does not exist."
    settings = desired.group_settings
    return Assessment(
        target,
        Standing.ABSENT,
        action=Action(ActionKind.CREATE_RESOURCE_GROUP, target, reason, settings, settings.tags),
    )


def _replications(
    desired: Desired, observed: Observed, registry: Assessment, owner: Owner, activity: Activity
) -> dict[str, Assessment]:
    """A replication can be made or changed once its registry is there and at rest."""
    assessed = {
        location: assess_replication(
            settings,
            replication(registry.target, location),
            _replication_seen(observed, location),
            owner=owner,
            activity=activity,
        )
        for location, settings in desired.replications.items()
    }
    if registry.standing in _REACHABLE:
        return assessed
    return {location: waiting(one, "the container registry") for location, one in assessed.items()}


def _replication_seen(observed: Observed, location: str) -> ObservedReplication | Failure | None:
    if isinstance(observed.replications, Failure):
        return observed.replications
    return next((one for one in observed.replications if one.name.casefold() == location), None)
