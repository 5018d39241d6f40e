"""The MD5s that server-side copies carry, so that the storage service itself refuses other bytes.

They are computed while a file is read for the first time, and kept beside the manifest: nothing could compute
them later without reading everything again. The manifest does not cover them, for they say nothing that its
SHA-256 do not; where they are damaged or gone, they are made anew from the primary's bytes.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mlregistry_operator.domain.assets.manifests import Manifest

_MD5: Final = 16  # bytes


class ChecksumsError(ValueError):
    """These bytes hold no checksums, or none that fit the version; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class FileChecksums:
    """Of one file: the MD5 of the whole, and of its blocks of `block_size` bytes; None where not computed."""

    whole: bytes | None = None
    block_size: int | None = None
    blocks: tuple[bytes, ...] = ()


Checksums = Mapping[str, FileChecksums]
"""The checksums of a version, by the path of the file."""


def encode_checksums(checksums: Checksums) -> bytes:
    """The bytes to store."""
    files = {path: _written(found) for path, found in checksums.items()}
    return json.dumps({"files": files}, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def decode_checksums(raw: bytes, manifest: Manifest) -> Checksums:
    """The checksums that these bytes hold, for every file of the version.

    Raises:
        ChecksumsError: they hold none, or none for one of its files, or of other blocks than it has.
    """
    try:
        files: Any = json.loads(raw)["files"]
        return {file.path: _read(files[file.path], file.size) for file in manifest.files}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ChecksumsError(f"The checksums do not fit the version: {error!r}.") from error


def _written(found: FileChecksums) -> dict[str, Any]:
    document: dict[str, Any] = {}
    if found.whole is not None:
        document["md5"] = base64.b64encode(found.whole).decode()
    if found.block_size is not None:
        document["blockSize"] = found.block_size
        document["blocks"] = base64.b64encode(b"".join(found.blocks)).decode()
    return document


def _read(document: Any, size: int) -> FileChecksums:
    whole = _bytes(document["md5"]) if "md5" in document else None
    block_size = document.get("blockSize")
    if whole is None and block_size is None:
        raise ValueError("a file without checksum")
    if whole is not None and len(whole) != _MD5:
        raise ValueError("an MD5 has 16 bytes")
    if block_size is None:
        return FileChecksums(whole)
    if type(block_size) is not int or block_size < 1:
        raise ValueError("a block has at least one byte")
    packed = _bytes(document["blocks"])
    if len(packed) != _MD5 * -(-size // block_size):
        raise ValueError("as many MD5s as blocks")
    blocks = tuple(packed[at : at + _MD5] for at in range(0, len(packed), _MD5))
    return FileChecksums(whole, block_size, blocks)


def _bytes(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("an MD5 is base64") from error
