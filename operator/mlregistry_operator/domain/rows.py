"""The per-region rows: what is true of each region at this moment."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.api.policies import Switch
from mlregistry_operator.api.registry_status import (
    ContainerRegistryStatus,
    RegionRole,
    RegionState,
    RegionStatus,
    StorageAccountStatus,
)
from mlregistry_operator.domain.arm import ArmId, name_of, same
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.held import is_held
from mlregistry_operator.domain.plan import Assessment, Departure, Plan, Standing
from mlregistry_operator.domain.resources import (
    ObservedAccount,
    ObservedContainerRegistry,
    ObservedReplication,
)
from mlregistry_operator.domain.verdicts import MESSAGE_LIMIT

Problems = Mapping[ArmId, Failure]
"""Writes that failed and have not succeeded since."""

_IN_PLACE = (Standing.SETTLED, Standing.DIFFERS)


@dataclass(frozen=True, slots=True)
class _Part:
    """One of the two resources that make a region, with what is wrong with it."""

    assessment: Assessment
    failure: Failure | None
    accepted: bool = False

    @property
    def begun(self) -> bool:
        """Whether there is anything of it, be it only that Azure has accepted to make it."""
        at_work = self.assessment.standing is Standing.IN_PROGRESS
        return self.accepted or at_work or self.assessment.seen is not None

    @property
    def settled(self) -> bool:
        return self.assessment.standing is Standing.SETTLED and self.failure is None

    @property
    def held(self) -> bool:
        return is_held(self.assessment) and self.failure is self.assessment.failure

    @property
    def serves(self) -> bool:
        """Whether it is there and complete, though perhaps not as declared."""
        assessment = self.assessment
        at_work = assessment.standing is Standing.IN_PROGRESS and assessment.seen is not None
        return assessment.standing in _IN_PLACE or (at_work and _updating(assessment))


def rows(
    registry: MLRegistry, plan: Plan, problems: Problems, accepted: frozenset[ArmId] = frozenset()
) -> tuple[RegionStatus, ...]:
    """A row for every declared region, in the spec's order, then one for every region on its way out.

    `accepted` is what Azure has begun to work on since the plan was made.
    """
    declared = tuple(
        _declared(region.location, registry, plan, problems, accepted)
        for region in registry.spec.replication_locations
    )
    leaving = tuple(
        _leaving(one, problems) for one in plan.departures.values() if one.replication or one.account
    )
    return declared + leaving


def got_further(before: Iterable[RegionStatus], after: Iterable[RegionStatus]) -> bool:
    """Whether anything is finished that was not: a resource is there, a region is ready, or has left."""
    marks, gone = (
        {mark for row in after for mark in _marks(row)},
        {row.location for row in before} - {row.location for row in after},
    )
    return bool(gone or marks - {mark for row in before for mark in _marks(row)})


def _marks(row: RegionStatus) -> Iterator[tuple[str, str]]:
    """What is finished in a region."""
    yield row.location, f"is known as {row.role}"
    if row.state is RegionState.READY:
        yield row.location, "is ready"
    if row.storage_account is not None and row.storage_account.blob_endpoint is not None:
        yield row.location, "has an account"
    if row.image_replication == "Ready" or (
        row.role is RegionRole.PRIMARY and row.image_replication == "Succeeded"
    ):
        yield row.location, "has images"


def container_registry_status(plan: Plan, before: ContainerRegistryStatus | None) -> ContainerRegistryStatus:
    """The container registry's name as soon as it is chosen, the rest as soon as it is seen."""
    target, seen = plan.container_registry.target, plan.container_registry.seen
    unseen = plan.container_registry.standing is Standing.UNSEEN
    if unseen and before is not None and same(before.id, target):
        return before
    if not isinstance(seen, ObservedContainerRegistry) or plan.container_registry.is_foreign:
        return ContainerRegistryStatus(name=name_of(target), id=target)
    told = Switch.ENABLED if seen.regional_endpoints == Switch.ENABLED else None
    return ContainerRegistryStatus(
        name=name_of(target), id=target, login_server=seen.login_server, regional_endpoints=told
    )


