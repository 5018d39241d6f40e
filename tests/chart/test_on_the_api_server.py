"""The chart on a real API server, by Helm's own code and by kubectl: install, upgrade, roll back, uninstall.

It is an API server of its own, on which nobody has installed anything before. No controller there makes pods
of a Deployment, so that admission is asked about the pod of its template.
"""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import helm_python
import pytest
import yaml
from support.charts import CHART, NAMESPACE, RELEASE, VARIANTS, Values, chart, objects, pods, the
from support.clusters import Cluster
from support.manifests import Manifest, a_registry
from support.people import Person
from support.soon import soon

from hack.controlplane.plane import ControlPlane, KubectlError, control_plane
from hack.generate.admission_policies import OWN_WEBHOOK
from hack.install.manifests import manifests, text

FIXTURE = Path(__file__).parent / "fixtures" / "mlregistry-operator-0.1.0.tgz"
UNKNOWN = {"Issuer", "Certificate", "ServiceMonitor", "PrometheusRule"}
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}


@pytest.fixture(scope="module")
def own_plane() -> Iterator[ControlPlane]:
    with control_plane() as plane:
        for name in (NAMESPACE, "team-a", "team-b"):
            namespace = {
                "apiVersion": "v1",
                "kind": "Namespace",
                "metadata": {"name": name, "labels": RESTRICTED},
            }
            apply(plane, [namespace])
        yield plane


@pytest.fixture
def helm(own_plane: ControlPlane) -> Iterator[helm_python.Config]:
    """Helm in the namespace; what a failed test left is uninstalled."""
    with helm_python.Config(kubeconfig_path=own_plane.kubeconfig, namespace=NAMESPACE) as config:
        yield config
        config.uninstall(RELEASE, ignore_not_found=True)
        own_plane.kubectl("delete", "crd", "--all")


def apply(plane: ControlPlane, manifests: list[Manifest], *how: str) -> str:
    """`kubectl apply` as strict as it can be. Raises KubectlError."""
    stdin = yaml.safe_dump_all(manifests, sort_keys=False)
    return plane.kubectl("apply", "--server-side", "--validate=strict", "--filename=-", *how, stdin=stdin)


