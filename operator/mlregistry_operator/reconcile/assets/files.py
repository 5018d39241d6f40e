"""One pass over an asset that is made of files: publish once, copy to every region, compare, tell."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from mlregistry_operator.api.asset_status import CopyState, Evidence
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.assets.claims import Position, Turn, position
from mlregistry_operator.domain.assets.formats import declared_format
from mlregistry_operator.domain.assets.layout import url_of
from mlregistry_operator.domain.assets.names import caution
from mlregistry_operator.domain.assets.references import Resolution
from mlregistry_operator.domain.assets.rows import RegionView
from mlregistry_operator.domain.assets.summary import AssetPass
from mlregistry_operator.domain.assets.summary import Publication as Told
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.refusals import refused_spec
from mlregistry_operator.reconcile.assets.claiming import claim_of, other_claims, published_of, record_of
from mlregistry_operator.reconcile.assets.content import Content
from mlregistry_operator.reconcile.assets.deriving import derive, derived_of
from mlregistry_operator.reconcile.assets.judging import judge_document
from mlregistry_operator.reconcile.assets.looking import RegionLook, in_region, is_whole, look_everywhere
from mlregistry_operator.reconcile.assets.memory import AssetMemory
from mlregistry_operator.reconcile.assets.origins import source_of
from mlregistry_operator.reconcile.assets.promotions import ancestral_digest, promote
from mlregistry_operator.reconcile.assets.scene import AssetScene
from mlregistry_operator.reconcile.content.checksums import Origin
from mlregistry_operator.reconcile.content.measure import measure
from mlregistry_operator.reconcile.content.progress import Progress
from mlregistry_operator.reconcile.content.publish import Publication, publish
from mlregistry_operator.reconcile.content.replicate import Copying, replicate
from mlregistry_operator.reconcile.content.versions import CommittedVersion
from mlregistry_operator.reconcile.world import World

PUBLISH = "publish"
COMPARE = "compare"


async def pass_over_files(
    scene: AssetScene, resolution: Resolution, memory: AssetMemory, world: World, content: Content
) -> AssetPass:
    """Look at every region, start what is to be done, and say how things stand.

    Raises:
        ClusterError: the API server could not be asked.
    """
    asset, now = scene.asset, world.clock.monotonic()
    looks = await look_everywhere(scene.stores, scene.place, asset.spec.type)
    version = _version(scene, looks)
    stands = await _position(scene, version, memory, world)
    if version is None and asset.status.digest is not None:
        stands = replace(stands, failure=stands.failure or _content_lost(scene, looks))
    elif version is None and _may_publish(stands, resolution) and memory.jobs.may_start(PUBLISH, now):
        _start_publication(scene, memory, world, content)
    if stands.turn is Turn.COMPARE and memory.jobs.may_start(COMPARE, now):
        _start_comparison(scene, version, memory, world, content)
    if version is not None and stands.turn in (Turn.OWN, Turn.SHARE):
        _start_copies(scene, version, looks, memory, content, now=now)
    await memory.jobs.settle(world.timing.grace)
    if memory.jobs.take_ended(world.clock.monotonic()):
        memory.wake.set()
    return AssetPass(
        asset=asset,
        asset_id=scene.id,
        references=resolution,
        published=_told(stands, version, memory),
        regions=_views(scene, version, looks, memory),
        lineage=asset.spec.lineage,
        notes=(stands.note,) if stands.note else (),
        unread=stands.unread,
    )


async def _position(
    scene: AssetScene, version: CommittedVersion | None, memory: AssetMemory, world: World
) -> Position:
    """What the object may do. Whose a published version is, its commit mark tells."""
    asset, published = scene.asset, published_of(version)
    own = claim_of(asset, asset.spec.digest or memory.measured or asset.status.digest)
    others = await other_claims(asset, world.cluster) if published is None else ()
    return position(own, others, published, scene.id)


def _version(scene: AssetScene, looks: Mapping[str, RegionLook]) -> CommittedVersion | None:
    """What is published: the primary's word; where it lost it or is away, that of any other region.

    No region but the primary has a commit mark of what was not published.
    """
    primary = looks[scene.primary]
    if primary.version is not None:
        return primary.version
    return next((one.version for one in looks.values() if one.version is not None), None)


def _may_publish(stands: Position, resolution: Resolution) -> bool:
    return stands.turn is Turn.PUBLISH and resolution.resolved


def _content_lost(scene: AssetScene, looks: Mapping[str, RegionLook]) -> Failure | None:
    """A version that was published is not published anew from its source: other bytes could come back.

    While a region cannot be read, it may still have it.
    """
    if any(one.failure is not None for one in looks.values()):
        return None
    digest = scene.asset.status.digest
    return Failure(
        ArmId(""),
        Reason.CONTENT_LOST,
        Severity.STALLED,
        f"{scene.id} was published with the digest {digest}, and no region has it any more",
        remedy="Restore it in one region, or publish it as another version.",
    )


def _start_publication(scene: AssetScene, memory: AssetMemory, world: World, content: Content) -> None:
    """As the only one that publishes this version now; whoever comes second finds it published."""
    asset, version = scene.asset, (scene.registry.key, scene.id.key)
    if not content.fleet.may_publish(*version, asset.key):
        return
    progress = memory.progress[PUBLISH] = Progress()

    async def work() -> None:
        try:
            await _publish(scene, memory, world, content, progress)
        finally:
            content.fleet.has_published(*version)

    memory.jobs.start(PUBLISH, work())


async def _publish(
    scene: AssetScene, memory: AssetMemory, world: World, content: Content, progress: Progress
) -> None:
    asset = scene.asset
    if (refused := refused_spec(asset)) is not None:
        raise CloudError(refused)
    if (origin := asset.spec.source.asset) is not None:
        bring = derive if origin.rewrite_references else promote
        await bring(scene, origin, world, content, progress)
        return
    source = await source_of(asset, scene.registry, world, content)
    asked = partial(judge_document, scene, content, source)
    owner, form = record_of(asset).metadata(), declared_format(asset.spec)
    wanted = Publication(
        scene.id,
        source,
        asset.spec.digest,
        owner,
        alone=True,
        form=form,
        asked=asked,
        mismatches=memory.mismatches,
    )
    await publish(wanted, scene.stores[scene.primary], content.capacity, progress)


def _start_comparison(
    scene: AssetScene,
    version: CommittedVersion | None,
    memory: AssetMemory,
    world: World,
    content: Content,
) -> None:
    """Somebody else has published the version: are these the same bytes?"""
    published = tuple(file.path for file in version.manifest.files) if version is not None else ()

    async def work() -> None:
        origin, own = scene.asset.spec.source.asset, (scene.asset, scene.registry)
        if origin is not None and origin.rewrite_references:
            memory.measured = (await derived_of(*own, origin, world, content, near="")).digest
            return
        if origin is not None:
            memory.measured = await ancestral_digest(scene.asset, origin, world, content)
            return
        source = await source_of(scene.asset, scene.registry, world, content, published)
        kind = scene.asset.spec.type
        memory.measured = (await measure(source, kind, content.capacity, memory.mismatches)).digest

    memory.jobs.start(COMPARE, work())


def _start_copies(
    scene: AssetScene,
    version: CommittedVersion,
    looks: Mapping[str, RegionLook],
    memory: AssetMemory,
    content: Content,
    *,
    now: float,
) -> None:
    """To every region that can be read and lacks the version, from those that have it, the primary first."""
    order = sorted(looks, key=lambda location: location != scene.primary)
    origins = [Origin(scene.stores[one], scene.place) for one in order if is_whole(looks[one], version)]
    declared = (looks[one] for one in scene.regions if one in looks)
    lacking = [one for one in declared if one.failure is None and not is_whole(one, version)]
    for look in lacking if origins else ():
        if memory.jobs.may_start(look.location, now):
            store = scene.stores[look.location]
            progress = memory.progress[look.location] = Progress()
            copying = Copying(version, origins, store, scene.place, str(scene.registry.key))
            memory.jobs.start(look.location, replicate(copying, content.capacity, progress))


def _told(stands: Position, version: CommittedVersion | None, memory: AssetMemory) -> Told | Failure | None:
    failure = (
        stands.failure
        or memory.jobs.trouble(COMPARE)
        or (memory.jobs.trouble(PUBLISH) if version is None else None)
    )
    if failure is not None or version is None or stands.turn is Turn.COMPARE:
        return failure
    files = version.manifest.files
    return Told(version.digest, version.manifest.size, len(files), _caution(version, memory))


def _caution(version: CommittedVersion, memory: AssetMemory) -> str:
    """What is to be said of the files' names; asked once, for they never change, and can be many."""
    if memory.caution is None or memory.caution[0] != version.digest:
        memory.caution = version.digest, caution(file.path for file in version.manifest.files)
    return memory.caution[1]


