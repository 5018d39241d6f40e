"""Other assets of a registry, read afresh: what decides over bytes must not come from a lagging watch."""

import asyncio
import json
from collections.abc import Iterable
from typing import Final

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLAsset
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.ids import AssetKey
from mlregistry_operator.domain.usage import users_of_asset, users_of_registry
from mlregistry_operator.kube.ports import REGISTRIES, Body, Objects
from mlregistry_operator.reconcile.assets.objects import read_asset
from mlregistry_operator.reconcile.registry_objects import read_registry

_AT_ONCE: Final = 100  # objects, between which others have their turn: a thousand take a quarter of a second


async def assets_of(registry: ObjectKey, cluster: Objects) -> tuple[MLAsset, ...]:
    """Every object of the cluster that names the registry and can be read.

    Raises:
        ClusterError: the API server could not be asked.
    """
    return await _read(await cluster.assets(registry.name), registry)


async def declarers_of(registry: ObjectKey, version: AssetKey, cluster: Objects) -> tuple[MLAsset, ...]:
    """Every object of the cluster that declares the version and can be read. Raises as `assets_of`.

    The API server selects by what it can: names compare without case. Of the rest the names alone are looked
    at, because many assets have a version "1".
    """
    bodies = await cluster.versions(registry.name, version.type, version.version)
    return await _read((one for one in bodies if _has_name(one, version.name)), registry)


def _has_name(body: Body, lowered: str) -> bool:
    name = (body.get("spec") or {}).get("assetName")
    return isinstance(name, str) and name.lower() == lowered


async def _read(bodies: Iterable[Body], registry: ObjectKey) -> tuple[MLAsset, ...]:
    found = []
    for number, body in enumerate(bodies, start=1):
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)
        try:
            asset = read_asset(body)
        except CloudError:  # an object that cannot be read declares nothing
            continue
        if asset.registry_key == registry:
            found.append(asset)
    return tuple(found)


async def who_uses_registry(registry: ObjectKey, cluster: Objects) -> tuple[ObjectKey, ...]:
    """The assets that keep a registry from going. Raises as `assets_of`."""
    return users_of_registry(registry, await assets_of(registry, cluster))


async def who_uses_asset(asset: MLAsset, cluster: Objects) -> tuple[ObjectKey, ...]:
    """The assets that keep a version from going; nobody where its registry is gone. Raises as `assets_of`."""
    body = await cluster.read(REGISTRIES, asset.registry_key)
    if body is None:
        return ()
    try:
        name = read_registry(body).effective_name
    except CloudError:  # of a registry that cannot be read the object's name is known
        name = asset.registry_key.name
    bodies = await cluster.assets(asset.registry_key.name)
    if not any(_may_refer(one, asset) for one in bodies):
        return ()
    siblings = await _read(bodies, asset.registry_key)
    origins = {key for one in siblings if (key := one.origin_registry) is not None}
    others = [await assets_of(key, cluster) for key in sorted(origins - {asset.registry_key})]
    return await asyncio.to_thread(
        users_of_asset,
        asset,
        [*siblings, *(one for found in others for one in found)],
        {asset.registry_key: name},
    )


def _may_refer(body: Body, asset: MLAsset) -> bool:
    """Whether it is worth while to read an object: a thousand of them take a second, and mostly for nothing.

    What refers to a version says its name, unless it inherits the need from what it is promoted from, or
    spells it with escapes.
    """
    if body["metadata"].get("uid") == asset.metadata.uid:
        return False
    spec = body.get("spec") or {}
    text = json.dumps(spec, ensure_ascii=False).lower()
    promoted = (spec.get("source") or {}).get("asset") is not None
    return promoted or "\\\\" in text or asset.spec.asset_name.lower() in text
