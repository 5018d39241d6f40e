"""Which blobs of a listing only stand for a folder: tools leave empty blobs where storage has no folders.

A marker holds no bytes, and one of these: its name ends with a slash, or with Hadoop's suffix; its metadata
says so; something lies below it. An empty blob with nothing below it is a file.

Sources: names and metadata that tools leave, https://learn.microsoft.com/azure/storage/blobs/data-lake-storage-known-issues
(`hdi_isfolder`), adlfs (`is_directory`), Hadoop's wasb (`_$folder$`).
"""

from collections.abc import Iterable
from typing import Final, Protocol, TypeVar

_HADOOP: Final = "_$folder$"


class Listed(Protocol):
    """A row of a listing; `is_folder` is what its metadata says."""

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int: ...

    @property
    def is_folder(self) -> bool: ...


_Row = TypeVar("_Row", bound=Listed)


def marks_by_itself(row: Listed) -> bool:
    """Whether a blob is a marker, whatever else there is."""
    return row.size == 0 and (row.is_folder or row.name.endswith(("/", _HADOOP)))


def without_markers(rows: Iterable[_Row]) -> list[_Row]:
    """The files among the blobs of a whole listing."""
    listed = list(rows)
    folders = _with_something_below({row.name for row in listed if row.size == 0}, listed)
    return [row for row in listed if not marks_by_itself(row) and (row.size or row.name not in folders)]


def _with_something_below(names: set[str], rows: Iterable[Listed]) -> set[str]:
    found: set[str] = set()
    for row in rows if names else ():
        folder = row.name.rpartition("/")[0]
        while folder:
            if folder in names:
                found.add(folder)
            folder = folder.rpartition("/")[0]
    return found
