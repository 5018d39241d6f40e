"""How much of everything there can be: what the CRDs hold, and what the code does."""

from typing import Any, Final

from hack.generate.crds import ASSET, REGISTRY, Kind, schema
from mlregistry_operator.cloud.azure.bodies import WHOLE
from mlregistry_operator.domain.assets.blocks import MAX_BLOCK, MAX_BLOCKS
from mlregistry_operator.domain.assets.layout import MAX_BLOB_NAME
from mlregistry_operator.domain.assets.manifests import MAX_FILES
from mlregistry_operator.domain.events import NOTE_BYTES

_GIB: Final = 2**30
_BOUNDS: Final = ("maxItems", "maxProperties", "maxLength", "maximum")
_FIELDS: Final = (
    ("regions of a registry", REGISTRY, "replicationLocations"),
    ("tags of a registry", REGISTRY, "tags"),
    ("principals in `spec.access`", REGISTRY, "access"),
    ("days of retention", REGISTRY, "immutability.retentionDays"),
    ("references of a version", ASSET, "references"),
    ("flavors of a model", ASSET, "model.flavors"),
    ("tags of a version", ASSET, "tags"),
    ("characters of an asset's name", ASSET, "assetName"),
    ("characters of a version", ASSET, "version"),
    ("bytes of an inline document", ASSET, "source.inline"),
)


def bounds() -> list[tuple[str, str, str]]:
    """What is bounded, by how much, and by whom."""
    rows = [(what, f"{_bound(kind, path):,}", f"`spec.{path}`, the CRD") for what, kind, path in _FIELDS]
    return [
        *rows,
        (
            "KiB of a spec beside an inline document",
            "64",
            "the CRD: lengths, and bytes of all text of a field",
        ),
        (
            "MiB of an answer of Azure that is read whole",
            f"{WHOLE // 2**20}",
            "the operator (`ResponseTooLarge`)",
        ),
        ("files of a version", f"{MAX_FILES:,}", "the size of its manifest"),
        ("bytes of an event's text", f"{NOTE_BYTES:,}", "the API server; the operator cuts it"),
        ("GiB of a file", f"{MAX_BLOCKS * MAX_BLOCK // _GIB:,}", "the storage service's blocks"),
        ("characters of a path with name and version", f"{MAX_BLOB_NAME:,}", "the storage service"),
    ]


def _bound(kind: Kind, path: str) -> int:
    node: dict[str, Any] = schema(kind)["properties"]["spec"]
    for name in path.split("."):
        node = node["properties"][name]
    return next(int(node[name]) for name in _BOUNDS if name in node)
