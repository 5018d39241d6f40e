"""Who published an image: noted in the primary's blob storage before the import begins.

A container registry keeps no record of who asked for an import, and whoever declares the version later must
not be taken for that. The note is the metadata of a small blob, one read in the life of a loop.
"""

from typing import Final

from mlregistry_operator.cloud.content import BlobRef, BlobStore, WrittenAs
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.claims import OwnerRecord
from mlregistry_operator.reconcile.assets.scene import AssetScene
from mlregistry_operator.reconcile.content.hashing import md5_of

_BODY: Final = b"{}"


async def publisher_of(scene: AssetScene) -> OwnerRecord | None:
    """The object that imported the image; None where that is not recorded. Raises `CloudError`."""
    store, blob = _at(scene)
    try:
        found = await store.facts(blob)
    except CloudError as error:
        if error.failure.code == "ContainerNotFound":
            return None
        raise
    return OwnerRecord.read(found.metadata) if found is not None else None


async def note_publisher(scene: AssetScene, record: OwnerRecord) -> None:
    """Record it, in place of one whose import never came about. Raises `CloudError`."""
    store, blob = _at(scene)
    kept = WrittenAs(md5_of(_BODY), record.metadata(), "application/json")
    await store.ensure_container(blob.container)
    if not await store.put(blob, _BODY, kept):
        await store.delete(blob)
        await store.put(blob, _BODY, kept)


async def forget_publisher(scene: AssetScene) -> None:
    """Nobody's, or nothing's, from now on. Raises `CloudError`."""
    store, blob = _at(scene)
    await store.delete(blob)


def _at(scene: AssetScene) -> tuple[BlobStore, BlobRef]:
    return scene.stores[scene.primary], BlobRef(scene.place.container, scene.place.publisher)