def _declared(
    location: str, registry: MLRegistry, plan: Plan, problems: Problems, accepted: frozenset[ArmId]
) -> RegionStatus:
    primary = location == registry.spec.location
    images = plan.container_registry if primary else plan.replications[location]
    parts = tuple(
        _Part(one, problems.get(one.target) or one.failure, one.target in accepted)
        for one in (plan.accounts[location], images)
    )
    before = registry.status.region(location)
    return RegionStatus(
        location=location,
        role=RegionRole.PRIMARY if primary else RegionRole.REPLICA,
        state=_state(parts, before),
        storage_account=_account(plan.accounts[location], before),
        image_replication=_image_replication(images, before),
        message=_message(parts),
    )


def _state(parts: tuple[_Part, ...], before: RegionStatus | None) -> RegionState:
    """Ready, or how far from it. A region that served before and fails now is Degraded, not Failed.

    One that was ready and may not be looked at is what it was.
    """
    was_ready = before is not None and before.state is RegionState.READY
    if all(part.settled or (was_ready and part.held) for part in parts):
        return RegionState.READY
    if any(part.failure for part in parts):
        served = before is not None and before.state in (RegionState.READY, RegionState.DEGRADED)
        return RegionState.DEGRADED if served else RegionState.FAILED
    if all(part.serves for part in parts):
        return RegionState.READY
    return RegionState.CREATING if any(part.begun for part in parts) else RegionState.PENDING


def _message(parts: tuple[_Part, ...]) -> str | None:
    failures = dict.fromkeys(part.failure.sentence for part in parts if part.failure)
    if failures:
        return " ".join(failures)[:MESSAGE_LIMIT]
    return " ".join(dict.fromkeys(filter(None, map(_awaited, parts))))[:MESSAGE_LIMIT] or None


def _awaited(part: _Part) -> str:
    """What is to be done, or is being done; nothing for what is as declared."""
    action, standing = part.assessment.action, part.assessment.standing
    if standing is Standing.IN_PROGRESS or (part.accepted and standing is Standing.ABSENT):
        return f"Azure is working on {name_of(part.assessment.target)}."
    if action is None:
        return ""
    return f"Waits for {action.waits_for}." if action.waits_for else action.reason


def _account(assessment: Assessment, before: RegionStatus | None) -> StorageAccountStatus:
    """The account as it was seen; as it was seen last where Azure cannot be asked.

    Of somebody else's nothing but its name is told: what assets find here they read and write.
    """
    seen = assessment.seen
    known = before.storage_account if before is not None else None
    if assessment.standing is Standing.UNSEEN and known is not None and same(known.id, assessment.target):
        return known
    if not isinstance(seen, ObservedAccount) or assessment.is_foreign:
        return StorageAccountStatus(name=name_of(assessment.target), id=assessment.target)
    return StorageAccountStatus(
        name=seen.name, id=seen.id, blob_endpoint=seen.blob_endpoint, type=seen.sku, hns=seen.hns
    )


def _image_replication(assessment: Assessment, before: RegionStatus | None) -> str | None:
    """The state as it was seen; as it was seen last where Azure has asked not to be looked at."""
    seen = assessment.seen
    if is_held(assessment):
        return before.image_replication if before is not None else None
    if isinstance(seen, ObservedReplication):
        return seen.display_status if seen.provisioning_state == "Succeeded" else seen.provisioning_state
    return seen.provisioning_state if seen is not None else None


def _leaving(departure: Departure, problems: Problems) -> RegionStatus:
    parts = tuple(
        _Part(one, problems.get(one.target) or one.failure)
        for one in (departure.replication, departure.account)
        if one is not None
    )
    account = departure.account or (
        Assessment(departure.retained.id, Standing.SETTLED, seen=departure.retained)
        if departure.retained
        else None
    )
    return RegionStatus(
        location=departure.location,
        role=RegionRole.REPLICA,
        state=RegionState.DRAINING,
        storage_account=_account(account, None) if account else None,
        image_replication=_image_replication(departure.replication, None) if departure.replication else None,
        message=_message(parts),
    )


def _updating(assessment: Assessment) -> bool:
    return assessment.seen is not None and assessment.seen.provisioning_state in ("Updating", "Succeeded")
