"""A version as it is committed in one account: its manifest, and what is kept beside its files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.content import BlobFacts, BlobRef, BlobStore, WrittenAs
from mlregistry_operator.domain.assets.layout import Place
from mlregistry_operator.domain.assets.manifests import (
    MANIFEST_TYPE,
    FileEntry,
    Manifest,
    ManifestError,
    decode,
    digest_of,
    encode,
)
from mlregistry_operator.reconcile.content.failures import failed
from mlregistry_operator.reconcile.content.hashing import md5_of
from mlregistry_operator.reconcile.content.lying import Lying, document, look

_DIGEST: Final = "mlregistry_digest"
_UNPROVED: Final = "mlregistry_unproved"


@dataclass(frozen=True, slots=True)
class CommittedVersion:
    """What a commit mark says. `owner` is the metadata of the manifest's blob: who published it.

    `fresh` is whether the call that returned this wrote it.
    """

    manifest: Manifest
    digest: str
    owner: Mapping[str, str] = field(default_factory=dict)
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """A blob that is not what the manifest says. Both are digests, or sizes where those differ already."""

    path: str
    expected: str
    found: str

    def __str__(self) -> str:
        """What a condition says of it."""
        return f"{self.path!r}: expected {self.expected}, found {self.found}"


async def committed_version(
    store: BlobStore, place: Place, kind: AssetType, lying: Lying | None = None
) -> CommittedVersion | None:
    """The version that an account holds; None where there is no commit mark.

    Raises:
        CloudError: the account could not be read, or the mark is damaged.
    """
    found = (lying or await look(store, place)).manifest
    if found is None:
        return None
    raw = await document(store, place, found)
    try:
        manifest = decode(raw, kind)
    except ManifestError as error:
        raise failed(
            Reason.CONTENT_DAMAGED,
            f"The manifest {place.container}/{place.manifest} in {store.endpoint} is damaged: {error}",
            "Restore that blob, or delete it; another region's copy replaces it by itself.",
        ) from error
    return CommittedVersion(manifest, digest_of(raw), found.metadata)


async def put_manifest(
    store: BlobStore, place: Place, version: CommittedVersion, raw: bytes | None = None
) -> bool:
    """Write the commit mark; False where there is one already. Raises `CloudError`."""
    body = raw if raw is not None else encode(version.manifest)
    kept = WrittenAs(md5_of(body), version.owner, MANIFEST_TYPE)
    return await store.put(BlobRef(place.container, place.manifest), body, kept)


async def put_document(store: BlobStore, blob: BlobRef, raw: bytes) -> None:
    """Leave these bytes there, in place of others; for what no manifest covers. Raises `CloudError`."""
    kept = WrittenAs(md5_of(raw), content_type="application/json")
    if await store.put(blob, raw, kept):
        return
    found = await store.facts(blob)
    if found is not None and (found.size, found.md5) == (len(raw), kept.md5):
        return
    if found is not None:
        await store.delete(blob, found.etag)
    await store.put(blob, raw, kept)


def kept_with(file: FileEntry, md5: bytes | None, *, unproved: bool = False) -> WrittenAs:
    """What is kept beside a file's bytes. `unproved` marks a copy whose bytes nobody has checked yet."""
    mark = {_UNPROVED: "true"} if unproved else {}
    return WrittenAs(md5, {_DIGEST: file.digest, **mark}, file.media_type)


def stored_digest(found: BlobFacts) -> str | None:
    """The digest that was written beside a blob's bytes; None where there is none."""
    return _metadata(found).get(_DIGEST)


def is_unproved(found: BlobFacts) -> bool:
    """Whether nobody has checked the bytes, unless a commit mark was set since."""
    return _UNPROVED in _metadata(found)


def difference(file: FileEntry, found: BlobFacts, md5: bytes | None = None) -> Difference | None:
    """How a blob differs from the file that it should be; `md5` is that of the file, where it is known."""
    if found.size != file.size:
        return Difference(file.path, f"{file.size} bytes", f"{found.size} bytes")
    digest = stored_digest(found)
    if digest is not None and digest != file.digest:
        return Difference(file.path, file.digest, digest)
    if md5 is not None and found.md5 is not None and found.md5 != md5:
        return Difference(file.path, f"MD5 {md5.hex()}", f"MD5 {found.md5.hex()}")
    if digest is None:
        other = f"MD5 {found.md5.hex()}" if found.md5 is not None else "no digest"
        return Difference(file.path, file.digest, f"{other}, written by somebody else")
    return None


def _metadata(found: BlobFacts) -> dict[str, str]:
    """Names of metadata compare without case."""
    return {name.lower(): text for name, text in found.metadata.items()}
