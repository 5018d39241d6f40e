"""What the chart renders with its defaults, without what only Helm needs, in an order to apply it in."""

from typing import Any, Final

import helm_python
import yaml

from hack.controlplane.runs import ROOT

CHART: Final = ROOT / "helm" / "mlregistry-operator"
RELEASE: Final = "mlregistry-operator"
NAMESPACE: Final = "mlregistry-system"
HEADER: Final = (
    "# The ML registry operator {version}. Made by `make install-yaml` from helm/mlregistry-operator.\n"
)
_FIRST: Final = ("Namespace", "CustomResourceDefinition", "ServiceAccount", "Secret")
_COMPONENT: Final = "app.kubernetes.io/component"
_HELMS: Final = ("helm.sh/chart", "app.kubernetes.io/managed-by")

Manifest = dict[str, Any]


def manifests() -> list[Manifest]:
    """Every object but those of `helm test`, behind a namespace that lets in nothing less restricted."""
    with helm_python.Chart.load(CHART) as chart:
        rendered = chart.render({}, name=RELEASE, namespace=NAMESPACE)
    found = [
        one
        for name, text in sorted(rendered.items())
        if name.endswith(".yaml")
        for one in yaml.load_all(text, Loader=yaml.CSafeLoader)
        if one and one["metadata"].get("labels", {}).get(_COMPONENT) != "test"
    ]
    return sorted([_namespace(), *map(_without_helm, found)], key=_place)


def text() -> str:
    """All of it as one file."""
    with helm_python.Chart.load(CHART) as chart:
        header = HEADER.format(version=chart.version)
    return header + yaml.dump_all(
        manifests(), Dumper=_Dumper, sort_keys=False, explicit_start=True, width=110, allow_unicode=True
    )


class _Dumper(yaml.CSafeDumper):
    """Writes equal parts out in full."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  # the signature is PyYAML's
        return True


def _namespace() -> Manifest:
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": labels}}


def _without_helm(manifest: Manifest) -> Manifest:
    """Nobody is to take these objects for a release of Helm's."""
    places = [manifest, manifest.get("spec", {}).get("template", {})]
    for metadata in [place.get("metadata", {}) for place in places]:
        for label in _HELMS:
            metadata.get("labels", {}).pop(label, None)
    return manifest


def _place(manifest: Manifest) -> tuple[int, str, str]:
    """What others stand on comes first."""
    kind = manifest["kind"]
    rank = _FIRST.index(kind) if kind in _FIRST else len(_FIRST) + (kind == "Deployment")
    return rank, kind, manifest["metadata"]["name"]
