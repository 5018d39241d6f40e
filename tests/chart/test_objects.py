"""What the chart renders is what Kubernetes, and a careful administrator, would take."""

from pathlib import Path
from typing import Any

import helm_python
import pytest
import yaml
from support.charts import (
    CHART,
    NAMESPACE,
    RELEASE,
    VARIANTS,
    Values,
    chart,
    environment,
    objects,
    of_kind,
    pods,
    rules,
    texts,
    the,
)
from support.manifests import Manifest
from support.schemas import mistakes

from hack.controlplane.runs import ROOT
from hack.generate.admission_policies import ACCOUNT
from mlregistry_operator import __version__
from mlregistry_operator.settings import PREFIX, Settings, rows_of

OTHERS = {"CustomResourceDefinition", "Issuer", "Certificate", "ServiceMonitor", "PrometheusRule"}
variants = pytest.mark.parametrize("values", VARIANTS.values(), ids=list(VARIANTS))


@variants
@pytest.mark.parametrize("version", ["1.31", "1.37"])
def test_every_object_fits_the_schema_of_its_kind_with_no_field_too_many(
    values: Values, version: str
) -> None:
    built_in = [one for one in objects(values) if one["kind"] not in OTHERS]
    assert [told for one in built_in for told in mistakes(one, version)] == []


def test_the_schemas_find_a_field_too_many() -> None:
    service = the("Service", objects(), "-metrics")
    service["spec"]["selectr"] = service["spec"].pop("selector")
    assert "selectr" in str(mistakes(service, "1.37"))


@variants
def test_every_pod_is_one_that_the_restricted_standard_lets_in(values: Values) -> None:
    for pod in pods(objects(values)):
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
        sources = {kind for volume in pod.get("volumes", []) for kind in volume.keys() - {"name"}}
        assert sources <= {"projected", "emptyDir", "secret", "configMap"}
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert context["readOnlyRootFilesystem"] is True
            assert context["runAsUser"] == 65532
            assert not any("hostPort" in port for port in container.get("ports", []))


@variants
def test_the_token_is_mounted_by_hand_into_the_container_that_needs_it_and_into_no_other(
    values: Values,
) -> None:
    operator, *others = sorted(
        pods(objects(values)), key=lambda pod: pod["containers"][0]["name"] != "operator"
    )
    for pod in (operator, *others):
        assert pod["automountServiceAccountToken"] is False
    (container,) = operator["containers"]
    mounts = {one["mountPath"]: one["name"] for one in container["volumeMounts"]}
    assert mounts["/var/run/secrets/kubernetes.io/serviceaccount"] == "api-access"
    for pod in others:
        told = [
            source
            for volume in pod.get("volumes", [])
            for source in volume.get("projected", {}).get("sources", [])
        ]
        assert not any("serviceAccountToken" in source for source in told)
    for account in of_kind("ServiceAccount", objects(values)):
        assert account["automountServiceAccountToken"] is False


@variants
def test_the_operator_may_delete_nothing_in_the_cluster_and_make_none_of_our_kinds(values: Values) -> None:
    found = objects(values)
    bound = {
        one["roleRef"]["name"] for one in of_kind("RoleBinding", found) + of_kind("ClusterRoleBinding", found)
    }
    held = [(role, rule) for role, rule in rules(found) if role["metadata"]["name"] in bound]
    assert held or not bound, "where an administrator makes the roles there is none here"
    for role, rule in held:
        told, verbs = f"{role['metadata']['name']}: {rule}", set(rule["verbs"])
        assert not {"delete", "deletecollection", "bind", "escalate", "impersonate"} & verbs, told
        assert "mlregistry.io" not in rule["apiGroups"] or verbs <= {"get", "list", "watch", "patch"}, told


@variants
def test_nothing_is_granted_beyond_names_and_our_kinds(values: Values) -> None:
    for role, rule in rules(objects(values)):
        told = f"{role['metadata']['name']}: {rule}"
        assert "*" not in [*rule["apiGroups"], *rule["resources"], *rule["verbs"]], told
        if "secrets" in rule["resources"]:
            assert role["kind"] == "Role", told
            assert rule["resourceNames"], told
        assert (
            not {"list", "watch"} & set(rule["verbs"])
            or {"mlregistry.io"} == set(rule["apiGroups"])
            or rule.get("resourceNames")
        ), told


