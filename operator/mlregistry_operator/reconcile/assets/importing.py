"""An image comes into the registry: who asks for it is noted, and then Azure copies it."""

import asyncio

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.images import ImageImport
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.tombstones import Tombstone, forbids
from mlregistry_operator.domain.image_sources import ImageOrigin
from mlregistry_operator.domain.resources import OperationPhase
from mlregistry_operator.reconcile.assets.ancestry import image_source
from mlregistry_operator.reconcile.assets.claiming import record_of
from mlregistry_operator.reconcile.assets.content import Content
from mlregistry_operator.reconcile.assets.graves import tombstone_of
from mlregistry_operator.reconcile.assets.image_scenes import ImageScene
from mlregistry_operator.reconcile.assets.publishers import (
    forget_publisher,
    note_publisher,
    publisher_of,
)
from mlregistry_operator.reconcile.assets.scene import AssetScene
from mlregistry_operator.reconcile.world import World


async def import_image(scene: AssetScene, place: ImageScene, world: World, content: Content) -> None:
    """Note who imports, start the import and follow it. What has come is for the next pass to judge.

    Raises:
        CloudError: the source could not be imported.
    """
    origin = await image_source(scene.asset, scene.registry, world, content)
    stone = await tombstone_of(scene)
    if stone is not None:
        origin = _as_it_was(scene, stone, origin)
    wanted = ImageImport(place.id, origin, place.image.repository, place.image.tag)
    record, before = record_of(scene.asset), await publisher_of(scene)
    if before != record:
        await note_publisher(scene, record)
    try:
        await _follow(wanted, place, world)
    except CloudError as error:
        if error.failure.reason is not Reason.VERSION_CONFLICT:
            raise
        if before != record:  # somebody else's import came first
            await forget_publisher(scene)


async def _follow(wanted: ImageImport, place: ImageScene, world: World) -> None:
    """From the start of an import to its end. Raises `CloudError`."""
    begun = await place.images.import_image(wanted)
    wait = begun.retry_after
    while begun.url is not None:
        await asyncio.sleep(wait or world.timing.poll)
        state = await place.images.import_state(begun.url, wanted)
        if state.phase is OperationPhase.FAILED and state.failure is not None:
            raise CloudError(state.failure)
        if state.phase is not OperationPhase.RUNNING:
            return
        wait = state.retry_after


def _as_it_was(scene: AssetScene, stone: Tombstone, origin: ImageOrigin) -> ImageOrigin:
    """The source image by the digest that the deleted version had: only those bytes may come back.

    Raises:
        CloudError: the source is pinned to other bytes.
    """
    refusal = forbids(stone, origin.image.partition("@")[2] or None, scene.id)
    if refusal is not None:
        raise CloudError(refusal)
    return origin.as_digest(stone.digest)
