"""What a version needs, from wherever that is said: its spec, its text, and what it is promoted from."""

import asyncio
from dataclasses import replace

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.objects import MLAsset
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.components import ComponentReading, read_document, told
from mlregistry_operator.domain.assets.references import Resolution, resolve, wanted_references
from mlregistry_operator.domain.assets.rewriting import Wording, names_others, wording_of
from mlregistry_operator.reconcile.assets.content import Content
from mlregistry_operator.reconcile.assets.memory import AssetMemory
from mlregistry_operator.reconcile.assets.promotions import Ancestor, committed_ancestor, needs_of
from mlregistry_operator.reconcile.assets.scene import AssetScene
from mlregistry_operator.reconcile.content.checksums import Origin
from mlregistry_operator.reconcile.content.documents import published_document
from mlregistry_operator.reconcile.content.versions import committed_version
from mlregistry_operator.reconcile.world import World


def reading_of(scene: AssetScene) -> ComponentReading:
    """What an inline document refers to."""
    spec = scene.asset.spec
    if spec.source.inline is None:
        return ComponentReading()
    return read_document(spec.type, spec.source.inline, scene.id.registry)


def resolution_of(
    scene: AssetScene,
    ancestor: Ancestor | None,
    reading: ComponentReading,
    wording: Wording,
    content: Content,
) -> Resolution:
    """What becomes of the references. What a text refers to that is published already is told, not asked.

    A version that is published stays what it is: what a later operator would refuse in it is no failure.
    """
    asset, registry = scene.asset, scene.id.registry
    published = asset.status.digest is not None
    known = content.fleet.known(asset.registry_key)
    inherited = needs_of(ancestor, registry) if ancestor is not None else ()
    said = tuple(replace(one.id, registry=registry) for one in wording.named)
    asked = tuple(one for one in said if one.key in known or not published)
    everything = (*inherited, *wanted_references(asset.spec, registry, reading), *asked)
    wanted = tuple({one.key: one for one in everything}.values())
    resolution = resolve(scene.id, wanted, known, () if published else reading.refusals)
    return replace(resolution, note=names_others(wording, registry))


def told_too_late(scene: AssetScene, reading: ComponentReading) -> tuple[str, ...]:
    """What a published version's document says that would be refused today, for it can't be changed."""
    if scene.asset.status.digest is None or not reading.refusals:
        return ()
    return (f"It was published as it is, and would be refused today: {told(reading.refusals)}",)


def has_wording(asset: MLAsset) -> bool:
    """Whether the version has a text, outside its spec, that refers to others."""
    return asset.spec.type is AssetType.COMPONENT and asset.spec.source.inline is None


async def wording_in(
    scene: AssetScene, ancestor: Ancestor | None, memory: AssetMemory, world: World, content: Content
) -> Wording:
    """What the text of a component says that stands in no spec; nothing while it cannot be read.

    It costs one read of the version in the life of a process. Before the version is published, the ancestor
    has the text.
    """
    if not has_wording(scene.asset):
        return Wording()
    if memory.wording is None:
        try:
            memory.wording = await _read(scene, ancestor, world, content)
        except CloudError:  # whoever publishes it, or looks at its regions, tells of it
            memory.wording = None
    return memory.wording or Wording()


async def _read(
    scene: AssetScene, ancestor: Ancestor | None, world: World, content: Content
) -> Wording | None:
    asset, own = scene.asset, scene.id.registry
    source = asset.spec.source.asset
    if asset.status.digest is not None:
        store = scene.stores[scene.primary]
        version = await committed_version(store, scene.place, asset.spec.type)
        origin, registry, digest, rewrites = Origin(store, scene.place), own, None, False
    elif source is not None and ancestor is not None:
        _, version, origins = await committed_ancestor(asset, source, world, content, near=scene.primary)
        origin, registry, digest = origins[0], ancestor.id.registry, version.digest
        rewrites = source.rewrite_references
    else:
        return None
    if version is None:
        return None
    document = await published_document(asset.spec.type, version.manifest, origin, content.capacity)
    if document is None:
        return Wording(digest=digest)
    text = document.text
    found = await asyncio.to_thread(lambda: wording_of(text, registry, written_for=own, rewrites=rewrites))
    return replace(found, digest=digest)
