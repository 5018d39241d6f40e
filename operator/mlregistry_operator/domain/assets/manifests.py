"""What a version is made of: an OCI image manifest whose layers are its files.

It speaks of content alone: no name, no version, no time. The same files give the same bytes and so the same
digest, in whatever order they were listed, under whatever name and in whatever registry they lie.

It is no ModelPack manifest, though its layers carry ModelPack's media types: that has a config with a name
and a time in it. Ours has the empty config, with its two bytes inside, so that nothing outside is needed.

Sources: OCI image specification 1.1, manifest.md (guidance for an empty descriptor) and annotations.md.
"""

import hashlib
import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.fields import MAX_INTEGER
from mlregistry_operator.api.patterns import DIGEST, matches
from mlregistry_operator.domain.assets.ids import shown
from mlregistry_operator.domain.assets.layout import path_fault
from mlregistry_operator.domain.assets.media_types import media_type

MANIFEST_TYPE: Final = "application/vnd.oci.image.manifest.v1+json"
TITLE: Final = "org.opencontainers.image.title"
EMPTY_CONFIG: Final = {
    "data": "e30=",
    "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    "mediaType": "application/vnd.oci.empty.v1+json",
    "size": 2,
}
EMPTY_DIGEST: Final = f"sha256:{hashlib.sha256(b'').hexdigest()}"
MAX_FILES: Final = 50_000
MAX_BYTES: Final = 16 * 1024 * 1024  # 50,000 files with paths of 90 characters make 15 MB


class ManifestError(ValueError):
    """These bytes are no manifest of ours, or these files cannot make one; the message says what is wrong."""


@dataclass(frozen=True, slots=True, order=True)
class FileEntry:
    """One file: where it lies in the version, its bytes' count and digest, and what it is called."""

    path: str
    size: int
    digest: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """All files of a version, sorted by path. Build it with `manifest_of` or `decode`."""

    type: AssetType
    files: tuple[FileEntry, ...]

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)


def artifact_type(kind: AssetType) -> str:
    """What the manifest of a version of this type says that it is."""
    return f"application/vnd.mlregistry.{kind.value.lower()}.v1"


def file_entry(kind: AssetType, path: str, size: int, digest: str) -> FileEntry:
    """A file as a version of this type has it; the digest is `sha256:` and 64 hexadecimal digits."""
    return FileEntry(path, size, digest, media_type(kind, path))


def manifest_of(kind: AssetType, files: Iterable[FileEntry]) -> Manifest:
    """The manifest of these files, in whatever order they come.

    Raises:
        ManifestError: there is none, one twice or too many of them, or one is described wrongly.
    """
    manifest = Manifest(kind, tuple(sorted(files)))
    _check_files(manifest.files)
    return manifest


def encode(manifest: Manifest) -> bytes:
    """The bytes to store: JSON with sorted keys and no spaces, in UTF-8.

    Raises:
        ManifestError: they are more than `MAX_BYTES`.
    """
    document = {
        "artifactType": artifact_type(manifest.type),
        "config": EMPTY_CONFIG,
        "layers": [
            {
                "annotations": {TITLE: file.path},
                "digest": file.digest,
                "mediaType": file.media_type,
                "size": file.size,
            }
            for file in manifest.files
        ],
        "mediaType": MANIFEST_TYPE,
        "schemaVersion": 2,
    }
    raw = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    if len(raw) > MAX_BYTES:
        raise ManifestError(
            f"The manifest of {len(manifest.files)} files would have {len(raw)} bytes; {MAX_BYTES} is the"
            " most. Pack the files into archives, or shorten their paths."
        )
    return raw


def digest_of(raw: bytes) -> str:
    """What `status.digest` says of a version: the digest of its manifest's bytes."""
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def decode(raw: bytes, kind: AssetType, *, digest: str | None = None) -> Manifest:
    """The manifest that these bytes are, of an asset of this type; `digest` is what they must have.

    Fields that a later version may add are read over: who copies a manifest copies its bytes.

    Raises:
        ManifestError: they have another digest, or are no manifest of ours.
    """
    if len(raw) > MAX_BYTES:
        raise ManifestError(f"The manifest has {len(raw)} bytes; {MAX_BYTES} is the most.")
    if digest is not None and digest_of(raw) != digest:
        raise ManifestError(f"The manifest has the digest {digest_of(raw)}, and {digest} was published.")
    document = _mapping(_parsed(raw), "The manifest")
    _expect(document, "schemaVersion", 2)
    _expect(document, "mediaType", MANIFEST_TYPE)
    _expect(document, "artifactType", artifact_type(kind))
    _expect(document, "config", EMPTY_CONFIG)
    layers = document.get("layers")
    if not isinstance(layers, list):
        raise ManifestError("The manifest's layers are no list.")
    files = tuple(_file(layer, index) for index, layer in enumerate(layers))
    _check_files(files)
    return Manifest(kind, files)


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"The manifest is no JSON: {error}.") from error


def _mapping(found: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise ManifestError(f"{what} is no JSON object.")
    return found


def _expect(document: Mapping[str, Any], field: str, wanted: object) -> None:
    found = document.get(field)
    if found != wanted:
        raise ManifestError(f"The manifest's {field} is {shown(str(found))}; {wanted} was expected.")


def _file(layer: Any, index: int) -> FileEntry:
    what = f"Layer {index} of the manifest"
    described = _mapping(layer, what)
    path = _mapping(described.get("annotations"), f"The annotations of layer {index}").get(TITLE)
    size, digest, called = described.get("size"), described.get("digest"), described.get("mediaType")
    if not (isinstance(path, str) and isinstance(digest, str) and isinstance(called, str)):
        raise ManifestError(f"{what} lacks its {TITLE}, its digest or its mediaType.")
    if not isinstance(size, int) or isinstance(size, bool):
        raise ManifestError(f"{what} ({shown(path)}) has no size.")
    return FileEntry(path, size, digest, called)


def _check_files(files: tuple[FileEntry, ...]) -> None:
    if not 0 < len(files) <= MAX_FILES:
        raise ManifestError(f"A version has between 1 and {MAX_FILES} files; this one has {len(files)}.")
    for file in files:
        if (fault := path_fault(file.path)) is not None:
            raise ManifestError(f"{shown(file.path)} {fault}")
        if not 0 <= file.size <= MAX_INTEGER or not matches(DIGEST, file.digest):
            raise ManifestError(f"{shown(file.path)} has size {file.size} and digest {shown(file.digest)}.")
        if file.size == 0 and file.digest != EMPTY_DIGEST:
            raise ManifestError(f"{shown(file.path)} is empty and has the digest {file.digest} of something.")
    for one, following in itertools.pairwise(files):
        if one.path >= following.path:
            raise ManifestError(f"{shown(following.path)} is there twice, or out of order.")