@variants
def test_every_grant_to_the_operator_is_bound_to_its_service_account_alone(values: Values) -> None:
    found = objects(values)
    account = the("Deployment", found)["spec"]["template"]["spec"]["serviceAccountName"]
    for binding in of_kind("RoleBinding", found) + of_kind("ClusterRoleBinding", found):
        (subject,) = binding["subjects"]
        assert subject == {"kind": "ServiceAccount", "name": account, "namespace": NAMESPACE}
        role = (binding["roleRef"]["kind"], binding["roleRef"]["name"], binding["metadata"].get("namespace"))
        assert role in [
            (one["kind"], one["metadata"]["name"], one["metadata"].get("namespace")) for one in found
        ]


def test_the_kinds_are_those_of_the_repository_and_are_kept() -> None:
    found = {one["metadata"]["name"]: one for one in of_kind("CustomResourceDefinition", objects())}
    assert found == {
        path.stem: yaml.safe_load(path.read_text("utf-8")) for path in (ROOT / "crds").glob("*.yaml")
    }
    for path in (ROOT / "crds").glob("*.yaml"):
        assert (CHART / "files/crds" / path.name).read_bytes() == path.read_bytes()
    for one in found.values():
        assert one["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
        assert "Prune=false" in one["metadata"]["annotations"]["argocd.argoproj.io/sync-options"]


@variants
def test_the_environment_is_one_that_the_operator_takes(
    values: Values, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {name for name, _, _ in rows_of(Settings())}
    given = environment(objects(values))
    ours = {name: value for name, value in given.items() if name.startswith(PREFIX)}
    for name, value in ours.items():
        monkeypatch.setenv(name, value if isinstance(value, str) else "from-the-pod")

    assert ours.keys() - known <= {"MLREGISTRY_TRACING__ENABLED"} - known
    assert Settings().namespace == NAMESPACE


def test_the_version_is_that_of_the_operator() -> None:
    assert (chart().version, chart().metadata["appVersion"]) == (__version__, __version__)
    (container,) = the("Deployment", objects())["spec"]["template"]["spec"]["containers"]
    assert container["image"] == f"mlregistry-operator:{__version__}"


@pytest.mark.parametrize("release", ["mlregistry-operator", "r", "1st", "a.b", "a-b", "x" * 53])
def test_any_name_and_namespace_will_do(release: str) -> None:
    found = objects(VARIANTS["observed"], release, "elsewhere")

    for one in found:
        if one["kind"] != "CustomResourceDefinition":
            assert_is_a_name(one)
            assert one["metadata"].get("namespace", "elsewhere") == "elsewhere"
    assert "mlregistry-system" not in "".join(
        text for name, text in texts({}, release, "elsewhere").items() if name != "crds.yaml"
    )


def assert_is_a_name(one: Manifest) -> None:
    """A Service wants a DNS label that begins with a letter; the others want no more."""
    name = one["metadata"]["name"]
    assert len(name) <= (63 if one["kind"] in {"Service", "Pod", "Deployment"} else 253)
    assert name[0].isalpha()
    assert name[-1].isalnum()
    assert name.replace("-", "a").isalnum()
    assert name == name.lower()


def test_two_releases_share_no_object() -> None:
    names = ["a.b", "a-b", "x" * 52 + "a", "x" * 52 + "b", "mlregistry-operator", "other"]
    apart = {"crds": {"install": False}}
    seen: dict[tuple[Any, ...], str] = {}
    for release in names:
        for one in objects(apart, release):
            key = (one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"])
            assert seen.setdefault(key, release) == release, f"{key} is of {seen[key]} and {release}"


def test_a_release_that_watches_some_namespaces_has_its_rights_there_alone() -> None:
    found = objects(VARIANTS["watched"])
    for role, rule in rules(found):
        if role["kind"] == "ClusterRole" and "aggregate" not in str(role["metadata"]["labels"]):
            assert rule["resourceNames"], f"{role['metadata']['name']} holds everywhere: {rule}"
    assert {
        role["metadata"]["namespace"]
        for role, rule in rules(found)
        if role["kind"] == "Role" and "mlassets" in rule["resources"]
    } == {"team-a", "team-b"}
    (webhook,) = the("ValidatingWebhookConfiguration", found)["webhooks"]
    (expression,) = webhook["namespaceSelector"]["matchExpressions"]
    assert expression["values"] == ["team-a", "team-b"]
    assert environment(found)["MLREGISTRY_WATCH_NAMESPACES"] == "team-a,team-b"


def test_the_rules_are_those_that_are_tested_on_the_api_server() -> None:
    """The local world installs these files as they are; the chart must grant the same."""
    shipped = [
        rule
        for name in ("rbac.yaml", "rbac-namespace.yaml", "user-roles.yaml")
        for role in yaml.safe_load_all((CHART / "files" / name).read_text("utf-8"))
        for rule in role["rules"]
    ]
    rendered = [rule for _, rule in rules(objects())]
    for rule in shipped:
        assert rule in rendered
    assert len(rendered) == len(shipped)


def test_the_webhook_asks_as_shipped() -> None:
    shipped = yaml.safe_load((CHART / "files/webhook.yaml").read_text("utf-8"))["webhooks"][0]
    (rendered,) = the("ValidatingWebhookConfiguration", objects())["webhooks"]
    assert rendered.pop("clientConfig") == {
        "service": {"name": RELEASE, "namespace": NAMESPACE, "path": "/validate", "port": 443}
    }
    assert rendered == shipped


POLICIES = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")


@pytest.mark.promise(16)
@variants
def test_the_policies_are_those_that_are_tested_on_the_api_server(values: Values) -> None:
    """All of them in every release: no value switches them off."""
    account = the("Deployment", objects(values))["spec"]["template"]["spec"]["serviceAccountName"]
    text = (CHART / "files/admission-policies.yaml").read_text("utf-8")
    shipped = list(yaml.safe_load_all(text.replace(ACCOUNT, f"system:serviceaccount:{NAMESPACE}:{account}")))
    rendered = [one for one in objects(values) if one["kind"] in POLICIES]
    narrowed = [one["spec"].pop("matchResources", None) for one in rendered]

    for one, as_shipped in zip(rendered, shipped, strict=True):
        name = as_shipped["metadata"]["name"].replace("mlregistry", RELEASE, 1)
        spec = as_shipped["spec"] | ({"policyName": name} if one["kind"] == POLICIES[1] else {})
        assert (one["kind"], one["metadata"]["name"], one["spec"]) == (as_shipped["kind"], name, spec)
    assert any(narrowed) is bool(values.get("watchNamespaces"))


def test_a_release_that_watches_some_namespaces_asks_about_authors_there_alone() -> None:
    for binding in of_kind(POLICIES[1], objects(VARIANTS["watched"])):
        (expression,) = binding["spec"]["matchResources"]["namespaceSelector"]["matchExpressions"]
        assert (expression["key"], expression["values"]) == (
            "kubernetes.io/metadata.name",
            ["team-a", "team-b"],
        )


def test_secrets_are_read_by_name_where_the_values_say_so() -> None:
    role = the("Role", objects(VARIANTS["watched"]), "-secrets")
    assert role["metadata"]["namespace"] == "team-a"
    assert role["rules"] == [
        {
            "apiGroups": [""],
            "resources": ["secrets"],
            "resourceNames": ["azure-credentials", "sas"],
            "verbs": ["get"],
        }
    ]


def test_an_upgrade_says_nothing_of_the_certificate_that_the_operator_keeps() -> None:
    secret = the("Secret", objects())
    assert secret["type"] == "Opaque"
    assert not {"data", "stringData", "immutable"} & secret.keys()
    assert environment(objects())["MLREGISTRY_WEBHOOK__SECRET_NAME"] == secret["metadata"]["name"]
    (webhook,) = the("ValidatingWebhookConfiguration", objects())["webhooks"]
    assert "caBundle" not in webhook["clientConfig"]


def test_with_cert_manager_it_makes_the_certificate_and_has_it_trusted() -> None:
    found = objects(VARIANTS["cert-manager"])
    certificate = the("Certificate", found)
    volumes = the("Deployment", found)["spec"]["template"]["spec"]["volumes"]

    assert certificate["spec"]["dnsNames"][0] == f"{RELEASE}.{NAMESPACE}.svc"
    assert certificate["spec"]["issuerRef"]["name"] == the("Issuer", found)["metadata"]["name"]
    assert certificate["spec"]["secretName"] in [one.get("secret", {}).get("secretName") for one in volumes]
    assert (
        the("ValidatingWebhookConfiguration", found)["metadata"]["annotations"][
            "cert-manager.io/inject-ca-from"
        ]
        == f"{NAMESPACE}/{certificate['metadata']['name']}"
    )
    assert not of_kind("Secret", found)
    assert not of_kind("Issuer", objects(VARIANTS["cert-manager-issuer"]))


def test_only_who_makes_the_certificate_may_write_where_it_is_kept() -> None:
    for name in ("cert-manager", "given", "no-webhook"):
        for _, rule in rules(objects(VARIANTS[name])):
            assert not {"secrets", "validatingwebhookconfigurations"} & set(rule["resources"]), name


def test_the_ports_of_other_clouds_are_let_out() -> None:
    def ports(values: Values) -> set[int | str]:
        egress = next(one for one in of_kind("NetworkPolicy", objects(values)))["spec"]["egress"]
        return {port["port"] for rule in egress for port in rule["ports"]}

    assert ports({}) == {53, 443, 6443}
    assert ports(VARIANTS["other-cloud"]) == {53, 443, 6443, 18443}
    assert ports(VARIANTS["observed"]) == {53, 443, 6443, 4318}
    assert ports(VARIANTS["managed-identity"]) == {53, 80, 443, 6443}


def test_settings_are_told_as_the_operator_reads_them() -> None:
    given = environment(objects(VARIANTS["other-cloud"]))
    assert given["MLREGISTRY_RECONCILE__RETRY_MAX_SECONDS"] == "15"
    assert given["MLREGISTRY_CONTENT__MEMORY_BYTES"] == "134217728"
    assert given["MLREGISTRY_CLOUD__CA_FILE"] == "/etc/mlregistry/ca/ca.crt"


@variants
def test_there_is_no_hook_but_that_of_helm_test(values: Values) -> None:
    hooks = {
        one["metadata"]["name"]: one["metadata"].get("annotations", {}).get("helm.sh/hook")
        for one in objects(values)
    }
    assert {name for name, hook in hooks.items() if hook} == {f"{RELEASE}-test"}
    assert hooks[f"{RELEASE}-test"] == "test"


def test_one_replica_has_no_budget_that_would_stop_a_drain() -> None:
    assert not of_kind("PodDisruptionBudget", objects(VARIANTS["one-replica"]))
    assert the("PodDisruptionBudget", objects())["spec"]["maxUnavailable"] == 1


def test_every_object_says_whose_it_is() -> None:
    for one in objects(VARIANTS["placed"]):
        if one["kind"] != "CustomResourceDefinition":
            assert (
                one["metadata"]["labels"].items()
                >= {
                    "app.kubernetes.io/instance": RELEASE,
                    "app.kubernetes.io/managed-by": "Helm",
                    "team": "ml",
                }.items()
            ), one["kind"]


def test_helm_lints_it_without_a_warning() -> None:
    report = helm_python.lint(CHART, strict=True, namespace=NAMESPACE)
    assert report["errors"] == []
    assert [one for one in report["messages"] if one["severity"] > 1] == []
    assert Path(CHART / "README.md").exists()


def test_an_alert_leads_to_the_runbooks_where_they_are_published() -> None:
    published = "https://intranet.example/mlregistry/runbooks"
    values: Values = {"metrics": {"prometheusRule": {"enabled": True, "runbookUrl": f"{published}/"}}}
    groups = the("PrometheusRule", objects(values))["spec"]["groups"]
    urls = {rule["alert"]: rule["annotations"]["runbook_url"] for group in groups for rule in group["rules"]}

    assert urls == {alert: f"{published}/{alert}/" for alert in urls}
    assert urls
