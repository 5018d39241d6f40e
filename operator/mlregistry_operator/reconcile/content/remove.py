"""Take a version away from an account: the tombstone first, then the commit mark, then what it named.

The version is gone with its manifest; what a crash leaves after that is never seen as a version, and is taken
away by the next call. Where a retention policy holds the manifest, nothing at all is lost.
"""

from functools import partial

from mlregistry_operator.cloud.content import BlobFacts, BlobRef, BlobStore
from mlregistry_operator.domain.assets.layout import Place
from mlregistry_operator.domain.assets.tombstones import Tombstone, encode_tombstone
from mlregistry_operator.reconcile.content.capacity import Capacity
from mlregistry_operator.reconcile.content.lanes import each
from mlregistry_operator.reconcile.content.lying import look
from mlregistry_operator.reconcile.content.versions import put_document


async def remove(stone: Tombstone, place: Place, store: BlobStore, capacity: Capacity) -> int:
    """Leave nothing of the version but its tombstone; the number of blobs that were taken away.

    Raises:
        CloudError: something could not be deleted; the next call goes on.
    """
    lying = await capacity.insist(lambda: look(store, place))
    if not lying.contained:
        return 0
    if lying.tombstone is None:
        ref = BlobRef(place.container, place.tombstone)
        await capacity.insist(lambda: put_document(store, ref, encode_tombstone(stone)))

    async def delete(blob: BlobFacts) -> None:
        await capacity.insist(lambda: store.delete(BlobRef(place.container, blob.name)))

    marks = [blob for blob in (lying.manifest, lying.checksums) if blob is not None]
    for mark in marks:
        await delete(mark)
    await each(lying.files.values(), capacity.files, delete)
    for folder in sorted(lying.folders, reverse=True):  # the deepest first; the version's own keeps the stone
        if folder.startswith(place.files.rstrip("/")):
            await capacity.insist(partial(store.delete, BlobRef(place.container, folder)))
    return len(marks) + len(lying.files)
