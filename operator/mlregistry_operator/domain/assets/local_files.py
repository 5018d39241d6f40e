"""Whether the files that a document names are in the version beside it.

A version never changes: what its document names and it has not, nobody who runs it will ever find. A document
that stands in an object's spec is published alone; one that is published from blobs has what lies beside it.
"""

import posixpath
import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.domain.assets.ids import shown
from mlregistry_operator.domain.assets.listings import Listing
from mlregistry_operator.domain.assets.slots import files_of, files_of_conda

# Types whose versions have a document that tells how to run or build something.
DOCUMENTED: Final = frozenset({AssetType.COMPONENT, AssetType.ENVIRONMENT})
_TOGETHER: Final = "Publish the YAML together with its folder by source.blob."
_FILE_URL: Final = re.compile(r"file:(//)?", re.IGNORECASE)
_OUTSIDE: Final = re.compile(
    r"[/~]|[a-zA-Z]:|\.\.(/|$)"
)  # once normalised: absolute, at home, on a disk, above


def missing_files(
    kind: AssetType, document: Mapping[str, Any], files: Collection[str] | None = None
) -> tuple[str, ...]:
    """A sentence for every local file that a document names and its version has not.

    `files` are all paths of the version, whose root has the document; None where the document is all.
    """
    found = [*files_of(document)]
    if kind is AssetType.ENVIRONMENT:
        found += files_of_conda(document)
    listing = Listing.of(files) if files is not None else None
    faults = ((one, _fault(one.path, listing)) for one in found)
    return tuple(f"{one.field}: {shown(one.path)} {fault}" for one, fault in faults if fault is not None)


def specification_in(kind: AssetType, files: Collection[str]) -> str | None:
    """The document of a version, which readers find by its name at the root, or as the only YAML there."""
    for name in (f"{kind.value.lower()}.yaml", f"{kind.value.lower()}.yml"):
        if name in files:
            return name
    documents = [path for path in files if "/" not in path and path.lower().endswith((".yaml", ".yml"))]
    return documents[0] if len(documents) == 1 else None


def no_specification(kind: AssetType) -> str:
    """What is said of files among which nobody can tell the document."""
    name = f"{kind.value.lower()}.yaml"
    return (
        f"The source has no {name} at its root, and not exactly one other YAML file there, so that nobody"
        f" can tell which file describes the {kind}. Name it {name}, and give the URL of its folder."
    )


def _fault(path: str, listing: Listing | None) -> str | None:
    if listing is None:
        return f"is a local file or folder, and source.inline publishes the document alone. {_TOGETHER}"
    wanted = posixpath.normpath(_FILE_URL.sub("", path, count=1).replace("\\", "/"))
    if _OUTSIDE.match(wanted):
        return (
            "lies outside of the folder that source.blob publishes. Copy it into that folder, and write where"
            " it is there."
        )
    if listing.has_file(wanted) or listing.has_below(wanted):
        return None
    return f"is not in the source, which has nothing at {wanted}. {_TOGETHER}"
