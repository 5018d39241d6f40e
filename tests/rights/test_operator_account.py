"""The operator's account may do with its rights what it uses them for, whoever has its token."""

import json

import pytest
from support.clusters import Cluster, Ref
from support.manifests import Builder, Manifest, a_registry, an_asset
from support.people import DONE, Person
from support.soon import soon

from hack.controlplane.plane import ControlPlane
from hack.generate.admission_policies import OWN_OBJECTS, OWN_WEBHOOK
from hack.world.places import NAMESPACE, SERVICE_ACCOUNT

CONFIGURATION = ("validatingwebhookconfiguration", "mlregistry-operator")
SECRETS = {
    "apiGroups": [""],
    "apiVersions": ["v1"],
    "operations": ["CREATE"],
    "resources": ["secrets", "pods"],
}
OPERATOR = Person(f"system:serviceaccount:{NAMESPACE}:{SERVICE_ACCOUNT}", NAMESPACE)
REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"

WEBHOOK_CHANGES = {
    "name": "other.mlregistry.io",
    "rules": [SECRETS],
    "failurePolicy": "Fail",
    "matchPolicy": "Exact",
    "namespaceSelector": {"matchLabels": {"team": "a"}},
    "objectSelector": {"matchLabels": {"team": "a"}},
    "sideEffects": "NoneOnDryRun",
    "timeoutSeconds": 30,
    "admissionReviewVersions": ["v1", "v1beta1"],
    "matchConditions": [],
}


def changed(cluster: Cluster, operation: Manifest) -> list[str]:
    """Kubectl's arguments for a JSON patch of the configuration that nothing keeps."""
    return ["patch", *CONFIGURATION, "--type=json", f"--patch={json.dumps([operation])}", "--dry-run=server"]


def refused(cluster: Cluster, operation: Manifest) -> bool:
    return OPERATOR.tries(cluster, *changed(cluster, operation)).sentence == OWN_WEBHOOK


@pytest.mark.promise(16)
def test_its_webhook_cannot_be_made_to_see_secrets(cluster: Cluster) -> None:
    """Kubernetes exempts policies from policies, but not the configurations of webhooks."""
    webhook = cluster.get(Ref("ValidatingWebhookConfiguration", CONFIGURATION[1]))["webhooks"][0]
    stolen = {**webhook, "rules": [SECRETS], "failurePolicy": "Fail"}

    assert refused(cluster, {"op": "replace", "path": "/webhooks/0", "value": stolen})
    assert refused(
        cluster, {"op": "add", "path": "/webhooks/-", "value": {**stolen, "name": "b.mlregistry.io"}}
    )
    assert refused(cluster, {"op": "remove", "path": "/webhooks/0"})


@pytest.mark.promise(16)
def test_no_field_of_its_webhook_can_be_changed_but_whom_to_trust(cluster: Cluster) -> None:
    passed = [
        field
        for field, value in WEBHOOK_CHANGES.items()
        if not refused(cluster, {"op": "replace", "path": f"/webhooks/0/{field}", "value": value})
    ]
    url = {"op": "replace", "path": "/webhooks/0/clientConfig/url", "value": "https://example.org/steal"}
    labels = {"op": "add", "path": "/metadata/labels", "value": {"team": "a"}}
    trust = {"op": "replace", "path": "/webhooks/0/clientConfig/caBundle", "value": ""}

    assert passed == []
    assert refused(cluster, url)
    assert refused(cluster, labels)
    assert OPERATOR.tries(cluster, *changed(cluster, trust)) == DONE


