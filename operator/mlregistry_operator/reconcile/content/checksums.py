"""The checksums that copies carry: read from beside the manifest, or made anew from bytes that match it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.content import BlobRef, BlobStore, Span
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.checksums import (
    Checksums,
    ChecksumsError,
    FileChecksums,
    decode_checksums,
    encode_checksums,
)
from mlregistry_operator.domain.assets.layout import Place
from mlregistry_operator.domain.assets.manifests import FileEntry, Manifest
from mlregistry_operator.domain.failures import Severity
from mlregistry_operator.reconcile.content.capacity import Capacity
from mlregistry_operator.reconcile.content.failures import failed
from mlregistry_operator.reconcile.content.intake import Intake
from mlregistry_operator.reconcile.content.lanes import each
from mlregistry_operator.reconcile.content.lying import document
from mlregistry_operator.reconcile.content.versions import put_document


@dataclass(frozen=True, slots=True)
class Origin:
    """An account that holds a version, and where in it."""

    store: BlobStore
    place: Place


async def checksums_of(manifest: Manifest, origins: Sequence[Origin], capacity: Capacity) -> Checksums:
    """The checksums of every file, from the first origin that tells them, else read anew from the first.

    Raises:
        CloudError: no account could be read, or none holds bytes that match the manifest.
    """
    unread: CloudError | None = None
    for origin in origins:
        try:
            told = await capacity.insist(partial(_read, manifest, origin))
        except CloudError as error:
            unread = unread or error
            continue
        if told is not None:
            return told
    if unread is not None:
        raise unread
    return await make_checksums(manifest, origins[0], capacity)


async def make_checksums(manifest: Manifest, origin: Origin, capacity: Capacity) -> Checksums:
    """Read every file, compare it with the manifest, and write its checksums down in that account.

    Raises:
        CloudError: a file is missing, cannot be read, or has other bytes.
    """

    async def made(file: FileEntry) -> tuple[str, FileChecksums]:
        return file.path, await prove(file, origin, capacity)

    checksums = dict(await each(manifest.files, capacity.files, made))
    ref = BlobRef(origin.place.container, origin.place.checksums)
    await put_document(origin.store, ref, encode_checksums(checksums))
    return checksums


async def prove(file: FileEntry, origin: Origin, capacity: Capacity) -> FileChecksums:
    """Read a whole file of an account and compare it with the manifest.

    Raises:
        CloudError: it could not be read, or has other bytes.
    """
    store, blob = origin.store, BlobRef(origin.place.container, origin.place.file(file.path))

    async def read(span: Span) -> bytes:
        data = await store.read(blob, span)
        if len(data) != span.length:
            raise damaged(file, store, f"{span.offset + len(data)} bytes", expected=f"{file.size} bytes")
        return data

    taken = await Intake(file.size, read, capacity).run()
    if taken.digest != file.digest:
        raise damaged(file, store, taken.digest)
    return taken.checksums


def damaged(file: FileEntry, store: BlobStore, found: str, *, expected: str = "") -> CloudError:
    """An error to raise where an account holds other bytes than the manifest says."""
    return failed(
        Reason.CONTENT_DAMAGED,
        f"{file.path!r} in {store.endpoint} has other bytes than were published: expected"
        f" {expected or file.digest}, found {found}",
        "It is copied again from a region that has the right ones.",
        severity=Severity.RETRY,
    )


async def _read(manifest: Manifest, origin: Origin) -> Checksums | None:
    store, place = origin.store, origin.place
    try:
        found = await store.facts(BlobRef(place.container, place.checksums))
        return None if found is None else decode_checksums(await document(store, place, found), manifest)
    except ChecksumsError:
        return None
    except CloudError as error:
        if error.failure.code == "ContainerNotFound":
            return None
        raise
