"""What the file MLTable of a table names: files, folders and patterns, in the version or at an address.

Source: MLTable YAML, https://learn.microsoft.com/azure/machine-learning/reference-yaml-mltable.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mlregistry_operator.domain.assets.listings import Listing

MLTABLE: Final = "MLTable"
_KINDS: Final = ("file", "folder", "pattern")
_ADDRESS: Final = re.compile(r"(?!file:)[A-Za-z][A-Za-z0-9+.-]+:", re.IGNORECASE)  # one letter is a drive
_LOCAL: Final = re.compile(r"file:|/|\\|[A-Za-z]:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NamedPath:
    """One entry of `paths`; `kind` is file, folder or pattern."""

    field: str
    kind: str
    path: str

    @property
    def is_of_a_machine(self) -> bool:
        """Whether it names a place on the machine of whoever wrote it."""
        return _LOCAL.match(self.path) is not None

    def is_in(self, files: Listing) -> bool:
        match self.kind:
            case "file":
                return files.has_file(self.path)
            case "folder":
                return files.has_below(self.path)
            case _:
                return files.may_match(self.path)


def paths_in(document: Mapping[str, Any]) -> Iterator[NamedPath]:
    """Every entry of `paths` that is no address."""
    listed = document.get("paths")
    for index, entry in enumerate(listed if isinstance(listed, list) else ()):
        for kind in _KINDS if isinstance(entry, Mapping) else ():
            path = entry.get(kind)
            if isinstance(path, str) and path and _ADDRESS.match(path) is None:
                yield NamedPath(f"paths[{index}].{kind}", kind, path)
