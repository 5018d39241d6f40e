"""What people may do who have `view`, `edit` or `admin` in a namespace, by the roles as shipped."""

import time
from collections.abc import Iterator

import pytest
import yaml
from support.clusters import PATIENCE_SECONDS, POLL_SECONDS, Cluster
from support.manifests import Manifest, a_registry, an_asset

from hack.controlplane.plane import ControlPlane
from hack.controlplane.processes import Deadline
from hack.world.installation import RBAC_API, apply

NAMESPACE, ELSEWHERE = "team-roles", "default"
READS = ("get", "list", "watch")
WRITES = ("create", "update", "patch", "delete", "deletecollection")
DETACH = ("force-detach",)
BEYOND = ("adopt", "confirm-delete", *DETACH)
MAY = {
    "view": {("mlregistries", READS), ("mlassets", READS)},
    "edit": {("mlregistries", READS), ("mlassets", READS + WRITES + DETACH)},
    "admin": {("mlregistries", READS + WRITES + BEYOND), ("mlassets", READS + WRITES + DETACH)},
}


def binding(role: str) -> Manifest:
    return {
        "apiVersion": RBAC_API,
        "kind": "RoleBinding",
        "metadata": {"name": f"people-{role}", "namespace": NAMESPACE},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "User", "name": f"a-{role}", "apiGroup": "rbac.authorization.k8s.io"}],
    }


@pytest.fixture(scope="module", autouse=True)
def bound(installed: ControlPlane) -> Iterator[None]:
    """A person for each of Kubernetes' own roles, in one namespace."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    apply(installed, [namespace, *(binding(role) for role in MAY)])
    yield
    for role in MAY:
        installed.kubectl("delete", "rolebinding", f"people-{role}", f"--namespace={NAMESPACE}")


def may(cluster: Cluster, role: str, verb: str, resource: str, namespace: str = NAMESPACE) -> bool:
    """The API server's own word (SubjectAccessReview)."""
    resource, _, subresource = resource.partition("/")
    asked = {
        "namespace": namespace,
        "verb": verb,
        "group": "mlregistry.io",
        "resource": resource,
        "subresource": subresource,
    }
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": f"a-{role}", "resourceAttributes": asked},
    }
    with cluster.plane.client() as client:
        answer = client.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", json=review)
    return bool(answer.json()["status"]["allowed"])


def wait_for_aggregation(cluster: Cluster, role: str) -> None:
    """Kubernetes adds the rules to its own roles soon after they were installed."""
    deadline = Deadline(PATIENCE_SECONDS)
    while not all(may(cluster, role, verbs[-1], resource) for resource, verbs in MAY[role]):
        assert not deadline.passed, f"nothing was added to {role}"
        time.sleep(POLL_SECONDS)


@pytest.mark.parametrize("role", MAY)
def test_each_tier_may_what_it_is_for_and_nothing_else(cluster: Cluster, role: str) -> None:
    wait_for_aggregation(cluster, role)

    for resource, verbs in MAY[role]:
        for verb in READS + WRITES + BEYOND:
            assert may(cluster, role, verb, resource) is (verb in verbs), (verb, resource)
        assert not may(cluster, role, "patch", f"{resource}/status"), "status is the operator's"
        assert not may(cluster, role, "get", resource, ELSEWHERE), "a binding holds in its namespace"


def test_a_publisher_publishes_and_cannot_make_a_registry(cluster: Cluster) -> None:
    wait_for_aggregation(cluster, "edit")
    asset, registry = an_asset().in_namespace(NAMESPACE), a_registry().in_namespace(NAMESPACE)

    said = cluster.kubectl("create", "--filename=-", "--as=a-edit", stdin=_yaml(asset.manifest()))
    assert "created" in said
    with pytest.raises(AssertionError, match=r'User "a-edit" cannot create resource "mlregistries"'):
        cluster.kubectl("create", "--filename=-", "--as=a-edit", stdin=_yaml(registry.manifest()))
    with pytest.raises(AssertionError, match=r'User "a-view" cannot delete resource "mlassets"'):
        cluster.kubectl("delete", "mlasset", asset.name, f"--namespace={NAMESPACE}", "--as=a-view")


def _yaml(manifest: Manifest) -> str:
    return yaml.safe_dump(manifest)
