"""An asset that is being deleted: its content stays, unless it alone says that it goes."""

import asyncio

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.group import ASSET_KIND
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLAsset
from mlregistry_operator.api.policies import DeletionPolicy
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.claims import Published, farewell
from mlregistry_operator.domain.assets.summary import failed_asset_status
from mlregistry_operator.domain.assets.tombstones import bury
from mlregistry_operator.domain.ending import with_way_out
from mlregistry_operator.domain.events import event
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.usage import asset_in_use_sentence
from mlregistry_operator.kube.ports import ASSETS, Body
from mlregistry_operator.reconcile.assets.claiming import claim_of, other_claims, published_of, record_of
from mlregistry_operator.reconcile.assets.content import Content
from mlregistry_operator.reconcile.assets.graves import set_tombstone, tombstone_of
from mlregistry_operator.reconcile.assets.image_scenes import image_place
from mlregistry_operator.reconcile.assets.looking import RegionLook, look_everywhere
from mlregistry_operator.reconcile.assets.memory import AssetMemory
from mlregistry_operator.reconcile.assets.neighbours import who_uses_asset
from mlregistry_operator.reconcile.assets.objects import asset_head, read_asset
from mlregistry_operator.reconcile.assets.publishers import forget_publisher, publisher_of
from mlregistry_operator.reconcile.assets.scene import AssetScene, set_asset_scene
from mlregistry_operator.reconcile.changes import change_of
from mlregistry_operator.reconcile.content.remove import remove
from mlregistry_operator.reconcile.leaving import in_use, is_forced, tell_and_let_go, wait_suspended
from mlregistry_operator.reconcile.statuses import write
from mlregistry_operator.reconcile.world import Outcome, World
from mlregistry_operator.telemetry.passes import generation_is


async def delete_asset(key: ObjectKey, memory: AssetMemory, world: World, content: Content) -> Outcome:
    """One pass of a deletion; `gone` when nothing is left to do and the object may go.

    Raises:
        ClusterError: the API server could not be asked.
    """
    body = memory.own(await world.cluster.read(ASSETS, key))
    if body is None:
        return Outcome(0.0, gone=True)
    memory.starts_with(change_of(body))
    generation_is(body["metadata"]["generation"])
    await memory.jobs.cancel()
    try:
        asset = read_asset(body)
        if not is_forced(asset.metadata) and (users := await who_uses_asset(asset, world.cluster)):
            return await _wait(body, in_use(asset_in_use_sentence(users)), memory, world)
        if _stays(asset):
            return await _leave(body, "The content stays in Azure.", world)
        return await _delete(body, asset, world, content)
    except CloudError as error:
        if error.failure.reason in (Reason.INVALID_SPEC, Reason.DEPENDENCY_NOT_FOUND):
            return await _leave(body, f"The content stays in Azure: {error.failure.sentence}", world)
        return await _wait(body, error.failure, memory, world)


async def _delete(body: Body, asset: MLAsset, world: World, content: Content) -> Outcome:
    """With its content; nobody needs it any more. Raises `CloudError`."""
    if asset.spec.suspend:
        return await wait_suspended(ASSETS, body, world)
    scene = await set_asset_scene(asset, world, content.stores)
    take = _take_image_away if asset.spec.type is AssetType.ENVIRONMENT else _take_away
    return await take(body, scene, world, content)


def _stays(asset: MLAsset) -> bool:
    return is_forced(asset.metadata) or asset.spec.deletion_policy is DeletionPolicy.RETAIN


async def _take_image_away(body: Body, scene: AssetScene, world: World, content: Content) -> Outcome:
    """The tag, and the image with it where nothing else needs it; an environment of files goes as files."""
    place = await image_place(scene, world, content)
    tag = await place.images.tag(place.login_server, place.image.repository, place.image.tag)
    if tag is None:
        await _forget_own_note(scene)
        return await _take_away(body, scene, world, content)
    own = claim_of(scene.asset, scene.asset.spec.digest or scene.asset.status.digest)
    published = Published(tag.digest, await publisher_of(scene))
    decided = farewell(own, await other_claims(scene.asset, world.cluster), published)
    if not decided.deletes_content:
        return await _leave(body, decided.because, world)
    await set_tombstone(scene, bury(tag.digest, world.clock.now(), scene.asset.key))
    await place.images.delete_version(place.login_server, place.image.repository, place.image.tag)
    await forget_publisher(scene)
    return await _leave(body, f"The image {tag.digest} was deleted.", world)


async def _forget_own_note(scene: AssetScene) -> None:
    """An earlier attempt may have ended after the image, or the import never have come about."""
    noted = await publisher_of(scene)
    if noted is not None and noted.uid == scene.asset.metadata.uid:
        await forget_publisher(scene)


async def _take_away(body: Body, scene: AssetScene, world: World, content: Content) -> Outcome:
    """From every region, the primary last: as long as it has the version, the version exists."""
    asset = scene.asset
    looks = await look_everywhere(scene.stores, scene.place, asset.spec.type)
    unread = next((one.failure for one in looks.values() if one.failure is not None), None)
    if unread is not None:
        raise CloudError(unread)
    published = await _published(scene, looks)
    own = claim_of(asset, asset.spec.digest or asset.status.digest)
    decided = farewell(own, await other_claims(asset, world.cluster), published)
    if published is None or not decided.deletes_content:
        return await _leave(body, decided.because, world)
    stone = bury(published.digest, world.clock.now(), asset.key)
    others = [store for location, store in scene.stores.items() if location != scene.primary]
    await asyncio.gather(*(remove(stone, scene.place, store, content.capacity) for store in others))
    await remove(stone, scene.place, scene.stores[scene.primary], content.capacity)
    return await _leave(body, f"The content {published.digest} was deleted in every region.", world)


async def _published(scene: AssetScene, looks: dict[str, RegionLook]) -> Published | None:
    """What there is to take away: the version, or what an earlier pass has left of it.

    The commit mark goes before the files. Without it, the tombstone of this object tells that they still go.
    """
    version = next((one.version for one in looks.values() if one.version is not None), None)
    if version is not None:
        return published_of(version)
    try:
        stone = await tombstone_of(scene)
    except CloudError as error:
        if error.failure.reason is not Reason.CONTENT_DAMAGED:
            raise
        return None
    if stone is None or stone.by != scene.asset.key:
        return None
    return Published(stone.digest, record_of(scene.asset))  # it was its own, or there were no stone of it


async def _leave(body: Body, told: str, world: World) -> Outcome:
    return await tell_and_let_go(ASSETS, body, (event("Normal", Reason.RETAINED, "Delete", told),), world)


async def _wait(body: Body, failure: Failure, memory: AssetMemory, world: World) -> Outcome:
    metadata, before = asset_head(body)
    failure = with_way_out(failure, f"{ASSET_KIND} {metadata.key}")
    memory.failed_looks += 1
    await write(
        world.cluster, ASSETS, body, failed_asset_status(metadata, before, failure, now=world.clock.now())
    )
    wait = memory.patience.wait(failure, memory.failed_looks)
    wait = min(wait, world.timing.patience.longest) if failure.reason is Reason.IN_USE else wait
    return Outcome(wait, failure=failure)
