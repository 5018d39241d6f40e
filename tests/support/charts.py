"""The chart as a user gets it: rendered by Helm's own code."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import helm_python
import yaml
from support.manifests import Manifest

from hack.controlplane.runs import ROOT

CHART = ROOT / "helm" / "mlregistry-operator"
RELEASE, NAMESPACE = "mlregistry-operator", "mlregistry-system"
UUID = "00000000-0000-0000-0000-000000000001"
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"

Values = dict[str, Any]

# What users set, each as far as it goes alone.
VARIANTS: dict[str, Values] = {
    "defaults": {},
    "one-replica": {"replicaCount": 1, "leaderElection": {"enabled": False}},
    "workload-identity": {
        "identity": {"type": "WorkloadIdentity", "clientId": UUID, "tenantId": UUID},
        "serviceAccount": {"annotations": {"example.org/team": "ml"}},
    },
    "client-secret": {"identity": {"type": "ClientSecret", "existingSecret": "azure"}},
    "managed-identity": {"identity": {"type": "ManagedIdentity", "clientId": UUID}},
    "watched": {
        "watchNamespaces": ["team-a", "team-b"],
        "crds": {"install": False},
        "secretAccess": [{"namespace": "team-a", "names": ["azure-credentials", "sas"]}],
    },
    "cert-manager": {"webhook": {"certificates": {"mode": "CertManager"}}},
    "cert-manager-issuer": {
        "webhook": {
            "certificates": {"mode": "CertManager", "issuerRef": {"name": "ca", "kind": "ClusterIssuer"}}
        }
    },
    "given": {"webhook": {"certificates": {"mode": "Given", "existingSecret": "tls", "caBundle": PEM}}},
    "no-webhook": {"webhook": {"enabled": False}},
    "other-cloud": {
        "cloud": {
            "authorityHost": "https://mock.test:18443",
            "armEndpoint": "https://mock.test:18443",
            "armScope": "https://mock.test:18443/.default",
            "caConfigMap": "mock-ca",
        },
        "settings": {"reconcile": {"retryMaxSeconds": 15}, "content": {"memoryBytes": 134217728}},
    },
    "observed": {
        "metrics": {
            "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
            "prometheusRule": {"enabled": True},
            "dashboard": {"enabled": True},
        },
        "tracing": {"enabled": True, "endpoint": "http://collector.observability:4318"},
        "networkPolicy": {"metricsFrom": [{"namespaceSelector": {}}]},
    },
    "placed": {
        "image": {"repository": "registry.test/mlregistry-operator", "digest": f"sha256:{'a' * 64}"},
        "imagePullSecrets": ["pull"],
        "priorityClassName": "system-cluster-critical",
        "commonLabels": {"team": "ml"},
        "podLabels": {"team": "ml", "zone": "a"},
        "podAnnotations": {"example.org/x": "z"},
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"operator": "Exists"}],
        "extraEnv": [{"name": "HTTPS_PROXY", "value": "http://proxy:3128"}],
        "affinity": {"nodeAffinity": {}},
        "topologySpreadConstraints": [
            {"topologyKey": "zone", "maxSkew": 1, "whenUnsatisfiable": "ScheduleAnyway"}
        ],
    },
    "bare": {
        "serviceAccount": {"create": False, "name": "mine"},
        "rbac": {"create": False},
        "userRoles": {"create": False},
        "crds": {"install": False},
        "networkPolicy": {"enabled": False},
        "podDisruptionBudget": {"enabled": False},
    },
}


@cache
def chart(path: Path = CHART) -> helm_python.Chart:
    return helm_python.Chart.load(path)


def texts(values: Values | None = None, release: str = RELEASE, namespace: str = NAMESPACE) -> dict[str, str]:
    """What each template gives, by its file's name. Raises HelmError with what Helm would tell a user."""
    rendered = chart().render(values or {}, name=release, namespace=namespace)
    return {path.partition("/templates/")[2]: text for path, text in rendered.items()}


def objects(
    values: Values | None = None, release: str = RELEASE, namespace: str = NAMESPACE
) -> list[Manifest]:
    """Every object of a release, that of `helm test` too."""
    return [
        one
        for name, text in sorted(texts(values, release, namespace).items())
        if name.endswith(".yaml")
        for one in json.loads(_documents(text))
    ]


@cache
def _documents(text: str) -> str:
    """As JSON: each caller gets objects of its own, and the large CRDs are read once."""
    return json.dumps([one for one in yaml.load_all(text, Loader=NoTwice) if one])


def of_kind(kind: str, objects: list[Manifest]) -> list[Manifest]:
    return [one for one in objects if one["kind"] == kind]


def the(kind: str, objects: list[Manifest], suffix: str = "") -> Manifest:
    """The one object of a kind whose name ends so."""
    (found,) = [one for one in of_kind(kind, objects) if one["metadata"]["name"].endswith(suffix)]
    return found


def pods(objects: list[Manifest]) -> Iterator[Manifest]:
    """The specification of every pod that a release starts."""
    for one in objects:
        if one["kind"] == "Pod":
            yield one["spec"]
        elif one["kind"] == "Deployment":
            yield one["spec"]["template"]["spec"]


def rules(objects: list[Manifest]) -> Iterator[tuple[Manifest, Manifest]]:
    """Every rule with the role that grants it."""
    for role in of_kind("Role", objects) + of_kind("ClusterRole", objects):
        for rule in role["rules"]:
            yield role, rule


def environment(objects: list[Manifest]) -> dict[str, Any]:
    """The variables of the operator's container: text, or where it comes from."""
    container = the("Deployment", objects)["spec"]["template"]["spec"]["containers"][0]
    names = [one["name"] for one in container["env"]]
    assert len(names) == len(set(names)), "a variable that is there twice is one too many"
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in container["env"]}


class NoTwice(yaml.CSafeLoader):
    """YAML as the API server's strict parser reads it: no key twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's
        keys = [key.value for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        assert not twice, f"keys that are there twice: {twice}"
        return super().construct_mapping(node, deep=deep)
