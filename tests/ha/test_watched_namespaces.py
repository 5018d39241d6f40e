"""An operator for some namespaces: it needs rights in those alone, and looks at no other."""

import json

import httpx
import pytest
from support.clouds import MockCloud
from support.clusters import Cluster
from support.manifests import Manifest, a_registry
from support.soon import soon

from hack.world.installation import RBAC_API, apply, documents
from hack.world.operators import OperatorProcess
from hack.world.places import CHART_FILES, NAMESPACE

ACCOUNT = "narrow"
NAME_OF_CLUSTER = {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get"]}


def bound_in(namespace: str, rules: list[Manifest]) -> list[Manifest]:
    """A Role of the narrow account in one namespace, and its binding."""
    metadata = {"name": ACCOUNT, "namespace": namespace}
    subject = {"kind": "ServiceAccount", "name": ACCOUNT, "namespace": NAMESPACE}
    reference = {"apiGroup": RBAC_API.partition("/")[0], "kind": "Role", "name": ACCOUNT}
    return [
        {"apiVersion": RBAC_API, "kind": "Role", "metadata": metadata, "rules": rules},
        {
            "apiVersion": RBAC_API,
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": reference,
            "subjects": [subject],
        },
    ]


def shipped_rules(file: str, kind: str) -> list[Manifest]:
    """The rules of a shipped role that make sense in a namespace."""
    (role,) = (one for one in documents([CHART_FILES / file]) if one["kind"] == kind)
    return [rule for rule in role["rules"] if rule["apiGroups"] != ["admissionregistration.k8s.io"]]


@pytest.fixture
def team(cluster: Cluster) -> str:
    """A namespace in which the narrow account may do all that the operator does."""
    team = cluster.namespace("team")
    account = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": ACCOUNT, "namespace": NAMESPACE},
    }
    own = bound_in(NAMESPACE, shipped_rules("rbac-namespace.yaml", "Role"))
    apply(cluster.plane, [account, *own, *bound_in(team, shipped_rules("rbac.yaml", "ClusterRole"))])
    return team


@pytest.fixture
def narrow(idle_operator: OperatorProcess, team: str) -> OperatorProcess:
    """An operator with that account, for that namespace."""
    kubeconfig = idle_operator.plane.service_account_kubeconfig(NAMESPACE, ACCOUNT)
    idle_operator.settings |= {"KUBECONFIG": str(kubeconfig), "MLREGISTRY_WATCH_NAMESPACES": team}
    return idle_operator


def test_it_reconciles_its_namespaces_and_no_other_with_rights_there_alone(
    cluster: Cluster, cloud: MockCloud, narrow: OperatorProcess, team: str
) -> None:
    narrow.start(wait=False)
    missing = "bind a role to ServiceAccount mlregistry-system/narrow that lets it get namespace kube-system"
    soon(lambda: missing in readiness(narrow), because="readyz names the right that is missing")

    apply(cluster.plane, bound_in("kube-system", [NAME_OF_CLUSTER]))
    narrow.wait_ready()
    mine, foreign = a_registry("mine").in_namespace(team), a_registry("foreign")
    cluster.apply(foreign)
    cluster.apply(mine)
    cluster.ready(mine)
    said = cluster.kubectl("create", "--dry-run=server", "--filename=-", stdin=another(team))

    assert "created (server dry run)" in said
    untouched = cluster.get(foreign)
    assert "finalizers" not in untouched["metadata"]
    assert untouched.get("status", {}).get("observedGeneration", -1) == -1
    assert {one["tags"]["mlregistry-registry"] for one in cloud.accounts().values()} == {"mine"}
    log = narrow.log.read_text("utf-8").partition("all is there now")[2]
    assert "orbidden" not in log, "it asks for nothing that it may not see"


def another(team: str) -> str:
    """Another registry of the team, for which the webhook looks at its neighbours."""
    return json.dumps(a_registry("next").in_namespace(team).manifest())


def readiness(operator: OperatorProcess) -> str:
    try:
        return httpx.get(f"{operator.url}/readyz", trust_env=False, timeout=5).text
    except httpx.TransportError:
        return ""
