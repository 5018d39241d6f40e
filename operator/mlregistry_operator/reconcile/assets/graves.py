"""Tombstones of images: kept where those of files are, in the primary's blob storage."""

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.content import BlobRef
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.assets.tombstones import (
    Tombstone,
    TombstoneError,
    decode_tombstone,
    encode_tombstone,
)
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.reconcile.assets.scene import AssetScene
from mlregistry_operator.reconcile.content.lying import document, look
from mlregistry_operator.reconcile.content.versions import put_document


async def tombstone_of(scene: AssetScene) -> Tombstone | None:
    """What remains of the version where it was deleted once.

    Raises:
        CloudError: the primary could not be read, or the tombstone is damaged.
    """
    store = scene.stores[scene.primary]
    lying = await look(store, scene.place)
    if lying.tombstone is None:
        return None
    try:
        return decode_tombstone(await document(store, scene.place, lying.tombstone))
    except TombstoneError as error:
        told = f"The tombstone {scene.place.tombstone} cannot be read: {error}"
        remedy = "Choose another version."
        raise CloudError(
            Failure(ArmId(""), Reason.CONTENT_DAMAGED, Severity.STALLED, told, remedy=remedy)
        ) from error


async def set_tombstone(scene: AssetScene, stone: Tombstone) -> None:
    """Leave it in the primary, before anything is deleted; one that is there stays. Raises `CloudError`.

    A version has the same digest ever, and to write the stone anew there would be a moment without one.
    """
    store = scene.stores[scene.primary]
    lying = await look(store, scene.place)
    if lying.tombstone is not None:
        return
    if not lying.contained:
        await store.ensure_container(scene.place.container)
    ref = BlobRef(scene.place.container, scene.place.tombstone)
    await put_document(store, ref, encode_tombstone(stone))
