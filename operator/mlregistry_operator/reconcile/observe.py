"""One look at everything of a registry in Azure, side by side."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from mlregistry_operator.api.registry_status import OperationEntry
from mlregistry_operator.cloud.ports import Cloud, CloudError
from mlregistry_operator.domain.arm import ArmId, ResourceGroup, same
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.operations import asks_the_resource, settle_blind
from mlregistry_operator.domain.plan import Seen
from mlregistry_operator.domain.resources import (
    Observed,
    ObservedAccount,
    ObservedContainerRegistry,
    ObservedReplication,
    OperationPhase,
    OperationState,
)

_T = TypeVar("_T")


async def observe(
    cloud: Cloud,
    group: ResourceGroup,
    *,
    accounts: Mapping[str, tuple[str, ...]],
    container_registry: tuple[str, ...],
    home: str,
) -> Observed:
    """Read what may exist under these names. What cannot be read is a `Failure` in its place.

    `home` is the container registry's region.
    """
    sightings, registries = await asyncio.gather(
        _accounts(cloud, group, accounts),
        _by_name(container_registry, group.container_registry, cloud.container_registry, home),
    )
    replications = await _replications(cloud, registries)
    everything: list[object] = [seen for sighting in sightings.values() for seen in sighting.values()]
    everything += [*registries.values(), replications]
    if _says_no_group(replications):
        replications = ()
    return Observed(
        group_missing=any(_says_no_group(seen) for seen in everything),
        accounts={location: _without_group_failures(seen) for location, seen in sightings.items()},
        container_registry=_without_group_failures(registries),
        replications=replications,
    )


async def with_accounts(
    cloud: Cloud, group: ResourceGroup, observed: Observed, wanted: Mapping[str, tuple[str, ...]]
) -> Observed:
    """The same look with the accounts of these regions too."""
    if not wanted:
        return observed
    found = {
        location: _without_group_failures(seen)
        for location, seen in (await _accounts(cloud, group, wanted)).items()
    }
    return replace(observed, accounts={**observed.accounts, **found})


async def look_at_operations(
    cloud: Cloud, due: Mapping[ArmId, OperationEntry], *, spared: AbstractSet[ArmId]
) -> dict[ArmId, OperationState]:
    """One look at each operation that is due; one that is spared counts as unreadable.

    A look that is throttled closes the reads of its provider, and so the look at the resource that could tell
    the end: after a look that told nothing, the resource is asked alone.
    """
    asked = [target for target in due if target not in spared]
    states = await asyncio.gather(*(_ask(cloud, due[target]) for target in asked))
    told = dict(zip(asked, states, strict=True))
    return {target: told.get(target, OperationState(OperationPhase.UNREADABLE)) for target in due}


async def _ask(cloud: Cloud, entry: OperationEntry) -> OperationState:
    """What the operation's URL tells; where a replication's own address is asked, whether it is gone."""
    target = ArmId(entry.target)
    if not asks_the_resource(entry):
        return await cloud.operation(entry.url, target)
    seen = await or_failure(cloud.replication(target))
    if isinstance(seen, Failure):
        return OperationState(OperationPhase.UNREADABLE, seen, seen.retry_after)
    return OperationState(OperationPhase.SUCCEEDED if seen is None else OperationPhase.RUNNING)


def with_operations(
    observed: Observed,
    entries: Mapping[ArmId, OperationEntry],
    states: Mapping[ArmId, OperationState],
    *,
    now: datetime,
) -> Observed:
    """The same look with what the operations told; where they told nothing, the resource's word counts."""
    settled = {
        target: settle_blind(entries[target], state, _seen(observed, target), now=now)
        for target, state in states.items()
    }
    return replace(observed, operations=settled)


async def group_of_ours(cloud: Cloud, observed: Observed, group: ResourceGroup) -> Observed:
    """The same look with the resource group itself, which is only asked when it may have to go."""
    return replace(observed, group=await or_failure(cloud.resource_group(group.id)))


async def _accounts(
    cloud: Cloud, group: ResourceGroup, wanted: Mapping[str, tuple[str, ...]]
) -> dict[str, dict[str, ObservedAccount | Failure | None]]:
    found = await asyncio.gather(
        *(
            _by_name(names, group.storage_account, cloud.storage_account, location)
            for location, names in wanted.items()
        )
    )
    return dict(zip(wanted, found, strict=True))


async def _by_name(
    names: tuple[str, ...],
    make_id: Callable[[str], ArmId],
    read: Callable[[ArmId, str], Awaitable[_T | None]],
    location: str,
) -> dict[str, _T | Failure | None]:
    found = await asyncio.gather(*(or_failure(read(make_id(name), location)) for name in names))
    return dict(zip(names, found, strict=True))


async def _replications(
    cloud: Cloud, registries: Mapping[str, ObservedContainerRegistry | Failure | None]
) -> tuple[ObservedReplication, ...] | Failure:
    """Replications can only be listed of a registry that is there."""
    for seen in registries.values():
        if isinstance(seen, ObservedContainerRegistry):
            return await or_failure(cloud.replications(seen.id))
    return next((seen for seen in registries.values() if isinstance(seen, Failure)), ())


async def or_failure(call: Awaitable[_T]) -> _T | Failure:
    """What a look has seen, or why it saw nothing."""
    try:
        return await call
    except CloudError as error:
        return error.failure


def _says_no_group(seen: object) -> bool:
    return isinstance(seen, Failure) and seen.code == "ResourceGroupNotFound"


def _without_group_failures(sighting: Mapping[str, _T | Failure | None]) -> dict[str, _T | Failure | None]:
    """Without a group there is nothing in it: that is an answer, not a failure to get one."""
    return {name: None if _says_no_group(seen) else seen for name, seen in sighting.items()}


def _seen(observed: Observed, target: ArmId) -> Seen | None:
    return next((one for one in observed.there() if same(one.id, target)), None)
