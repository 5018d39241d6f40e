"""What is kept of an object that was listed or watched: nothing that it says at length.

Others' objects are looked at for what they declare, refer to and have come to. What only an object's own pass
needs is read there afresh. What tells that an object is of a later version stays: it must not pass for one of
ours.
"""

from collections.abc import Mapping
from typing import Any, Final

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.group import GROUP

_ANNOTATIONS: Final = f"{GROUP}/"
_METADATA: Final = frozenset({"managedFields", "labels", "ownerReferences"})
_SPEC: Final = frozenset({"description", "tags", "lineage", "access"})
_BLOCKS: Final = {"model": frozenset({"flavors"}), "environment": frozenset({"inferenceConfig"})}
_STATUS: Final = frozenset({"lineage", "plan", "operations"})
_WITHOUT_REFERENCES: Final = (AssetType.MODEL, AssetType.ENVIRONMENT, AssetType.DATA)
_ROW: Final = frozenset({"message", "uri"})


def slim(body: dict[str, Any]) -> dict[str, Any]:
    """The object without its texts. A component keeps its specification: what it refers to stands there."""
    kept = dict(body)
    kept["metadata"] = _metadata(body.get("metadata") or {})
    if isinstance(spec := body.get("spec"), dict):
        kept["spec"] = _spec(spec, with_text=spec.get("type") not in _WITHOUT_REFERENCES)
    if isinstance(status := body.get("status"), dict):
        kept["status"] = _status(status)
    return kept


def without_text(body: dict[str, Any]) -> dict[str, Any]:
    """As `slim`, without a component's specification either."""
    kept = slim(body)
    if isinstance(spec := kept.get("spec"), dict):
        kept["spec"] = _spec(spec, with_text=False)
    return kept


def _metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    kept = _without(metadata, _METADATA)
    if annotations := metadata.get("annotations"):
        own = {name: text for name, text in annotations.items() if name.startswith(_ANNOTATIONS)}
        kept["annotations"] = own
    return kept


def _spec(spec: Mapping[str, Any], *, with_text: bool) -> dict[str, Any]:
    kept = _without(spec, _SPEC)
    for block, texts in _BLOCKS.items():
        if isinstance(said := spec.get(block), dict):
            kept[block] = _without(said, texts)
    source = spec.get("source")
    if not with_text and isinstance(source, dict) and "inline" in source:
        kept["source"] = _without(source, frozenset({"inline"}))
    return kept


def _status(status: Mapping[str, Any]) -> dict[str, Any]:
    kept = _without(status, _STATUS)
    if isinstance(rows := status.get("regions"), list):
        kept["regions"] = [_without(row, _ROW) if isinstance(row, dict) else row for row in rows]
    if isinstance(conditions := status.get("conditions"), list):
        kept["conditions"] = [{**one, "message": ""} if isinstance(one, dict) else one for one in conditions]
    return kept


def _without(whole: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in whole.items() if name not in names}