@pytest.mark.promise(16)
@pytest.mark.parametrize("thing", [a_registry(), an_asset()], ids=lambda thing: thing.kind)
def test_of_our_kinds_it_changes_finalizers_and_status_alone(cluster: Cluster, thing: Builder) -> None:
    cluster.create(thing.manifest())

    def answer(change: Manifest, *how: str) -> str:
        what = [thing.kind, thing.name, "--type=merge", f"--patch={json.dumps(change)}", "--dry-run=server"]
        operator = Person(OPERATOR.name, thing.namespace)
        told = operator.tries(cluster, "patch", *what, *how)
        assert not told.by_rbac
        return told.sentence

    assert answer({"spec": {"deletionPolicy": "Delete"}}) == OWN_OBJECTS
    assert answer({"metadata": {"annotations": {"mlregistry.io/resync-interval": "1m"}}}) == OWN_OBJECTS
    assert answer({"metadata": {"annotations": {"mlregistry.io/force-detach": "true"}}}), "by either policy"
    assert answer({"metadata": {"labels": {"team": "a"}}}) == OWN_OBJECTS
    assert answer({"metadata": {"finalizers": ["mlregistry.io/finalizer"]}}) == ""
    assert answer({"status": {"observedGeneration": 1}}, "--subresource=status") == ""


def test_the_api_server_finds_no_fault_with_the_types_in_the_policies(installed: ControlPlane) -> None:
    def statuses() -> list[Manifest]:
        with installed.client() as client:
            found = client.get(POLICIES).raise_for_status().json()["items"]
        ours = [one for one in found if one["metadata"]["name"].startswith("mlregistry-")]
        assert len(ours) == 4
        return [one.get("status", {}) for one in ours]

    soon(lambda: all("typeChecking" in one for one in statuses()), because="the controller looks at each")

    assert [one["typeChecking"] for one in statuses()] == [{}] * 4


HELD_BACK = [
    *(("", "secrets", verb) for verb in ("get", "list", "watch", "create", "update", "patch", "delete")),
    *(("", "pods", verb) for verb in ("get", "list", "watch", "create", "patch", "delete")),
    *(("", f"pods/{part}", "create") for part in ("exec", "attach", "portforward", "eviction")),
    *(("apps", kind, verb) for kind in ("deployments", "daemonsets") for verb in ("create", "patch", "list")),
    ("batch", "jobs", "create"),
    ("", "serviceaccounts", "impersonate"),
    ("", "serviceaccounts/token", "create"),
    ("", "users", "impersonate"),
    ("", "groups", "impersonate"),
    ("authentication.k8s.io", "tokenreviews", "create"),
    *(
        ("rbac.authorization.k8s.io", kind, verb)
        for kind in ("roles", "clusterroles", "rolebindings", "clusterrolebindings")
        for verb in ("get", "list", "create", "patch", "delete", "bind", "escalate")
    ),
    *(
        ("admissionregistration.k8s.io", kind, verb)
        for kind in ("validatingwebhookconfigurations", "mutatingwebhookconfigurations")
        for verb in ("list", "create", "patch", "delete")
    ),
    ("admissionregistration.k8s.io", "validatingadmissionpolicies", "patch"),
    ("certificates.k8s.io", "certificatesigningrequests", "create"),
    *(
        ("mlregistry.io", kind, verb)
        for kind in ("mlregistries", "mlassets")
        for verb in (
            "create",
            "update",
            "delete",
            "deletecollection",
            "adopt",
            "confirm-delete",
            "force-detach",
        )
    ),
]


@pytest.mark.promise(16)
@pytest.mark.parametrize("namespace", ["default", "kube-system", NAMESPACE, ""])
def test_its_token_opens_no_secrets_pods_bindings_or_tokens(cluster: Cluster, namespace: str) -> None:
    """The API server's own word (SubjectAccessReview), for any name; an empty namespace is all of them."""

    def may(group: str, resource: str, verb: str) -> bool:
        resource, _, part = resource.partition("/")
        about = {"namespace": namespace, "group": group, "resource": resource, "subresource": part}
        spec = {"user": OPERATOR.name, "resourceAttributes": about | {"verb": verb}}
        with cluster.plane.client() as client:
            return bool(client.post(REVIEWS, json={"spec": spec}).json()["status"]["allowed"])

    assert may("mlregistry.io", "mlregistries", "patch"), "the account is the right one"
    assert [one for one in HELD_BACK if may(*one)] == []