def _views(
    scene: AssetScene,
    version: CommittedVersion | None,
    looks: Mapping[str, RegionLook],
    memory: AssetMemory,
) -> tuple[RegionView, ...]:
    """Every declared region, and those on their way out that still have the version."""
    declared = [_view(location, scene, version, looks, memory) for location in scene.regions]
    leaving = [
        replace(
            _view(location, scene, version, looks, memory),
            awaits="The region leaves the registry.",
            declared=False,
        )
        for location in scene.leaving
        if version is not None and is_whole(looks[location], version)
    ]
    return (*declared, *leaving)


def _view(
    location: str,
    scene: AssetScene,
    version: CommittedVersion | None,
    looks: Mapping[str, RegionLook],
    memory: AssetMemory,
) -> RegionView:
    """What is true of the version in one region at this moment."""
    look = looks.get(location)
    if look is None:
        return RegionView(location, CopyState.PENDING, awaits="The region has no storage account yet.")
    total = version.manifest.size if version is not None else None
    view = RegionView(location, CopyState.PENDING, bytes_total=total)
    if look.failure is not None:
        return replace(view, state=CopyState.FAILED, failure=look.failure)
    if version is None:
        return replace(view, awaits="It waits for the publication.")
    if is_whole(look, version):
        uri = url_of(scene.stores[location].endpoint, scene.place.container, scene.place.files)
        return replace(view, state=CopyState.READY, evidence=Evidence.CHECKSUM, uri=uri, bytes_copied=total)
    progress = memory.progress.get(location)
    copied = min(progress.done, total or 0) if progress is not None else 0
    trouble = memory.jobs.trouble(location)
    if trouble is not None:
        return replace(
            view, state=CopyState.FAILED, bytes_copied=copied, failure=in_region(location, trouble)
        )
    return replace(view, state=CopyState.COPYING, bytes_copied=copied)
