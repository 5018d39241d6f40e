"""A look on and into the resources: role assignments, containers, lifecycle. Only what the spec is about."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from mlregistry_operator.cloud.ports import Cloud
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.containers import ObservedContainer
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.grants import ObservedAssignment
from mlregistry_operator.domain.operations import SUCCEEDED
from mlregistry_operator.domain.ownership import Owner, is_ours
from mlregistry_operator.domain.resources import Insides, Observed, ObservedAccount
from mlregistry_operator.reconcile.observe import or_failure
from mlregistry_operator.reconcile.scene import Scene


async def look_inside(scene: Scene, observed: Observed, *, access: bool) -> Observed:
    """The same look with what lies in the accounts that are ours; with `access` also who has which role."""
    if observed.group_missing:
        return observed
    cloud, desired, owner = scene.cloud, scene.desired, scene.owner
    accounts = {place: _of_ours(seen.values(), owner) for place, seen in observed.accounts.items()}
    home = accounts.get(desired.container_registry.location)
    places = desired.accounts if desired.retention else ()
    opened = {one for place in places if (one := accounts.get(place)) is not None}
    if desired.staging is not None and home is not None:
        opened.add(home)
    targets = sorted(opened)
    assignments, rule, lists = await asyncio.gather(
        _assignments(cloud, desired.group.id, access=access),
        or_failure(cloud.staging_rule(home)) if desired.staging and home else _nothing(),
        _containers(cloud, targets, retained=desired.retention is not None),
    )
    return replace(observed, insides=Insides(assignments, lists, rule))


async def _assignments(
    cloud: Cloud, group: ArmId, *, access: bool
) -> tuple[ObservedAssignment, ...] | Failure:
    return await or_failure(cloud.role_assignments(group)) if access else ()


async def _containers(
    cloud: Cloud, accounts: list[ArmId], *, retained: bool
) -> dict[str, tuple[ObservedContainer, ...] | Failure]:
    found = await asyncio.gather(*(or_failure(cloud.containers(one, retained=retained)) for one in accounts))
    return {one.casefold(): seen for one, seen in zip(accounts, found, strict=True)}


async def _nothing() -> None:
    return None


def _of_ours(sighting: Iterable[ObservedAccount | Failure | None], owner: Owner) -> ArmId | None:
    """The account to look into. What Azure is still making has no inside yet."""
    return next(
        (
            seen.id
            for seen in sighting
            if isinstance(seen, ObservedAccount)
            and is_ours(owner, seen)
            and seen.provisioning_state == SUCCEEDED
        ),
        None,
    )
