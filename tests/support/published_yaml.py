"""What a block of YAML in the documentation is, by its title, and where it says none by what it holds.

A page gives a block its title in the info string, which the site shows above it: ```yaml title="values.yaml".
"""

from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from helm_python import Chart
from support.pages import Block, blocks, pages

from hack.controlplane.runs import ROOT
from hack.world.places import EXAMPLES

CHART: Final = ROOT / "helm" / "mlregistry-operator"
NOT_OURS: Final = frozenset({"Azure Machine Learning"})
# Groups of others, whose kinds the API server of the tests does not have.
FOREIGN_GROUPS: Final = (
    "argoproj.io",
    "cert-manager.io",
    "fluxcd.io",
    "kind.x-k8s.io",
    "kustomize.config.k8s.io",
    "monitoring.coreos.com",
)


class Sort(StrEnum):
    """How a block is tried."""

    MANIFEST = "whole objects, applied"
    VALUES = "values of the chart, checked by its schema"
    SPEC = "a part of a spec, applied with the rest of an example's"
    STATUS = "a part of a status, applied to an example"
    FOREIGN = "somebody else's format, which is read and no more"


_PARTS: Final = {
    f"{part} of an {kind}": (sort, kind)
    for part, sort in (("spec", Sort.SPEC), ("status", Sort.STATUS))
    for kind in ("MLRegistry", "MLAsset")
}
BASES: Final = {
    "MLRegistry": EXAMPLES / "registry.yaml",
    "MLAsset": EXAMPLES / "assets" / "model.yaml",
}


def yaml_blocks() -> list[Block]:
    return [block for page in pages() for block in blocks(page) if block.language in {"yaml", "yml"}]


def sort_of(block: Block) -> Sort | None:
    """None where nobody can tell what the block is."""
    if block.title in NOT_OURS:
        return Sort.FOREIGN
    if block.title in _PARTS:
        return _PARTS[block.title][0]
    documents = block.documents()
    if documents and all(isinstance(one, dict) and {"apiVersion", "kind"} <= one.keys() for one in documents):
        return Sort.MANIFEST
    if len(documents) == 1 and isinstance(documents[0], dict) and _are_values(block.title, documents[0]):
        return Sort.VALUES
    return None


def kind_of(block: Block) -> str:
    """Of which kind a block is a part."""
    return _PARTS[block.title][1]


def is_foreign(manifest: dict[str, Any]) -> bool:
    group = manifest["apiVersion"].rpartition("/")[0]
    return group.endswith(FOREIGN_GROUPS)


def values_within(manifest: dict[str, Any]) -> dict[str, Any] | None:
    """The values of our chart that a manifest of Flux or Argo CD carries."""
    spec = manifest.get("spec", {})
    if manifest["kind"] == "HelmRelease":
        return spec.get("values")
    sources = [spec.get("source", {}), *spec.get("sources", [])]
    held = [one.get("helm", {}).get("valuesObject") for one in sources if "mlregistry" in str(one)]
    return next((one for one in held if one is not None), None)


def check_values(values: dict[str, Any]) -> None:
    """Raises HelmValuesError where the chart does not take them."""
    with Chart.load(CHART) as chart:
        chart.validate_schema(values)


def _are_values(title: str, document: dict[str, Any]) -> bool:
    return Path(title).name.endswith("values.yaml") or document.keys() <= _top_level()


def _top_level() -> set[str]:
    if not (CHART / "values.schema.json").exists():
        return set()
    with Chart.load(CHART) as chart:
        return set((chart.schema or {}).get("properties", {}))