def everything(plane: ControlPlane) -> set[str]:
    """Every object that a person could list, but what the API server and its controllers keep themselves."""
    said = plane.kubectl("api-resources", "--verbs=list", "--output=name").split()
    kinds = [
        one
        for one in said
        if not one.startswith(("events", "leases.", "ipaddresses.", "apiservices", "componentstatuses"))
    ]
    listed = plane.kubectl("get", ",".join(kinds), "--all-namespaces", "--output=json")
    return {
        "/".join([one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"]])
        for one in json.loads(listed)["items"]
    }


def get(plane: ControlPlane, kind: str, name: str) -> Manifest:
    found: Manifest = json.loads(
        plane.kubectl("get", kind, name, f"--namespace={NAMESPACE}", "--output=json")
    )
    return found


@pytest.mark.parametrize("values", VARIANTS.values(), ids=list(VARIANTS))
def test_the_api_server_takes_every_object_to_the_letter(own_plane: ControlPlane, values: Values) -> None:
    known = [one for one in objects(values) if one["kind"] not in UNKNOWN and one["kind"] != "Pod"]
    said = apply(own_plane, known, "--dry-run=server")
    assert len(said.splitlines()) == len(known)


def test_a_field_too_many_would_be_refused(own_plane: ControlPlane) -> None:
    service = the("Service", objects(), "-metrics")
    service["spec"]["selectr"] = {}
    with pytest.raises(KubectlError, match="selectr"):
        apply(own_plane, [service], "--dry-run=server")


def test_its_pods_are_let_into_a_namespace_that_enforces_the_restricted_standard(
    own_plane: ControlPlane, helm: helm_python.Config
) -> None:
    helm.install(CHART, RELEASE)
    for number, spec in enumerate(pods(objects())):
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": f"pod-{number}", "namespace": NAMESPACE},
            "spec": spec,
        }
        assert "serverside-applied" in apply(own_plane, [pod], "--dry-run=server")
        worse = json.loads(json.dumps(pod))
        worse["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
        with pytest.raises(KubectlError, match=r'violates PodSecurity "restricted'):
            apply(own_plane, [worse], "--dry-run=server")


def test_uninstalling_leaves_the_kinds_and_nothing_else(
    own_plane: ControlPlane, helm: helm_python.Config
) -> None:
    before = everything(own_plane)
    helm.install(CHART, RELEASE)
    made = {(one["kind"], one["metadata"]["name"]) for one in objects() if one["kind"] != "Pod"}
    assert made <= {(kind, name) for kind, _, name in (one.split("/") for one in everything(own_plane))}

    helm.uninstall(RELEASE)
    left = everything(own_plane) - before
    assert left == {
        f"CustomResourceDefinition//{name}.mlregistry.io" for name in ("mlassets", "mlregistries")
    }

    helm.install(CHART, RELEASE)
    assert helm.status(RELEASE)["status"] == "deployed", "it can come back over the kinds that it left"


def test_an_upgrade_from_the_first_version_and_a_rollback_change_nothing_that_matters(
    own_plane: ControlPlane, helm: helm_python.Config
) -> None:
    """The certificate, the trust in it and the objects of our kinds are not the chart's to change."""
    helm.install(FIXTURE, RELEASE)
    secret, bundle = f"{RELEASE}-webhook", base64.b64encode(b"bundle").decode()
    data = {"tls.crt": base64.b64encode(b"certificate").decode()}
    own_plane.kubectl("patch", "secret", secret, f"-n={NAMESPACE}", f"--patch={json.dumps({'data': data})}")
    trust = [{"op": "add", "path": "/webhooks/0/clientConfig/caBundle", "value": bundle}]
    configuration = ("validatingwebhookconfiguration", RELEASE)
    own_plane.kubectl("patch", *configuration, "--type=json", f"--patch={json.dumps(trust)}")
    kinds = {name: get(own_plane, "crd", f"{name}.mlregistry.io") for name in ("mlassets", "mlregistries")}

    for step in (
        lambda: helm.upgrade(CHART, RELEASE),
        lambda: helm.upgrade(CHART, RELEASE, {"replicaCount": 3}),
        lambda: helm.rollback(RELEASE, version=1),
    ):
        step()
        assert get(own_plane, "secret", secret)["data"] == data
        asked = get(own_plane, *configuration)["webhooks"][0]["clientConfig"]
        assert asked["caBundle"] == bundle
        for name, kind in kinds.items():
            assert (
                get(own_plane, "crd", f"{name}.mlregistry.io")["metadata"]["uid"] == kind["metadata"]["uid"]
            )
    assert [one["status"] for one in helm.history(RELEASE)][-1] == "deployed"


def test_an_older_kubernetes_is_refused(helm: helm_python.Config, tmp_path: Path) -> None:
    """There is no older server here, so that the bar is raised above the one there is."""
    description = Path(chart().save_dir(tmp_path)) / "Chart.yaml"
    written = description.read_text("utf-8")
    assert ">=1.31.0-0" in written, "the first that selects by fields of a CRD"
    description.write_text(written.replace("1.31.0", "1.99.0"), "utf-8")

    with pytest.raises(helm_python.HelmError, match=r"requires kubeVersion: >=1\.99\.0"):
        helm.install(description.parent, RELEASE)


def test_two_releases_live_side_by_side(own_plane: ControlPlane, helm: helm_python.Config) -> None:
    helm.install(CHART, RELEASE)
    helm.install(CHART, "other", VARIANTS["watched"])
    assert helm.status("other")["status"] == "deployed"
    helm.uninstall("other")
    assert get(own_plane, "deployment", RELEASE)


@pytest.mark.promise(16)
def test_the_policies_of_a_release_know_its_own_account_and_ask_about_authors(
    own_plane: ControlPlane, helm: helm_python.Config
) -> None:
    release, account = "other", "mine"
    helm.install(CHART, release, {"serviceAccount": {"name": account}})
    name = f"{release}-mlregistry-operator"
    cluster = Cluster(own_plane)
    operator = Person(f"system:serviceaccount:{NAMESPACE}:{account}", NAMESPACE)
    author = Person("an-author", NAMESPACE)
    apply(own_plane, [author.binding(f"{name}-registry-manager")])
    change = '--patch=[{"op": "replace", "path": "/webhooks/0/failurePolicy", "value": "Fail"}]'
    how = ["patch", "validatingwebhookconfiguration", name, "--type=json", change, "--dry-run=server"]
    registry = a_registry().in_namespace(NAMESPACE).with_secret("theirs")
    try:
        soon(lambda: operator.tries(cluster, *how).sentence == OWN_WEBHOOK, because="the policies hold")
        told = author.tries(cluster, "create", "--dry-run=server", thing=registry)
        assert "you may not get Secret theirs yourself" in told.sentence
    finally:
        helm.uninstall(release)
        cluster.close()


def test_one_file_for_kubectl_holds_all_of_it(own_plane: ControlPlane) -> None:
    assert text() == text(), "the same chart gives the same bytes"
    assert list(yaml.safe_load_all(text())) == manifests()
    names = {(one["kind"], one["metadata"]["name"]) for one in manifests()}
    rendered = {
        (one["kind"], one["metadata"]["name"])
        for one in objects()
        if not one["metadata"]["name"].endswith("-test")
    }
    assert names == rendered | {("Namespace", NAMESPACE)}
    assert "helm" not in text().replace("helm.sh/resource-policy", "").partition("\n")[2].lower()

    own_plane.kubectl("apply", "--server-side", "--validate=strict", "--filename=-", stdin=text())
    own_plane.kubectl(
        "delete", "--ignore-not-found", "--filename=-", stdin=yaml.safe_dump_all(manifests()[1:])
    )
