"""One pass over an asset: find what it stands on, do what its kind of content needs, tell the truth."""

from dataclasses import replace

from mlregistry_operator.api.asset_status import CopyState
from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.group import FINALIZER
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLAsset
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.events import asset_transitions
from mlregistry_operator.domain.assets.rewriting import Wording
from mlregistry_operator.domain.assets.summary import (
    AssetPass,
    Publication,
    failed_asset_status,
    summarise_asset,
    suspended_asset_status,
    worth_writing,
)
from mlregistry_operator.domain.failures import Failure, gravest
from mlregistry_operator.domain.refusals import unheeded
from mlregistry_operator.kube.ports import ASSETS, Body
from mlregistry_operator.reconcile.assets.content import Content
from mlregistry_operator.reconcile.assets.environments import pass_over_image
from mlregistry_operator.reconcile.assets.files import pass_over_files
from mlregistry_operator.reconcile.assets.memory import AssetMemory
from mlregistry_operator.reconcile.assets.objects import asset_head, read_asset
from mlregistry_operator.reconcile.assets.promotions import Ancestor, ancestor_of
from mlregistry_operator.reconcile.assets.resolving import (
    has_wording,
    reading_of,
    resolution_of,
    told_too_late,
    wording_in,
)
from mlregistry_operator.reconcile.assets.scene import AssetScene, set_asset_scene
from mlregistry_operator.reconcile.changes import change_of
from mlregistry_operator.reconcile.resync import resync_delay
from mlregistry_operator.reconcile.statuses import write
from mlregistry_operator.reconcile.world import Outcome, World
from mlregistry_operator.telemetry.objects import OBJECTS
from mlregistry_operator.telemetry.passes import generation_is

_PROGRESS_SECONDS = 5.0


async def reconcile_asset(key: ObjectKey, memory: AssetMemory, world: World, content: Content) -> Outcome:
    """One pass. Raises `ClusterError` only; what Azure refuses ends in the status."""
    body = memory.own(await world.cluster.read(ASSETS, key))
    if body is None:
        return Outcome(world.timing.resync, gone=True)
    memory.starts_with(change_of(body))
    generation_is(body["metadata"]["generation"])
    memory.jobs.take_ended(world.clock.monotonic())
    try:
        asset = read_asset(body)
        if asset.metadata.deletion_timestamp is not None or FINALIZER not in asset.metadata.finalizers:
            return Outcome(world.timing.poll)
        if asset.spec.suspend:
            await write(world.cluster, ASSETS, body, suspended_asset_status(asset, now=world.clock.now()))
            return Outcome(world.timing.resync, settled=True)
        scene = await set_asset_scene(asset, world, content.stores)
        result = await _pass_over(scene, memory, world, content)
    except CloudError as error:
        return await _tell_failure(body, error.failure, memory, world)
    await _tell(body, result, memory, world)
    return _outcome(result, memory, world)


async def _pass_over(scene: AssetScene, memory: AssetMemory, world: World, content: Content) -> AssetPass:
    ancestor = await _ancestor(scene, world, content)
    reading = reading_of(scene)
    wording = await wording_in(scene, ancestor, memory, world, content)
    resolution = resolution_of(scene, ancestor, reading, wording, content)
    content.fleet.awaits(scene.asset.key, scene.registry.key, (one.key for one in resolution.wanted))
    run = pass_over_image if _is_image(scene.asset, ancestor) else pass_over_files
    result = await run(scene, resolution, memory, world, content)
    if _has_just_come(result) and memory.wording is None and has_wording(scene.asset):
        memory.wake.set()  # its text can be read now, and says what the version needs
    notes = (*result.notes, *told_too_late(scene, reading), *unheeded(scene.asset))
    return _with_ancestor(replace(result, notes=notes), ancestor, wording)


async def _ancestor(scene: AssetScene, world: World, content: Content) -> Ancestor | None:
    """What the asset is promoted from; None once that cannot be found any more and is no longer needed."""
    source = scene.asset.spec.source.asset
    if source is None:
        return None
    try:
        return await ancestor_of(scene.asset, source, world, content)
    except CloudError:
        if scene.asset.status.digest is None:
            raise
        return None


def _is_image(asset: MLAsset, ancestor: Ancestor | None) -> bool:
    """Whether the content is an image: an environment is, unless it is written down as files."""
    if asset.spec.type is not AssetType.ENVIRONMENT:
        return False
    if asset.spec.source.asset is None:
        return asset.spec.source.image is not None
    origin = ancestor.asset if ancestor is not None else None
    return origin is None or (origin.spec.source.blob is None and origin.spec.source.inline is None)


def _has_just_come(result: AssetPass) -> bool:
    return isinstance(result.published, Publication) and result.asset.status.digest is None


def _with_ancestor(result: AssetPass, ancestor: Ancestor | None, wording: Wording) -> AssetPass:
    """Where it came from, and what was known of it there, through any number of promotions."""
    if ancestor is None or not isinstance(result.published, Publication):
        return result
    there = ancestor.asset
    known = there.status.lineage or there.spec.lineage if there is not None else None
    told = replace(result, lineage=result.lineage or known)
    source = result.asset.spec.source.asset
    if source is None or not source.rewrite_references:
        return replace(told, promoted_from=ancestor.told(result.published.digest))
    digest = (there.status.digest if there is not None else None) or wording.digest
    return told if digest is None else replace(told, derived_from=ancestor.told(digest))


async def _tell(body: Body, result: AssetPass, memory: AssetMemory, world: World) -> None:
    asset = result.asset
    _tell_verified(result, world)
    after = summarise_asset(result, now=world.clock.now())
    now = world.clock.monotonic()
    since = now - memory.written if memory.written is not None else None
    if worth_writing(asset.status, after, since):
        caution = result.published.caution if isinstance(result.published, Publication) else ""
        await write(world.cluster, ASSETS, body, after, asset_transitions(asset.status, after, caution))
        memory.written = now


def _tell_verified(result: AssetPass, world: World) -> None:
    """Each look is a metric and no write: a row's `lastVerifiedTime` moves when the verdict does."""
    for view in result.regions:
        if view.state is CopyState.READY:
            OBJECTS.verified(result.asset.registry_key, view.location, world.clock.now().timestamp())


async def _tell_failure(body: Body, failure: Failure, memory: AssetMemory, world: World) -> Outcome:
    metadata, before = asset_head(body)
    memory.failed_looks += 1
    after = failed_asset_status(metadata, before, failure, now=world.clock.now())
    await write(world.cluster, ASSETS, body, after, asset_transitions(before, after))
    return Outcome(memory.patience.wait(failure, memory.failed_looks), failure=failure)


def _outcome(result: AssetPass, memory: AssetMemory, world: World) -> Outcome:
    """Jobs wake the loop when they end, so that only waits and failures count."""
    now = world.clock.monotonic()
    waits = [memory.patience.wait(one, max(1, memory.failed_looks)) for one in result.wrong]
    memory.failed_looks = memory.failed_looks + 1 if result.wrong else 0
    if memory.jobs.running():
        waits.append(_PROGRESS_SECONDS)
    elif not result.wrong and not all(view.is_ready for view in result.declared):
        waits.append(world.timing.poll)
    if (due := memory.jobs.retries.next_due(tuple(memory.jobs.retries.problems()))) is not None and due > now:
        waits.append(due - now)
    return Outcome(
        max(0.0, min(waits, default=resync_delay(result.asset.metadata, world))),
        settled=not waits,
        failure=gravest(result.wrong),
    )
