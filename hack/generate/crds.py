"""The two CustomResourceDefinitions: schema, rules, columns and names."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from hack.generate.schemas import Schema, UnfitModelError, structural
from mlregistry_operator.api import group
from mlregistry_operator.api.asset import MLAssetSpec
from mlregistry_operator.api.asset_status import MLAssetStatus
from mlregistry_operator.api.base import ApiModel
from mlregistry_operator.api.registry import MLRegistrySpec
from mlregistry_operator.api.registry_status import MLRegistryStatus
from mlregistry_operator.api.rule import Rule
from mlregistry_operator.api.rules import rules_of

READY: Final = '.status.conditions[?(@.type=="Ready")]'


@dataclass(frozen=True, slots=True)
class Column:
    """A column of `kubectl get`; `wide` ones appear with `-o wide` alone."""

    name: str
    path: str
    type: str = "string"
    wide: bool = False

    def as_json(self) -> Schema:
        return {"name": self.name, "type": self.type, "jsonPath": self.path} | (
            {"priority": 1} if self.wide else {}
        )


@dataclass(frozen=True, slots=True)
class Kind:
    """All that makes a CRD out of a pair of models."""

    name: str
    plural: str
    short: str
    description: str
    spec: type[ApiModel]
    status: type[ApiModel]
    columns: tuple[Column, ...]
    selectable: tuple[str, ...] = ()

    @property
    def crd_name(self) -> str:
        return f"{self.plural}.{group.GROUP}"


AGE: Final = Column("AGE", ".metadata.creationTimestamp", "date")
READY_COLUMNS: Final = (
    Column("READY", f"{READY}.status"),
    Column("REASON", f"{READY}.reason", wide=True),
)

REGISTRY: Final = Kind(
    name=group.REGISTRY_KIND,
    plural=group.REGISTRY_PLURAL,
    short="mlreg",
    description="MLRegistry is a registry of machine-learning assets: one storage account in every"
    " declared region and one container registry that is replicated to the same regions.",
    spec=MLRegistrySpec,
    status=MLRegistryStatus,
    columns=(
        Column("LOCATION", ".spec.location"),
        Column("REGIONS", ".status.readyRegions"),
        Column("ASSETS", ".status.assets", "integer"),
        *READY_COLUMNS,
        Column("REGISTRY", ".status.registryName", wide=True),
        Column("LOGINSERVER", ".status.containerRegistry.loginServer", wide=True),
        AGE,
    ),
)
ASSET: Final = Kind(
    name=group.ASSET_KIND,
    plural=group.ASSET_PLURAL,
    short="mla",
    description="MLAsset is one version of a model, environment, component or data set: published once into a"
    " registry, copied to each of its regions, and proved there.",
    spec=MLAssetSpec,
    status=MLAssetStatus,
    columns=(
        Column("REGISTRY", ".spec.registryRef.name"),
        Column("TYPE", ".spec.type"),
        Column("ASSET", ".spec.assetName"),
        Column("VERSION", ".spec.version"),
        Column("REGIONS", ".status.readyRegions"),
        *READY_COLUMNS,
        Column("PROGRESS", ".status.progress", wide=True),
        Column("DIGEST", ".status.digest", wide=True),
        AGE,
    ),
    selectable=(".spec.registryRef.name", ".spec.type", ".spec.version"),
)
KINDS: Final = (REGISTRY, ASSET)

ANNOTATIONS: Final = {
    # Losing a definition loses every object of its kind: neither Helm nor Argo CD may prune it unasked.
    "argocd.argoproj.io/sync-options": "Prune=false,ServerSideApply=true",
    "helm.sh/resource-policy": "keep",
}
_STANDARD: Final = {
    "apiVersion": {
        "type": "string",
        "description": "Version of the schema that this representation has.",
        "maxLength": 253,
    },
    "kind": {"type": "string", "description": "Kind of the resource.", "maxLength": 63},
    "metadata": {"type": "object"},
}


def definition(kind: Kind) -> Schema:
    """The CRD of a kind, ready to be written."""
    names = {
        "kind": kind.name,
        "listKind": f"{kind.name}List",
        "plural": kind.plural,
        "singular": kind.name.lower(),
        "shortNames": [kind.short],
        "categories": ["mlops"],
    }
    version: dict[str, Any] = {
        "name": group.VERSION,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema(kind)},
        "subresources": {"status": {}},
        "additionalPrinterColumns": [column.as_json() for column in kind.columns],
    }
    if kind.selectable:
        version["selectableFields"] = [{"jsonPath": path} for path in kind.selectable]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": kind.crd_name, "annotations": dict(ANNOTATIONS)},
        "spec": {"group": group.GROUP, "names": names, "scope": "Namespaced", "versions": [version]},
    }


def schema(kind: Kind) -> Schema:
    """The whole object's schema, with the rules where they stand."""
    whole: Schema = {
        "type": "object",
        "description": kind.description,
        "required": ["spec"],
        "properties": {
            **_STANDARD,
            "spec": {"description": "What is declared.", **structural(kind.spec)},
            "status": {
                "description": "What is the case.",
                "default": {"observedGeneration": -1},
                **structural(kind.status),
            },
        },
    }
    _state(rules_of(kind.name), whole)
    return whole


def _state(rules: Iterable[Rule], whole: Schema) -> None:
    for rule in rules:
        if rule.cel is None:
            continue
        node = _at(whole, rule.at, rule.id)
        _at(node, rule.field.removeprefix("."), rule.id)
        node.setdefault("x-kubernetes-validations", []).append(
            {
                "rule": rule.cel,
                "message": rule.sentence,
                "reason": str(rule.reason),
            }
            | ({"messageExpression": rule.cel_told} if rule.cel_told else {})
            | ({"fieldPath": rule.field} if rule.field else {})
        )


def _at(node: Schema, path: str, rule_id: str) -> Schema:
    """The schema that stands at a rule's place.

    Raises:
        UnfitModelError: there is none, or its list does not correlate as the rule believes.
    """
    for segment in filter(None, path.split(".")):
        name, is_list, keys = segment.removesuffix("]").partition("[")
        if name not in node.get("properties", {}):
            raise UnfitModelError(f"rule {rule_id}: the schema has no {path}")
        node = node["properties"][name]
        if is_list:
            if ",".join(node.get("x-kubernetes-list-map-keys", ())) != keys:
                raise UnfitModelError(f"rule {rule_id}: {path} has other keys")
            node = node["items"]
    return node
