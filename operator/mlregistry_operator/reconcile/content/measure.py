"""What a source is, found by reading all of it once."""

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.blocks import TooLargeError
from mlregistry_operator.domain.assets.manifests import (
    FileEntry,
    Manifest,
    ManifestError,
    digest_of,
    encode,
    file_entry,
    manifest_of,
)
from mlregistry_operator.domain.failures import Severity
from mlregistry_operator.reconcile.content.capacity import Capacity
from mlregistry_operator.reconcile.content.failures import failed
from mlregistry_operator.reconcile.content.intake import Intake, TakenIn, Upload
from mlregistry_operator.reconcile.content.lanes import each
from mlregistry_operator.reconcile.content.mismatches import Mismatches
from mlregistry_operator.reconcile.content.sources import Source, SourceFile
from mlregistry_operator.reconcile.content.versions import CommittedVersion


async def measure(
    source: Source, kind: AssetType, capacity: Capacity, mismatches: Mismatches | None = None
) -> CommittedVersion:
    """What a source would be published as; reads all of it, and writes nothing. Raises `CloudError`."""
    met = mismatches if mismatches is not None else Mismatches()
    files = await capacity.insist(source.files)

    async def taken(file: SourceFile) -> FileEntry:
        found = await take_in(source, file, capacity, None, met)
        return file_entry(kind, file.path, found.size, found.digest)

    manifest = manifest_from(kind, await each(files, capacity.files, taken))
    return CommittedVersion(manifest, digest_of(encoded(manifest)))


async def take_in(
    source: Source,
    file: SourceFile,
    capacity: Capacity,
    upload: Upload | None,
    mismatches: Mismatches,
) -> TakenIn:
    """Read one file of a source, once; its bytes are what its storage says of them. Raises `CloudError`."""
    intake = Intake(
        file.size,
        lambda span: capacity.speed.read(source, file, span),
        capacity,
        upload,
        whole=file.md5 is not None,
    )
    try:
        taken = await intake.run()
    except TooLargeError as error:
        raise unfit(f"{file.path!r}: {error}") from error
    if file.md5 is not None and taken.md5 != file.md5:
        raise mismatches.met(file, taken.md5)
    mismatches.over(file)
    return taken


def manifest_from(kind: AssetType, entries: list[FileEntry]) -> Manifest:
    """The manifest of these files. Raises `CloudError` where they make none."""
    try:
        return manifest_of(kind, entries)
    except ManifestError as error:
        raise unfit(str(error)) from error


def encoded(manifest: Manifest) -> bytes:
    """The bytes of a manifest. Raises `CloudError` where they are too many."""
    try:
        return encode(manifest)
    except ManifestError as error:
        raise unfit(str(error)) from error


def unfit(sentence: str) -> CloudError:
    """An error to raise where a source cannot be published as it is."""
    return failed(
        Reason.INVALID_SPEC,
        sentence,
        "Correct the source; it is looked at again by itself.",
        severity=Severity.SLOW_RETRY,
    )
