"""Where a version lies: a container for its type, a folder for its name and version, and fixed names in it.

Names of assets are folded to lower case here, because they compare without case and blob names do not.

Sources: names of blobs, https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata;
names of image repositories and tags, the OCI distribution specification.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.domain.assets.ids import AssetKey, shown

MAX_BLOB_NAME: Final = 1024
MAX_SEGMENTS: Final = 61  # with host and container the 63 of an account with hierarchical namespace
_TOLD: Final = 5  # problems of one source that a message tells in full
_SAFE: Final = "/-._~"
# Control characters, surrogates, private use and what Unicode says is no character; Azure refuses them, or
# its lists of blobs, which are XML, cannot name them. The backslash becomes a slash in some clients.
_UNFIT: Final = re.compile(
    "[\\\\\x00-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff"
    "\U000f0000-\U0010ffff"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 15))
    + "]"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where one version lies in every storage account of its registry."""

    container: str
    folder: str

    @property
    def files(self) -> str:
        """The prefix of the files, with its slash."""
        return f"{self.folder}/files/"

    @property
    def manifest(self) -> str:
        """The commit mark: without it, the version does not exist."""
        return f"{self.folder}/manifest.json"

    @property
    def checksums(self) -> str:
        """What the service checks copies with, written before the manifest."""
        return f"{self.folder}/checksums.json"

    @property
    def tombstone(self) -> str:
        """What remains of a version that was deleted."""
        return f"{self.folder}/tombstone.json"

    @property
    def publisher(self) -> str:
        """Who published an image, which lies in the container registry; a manifest tells that itself."""
        return f"{self.folder}/publisher.json"

    def file(self, path: str) -> str:
        """The blob of a file of the version."""
        return f"{self.files}{path}"

    def path_of(self, blob: str) -> str | None:
        """The file that a blob is; None where it is none of the version's files."""
        return blob.removeprefix(self.files) if blob.startswith(self.files) else None


@dataclass(frozen=True, slots=True)
class Image:
    """Where an environment's image lies in the container registry."""

    repository: str
    tag: str

    def __str__(self) -> str:
        """What `importImage` takes as a target."""
        return f"{self.repository}:{self.tag}"

    def pinned(self, login_server: str, digest: str) -> str:
        """What a consumer pulls: it cannot change."""
        return f"{login_server}/{self.repository}@{digest}"


def place_of(key: AssetKey) -> Place:
    """The container of the type, and the folder of the version in it."""
    return Place(key.type.plural, f"{key.name}/{key.version}")


def version_of(kind: AssetType, blob: str) -> AssetKey | None:
    """The version whose commit mark a blob of the type's container is; None where it is none."""
    match blob.split("/"):
        case [name, version, "manifest.json"]:
            return AssetKey.of(kind, name, version)
        case _:
            return None


def image_of(key: AssetKey) -> Image:
    """Repository and tag of an environment; names of repositories are in lower case anyway."""
    return Image(f"{AssetType.ENVIRONMENT.plural}/{key.name}", key.version)


def url_of(blob_endpoint: str, container: str, blob: str) -> str:
    """The URL of a blob, or of a folder where `blob` ends with a slash; spaces and UTF-8 are escaped."""
    return f"{blob_endpoint.rstrip('/')}/{container}/{quote(blob, safe=_SAFE)}"


def source_problems(paths: Iterable[str], place: Place) -> tuple[str, ...]:
    """What keeps these files from being published there: a sentence each; of many, a few are told.

    Empty where nothing does. Paths are relative to the source, with slashes.
    """
    listed = list(paths)
    if not listed:
        return ("The source holds no file. Give a URL under which there is at least one.",)
    found = [*_path_problems(listed, place), *_duplicates(listed), *_files_that_are_folders(listed)]
    rest = len(found) - _TOLD
    return (*found[:_TOLD], f"And {rest} more such files.") if rest > 0 else tuple(found)


def path_fault(path: str) -> str | None:
    """What is wrong with the path of a file wherever it lies, as the end of a sentence; None: nothing."""
    segments = path.split("/")
    if path.startswith("/"):
        return "is an absolute path."
    if "" in segments:
        return "has an empty part between, before or after its slashes."
    if any(segment.endswith(".") for segment in segments):
        return "has a part that is or ends with a dot, which storage services and file systems take away."
    if _UNFIT.search(path):
        return "has a backslash, a control character or a code point that is no character."
    return None


def _path_problems(paths: Iterable[str], place: Place) -> Iterator[str]:
    for path in paths:
        problem = path_fault(path) or _length_fault(place.file(path))
        if problem is not None:
            yield f"{shown(path)} {problem} Rename the file at its source."


def _length_fault(name: str) -> str | None:
    length = len(name.encode("utf-16-le")) // 2
    if length > MAX_BLOB_NAME:
        return f"gives a blob name of {length} characters; Azure takes {MAX_BLOB_NAME}."
    if name.count("/") >= MAX_SEGMENTS:
        return f"gives a blob name of {name.count('/') + 1} parts; Azure takes {MAX_SEGMENTS}."
    return None


def _duplicates(paths: list[str]) -> Iterator[str]:
    seen: set[str] = set()
    for path in paths:
        if path in seen:
            yield f"{shown(path)} is listed twice. List every file once."
        seen.add(path)


def _files_that_are_folders(paths: list[str]) -> Iterator[str]:
    files = set(paths)
    told: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in told:
            if folder in files:
                told.add(folder)
                yield f"{shown(folder)} is a file and a folder at once. Rename one of them at its source."
            folder = folder.rpartition("/")[0]
