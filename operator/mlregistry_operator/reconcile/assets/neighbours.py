"""Other assets of a registry, read afresh: what decides over bytes must not come from a lagging watch."""

import asyncio
from typing import Final
from weakref import WeakKeyDictionary

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLAsset
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.ids import AssetKey
from mlregistry_operator.domain.usage import users_of_asset, users_of_registry
from mlregistry_operator.kube.ports import REGISTRIES, Objects
from mlregistry_operator.reconcile.assets.siblings import (
    Siblings,
    asset_name_of,
    may_refer,
    of_registry,
    readable,
)
from mlregistry_operator.reconcile.registry_objects import read_registry

_LOOKS: Final = 4  # each has a page of the largest objects in memory
_TURNS: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[asyncio.Semaphore, asyncio.Semaphore]]] = (
    WeakKeyDictionary()
)
_AT_ONCE: Final = 100  # objects, between which others have their turn: a thousand take a quarter of a second


async def assets_of(registry: ObjectKey, cluster: Objects, *, texts: bool = True) -> Siblings:
    """Every object of the cluster that names the registry, with components' specifications or without.

    Raises:
        ClusterError: the API server could not be asked.
    """
    found, number = [], 0
    async for body in cluster.assets(registry.name, texts=texts):
        found.append(readable(body))
        number += 1
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)
    return of_registry(found, registry)


async def declarers_of(registry: ObjectKey, version: AssetKey, cluster: Objects) -> Siblings:
    """Every object of the cluster that declares the version. Raises as `assets_of`.

    The API server selects by what it can: names compare without case. Of the rest the names alone are looked
    at, because many assets have a version "1".
    """
    bodies = await cluster.versions(registry.name, version.type, version.version)
    return of_registry((readable(one) for one in bodies if asset_name_of(one) == version.name), registry)


async def who_uses_registry(registry: ObjectKey, cluster: Objects) -> tuple[ObjectKey, ...]:
    """The assets that keep a registry from going, also those that cannot be read. Raises as `assets_of`."""
    found = await assets_of(registry, cluster, texts=False)
    return tuple(sorted((*users_of_registry(registry, found.read), *(one.key for one in found.unread))))


async def who_uses_asset(asset: MLAsset, cluster: Objects) -> tuple[ObjectKey, ...]:
    """The assets that keep a version from going; nobody where its registry is gone. Raises as `assets_of`.

    One that cannot be read keeps it where its text can mean the version.
    """
    body = await cluster.read(REGISTRIES, asset.registry_key)
    if body is None:
        return ()
    try:
        name = read_registry(body).effective_name
    except CloudError:  # of a registry that cannot be read the object's name is known
        name = asset.registry_key.name
    looks, whole = _turns()
    async with looks:  # nothing is held of what is looked at: mostly nobody refers to the version
        looked_at = cluster.assets(asset.registry_key.name, texts=True)
        if not [True async for one in looked_at if may_refer(one, asset)]:
            return ()
    async with whole:
        return await _users(asset, name, cluster)


def _turns() -> tuple[asyncio.Semaphore, asyncio.Semaphore]:
    """How many look at all assets of a registry at once, and how many hold them: each in its event loop."""
    loop = asyncio.get_running_loop()
    return _TURNS.setdefault(loop, (asyncio.Semaphore(_LOOKS), asyncio.Semaphore(1)))


async def _users(asset: MLAsset, name: str, cluster: Objects) -> tuple[ObjectKey, ...]:
    siblings = await assets_of(asset.registry_key, cluster)
    origins = {key for one in siblings.read if (key := one.origin_registry) is not None}
    others = [await assets_of(key, cluster) for key in sorted(origins - {asset.registry_key})]
    users = await asyncio.to_thread(
        users_of_asset,
        asset,
        [*siblings.read, *(one for found in others for one in found.read)],
        {asset.registry_key: name},
    )
    strange = (one.key for one in siblings.unread if not one.leaves and may_refer(one.body, asset))
    return tuple(sorted((*users, *strange)))
