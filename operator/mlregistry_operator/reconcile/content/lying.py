"""What lies in one account of one version, as one listing tells it: files, manifest, checksums, tombstone."""

from dataclasses import dataclass, field

from mlregistry_operator.cloud.content import BlobFacts, BlobRef, BlobStore, Span
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.layout import Place


@dataclass(slots=True)
class Lying:
    """`files` are by path; `folders` are the directories of an account that has them.

    `contained` says whether the container exists.
    """

    files: dict[str, BlobFacts] = field(default_factory=dict)
    manifest: BlobFacts | None = None
    checksums: BlobFacts | None = None
    tombstone: BlobFacts | None = None
    folders: list[str] = field(default_factory=list)
    contained: bool = True


async def look(store: BlobStore, place: Place) -> Lying:
    """What is committed of the version, in one call for each 5,000 blobs. Raises `CloudError`."""
    found = Lying()
    try:
        async for blob in store.blobs(place.container, f"{place.folder}/"):
            _sort(found, blob, place)
    except CloudError as error:
        if error.failure.code != "ContainerNotFound":
            raise
        found.contained = False
    return found


async def waiting(store: BlobStore, place: Place) -> frozenset[str]:
    """The paths of files of which at least blocks are there. Raises `CloudError`."""
    listed = store.blobs(place.container, place.files, uncommitted=True)
    return frozenset([path async for blob in listed if (path := place.path_of(blob.name)) is not None])


def _sort(found: Lying, blob: BlobFacts, place: Place) -> None:
    path = place.path_of(blob.name)
    if blob.is_folder:
        found.folders.append(blob.name)
    elif path is not None:
        found.files[path] = blob
    elif blob.name == place.manifest:
        found.manifest = blob
    elif blob.name == place.checksums:
        found.checksums = blob
    elif blob.name == place.tombstone:
        found.tombstone = blob


async def document(store: BlobStore, place: Place, blob: BlobFacts) -> bytes:
    """All bytes of a small blob that was just listed. Raises `CloudError` where it changed since."""
    whole = BlobRef(place.container, blob.name)
    return await store.read(whole, Span(0, blob.size), blob.etag)
