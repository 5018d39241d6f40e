"""Who applies for others: Flux and Argo CD with the rights that they have, and server-side apply."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from support.clusters import Cluster, Ref
from support.manifests import Manifest, a_registry, an_asset
from support.people import API_GROUP, DONE, Person

from hack.controlplane.plane import ControlPlane
from hack.world.installation import RBAC_API, apply
from mlregistry_operator.api.author_rules import SECRET_FIELDS

SECRET = "team-signature"
EVERYTHING = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
CONTROLLERS = {
    # Flux's install.yaml binds it to cluster-admin; Argo CD's gives its controller a ClusterRole of its own.
    "flux": "system:serviceaccount:flux-system:kustomize-controller",
    "argocd": "system:serviceaccount:argocd:argocd-application-controller",
}
AS_DEPLOYED = ("apply", "--server-side", "--force-conflicts", "--field-manager")


@dataclass(frozen=True, slots=True)
class Deployed:
    """What lies in a team's repository."""

    namespace: str

    @property
    def registry(self) -> Manifest:
        arm_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/ml-registries"
        registry = a_registry("registry").in_namespace(self.namespace).with_secret(SECRET)
        return registry.annotated(adopt=arm_id).manifest()

    def asset(self, **fields: object) -> Manifest:
        blob = {
            "url": "https://a.blob.core.windows.net/c",
            "sasSecretRef": {"name": SECRET, "key": "sas"},
        }
        asset = an_asset("asset").in_namespace(self.namespace)
        return asset.with_spec(source={"blob": blob}, **fields).manifest()


@pytest.fixture
def team(cluster: Cluster) -> Deployed:
    return Deployed(cluster.namespace("team"))


@pytest.fixture(scope="module")
def controllers(installed: ControlPlane) -> Iterator[None]:
    role = {
        "apiVersion": RBAC_API,
        "kind": "ClusterRole",
        "metadata": {"name": "argocd-application-controller"},
    }
    given = {"flux": "cluster-admin", "argocd": "argocd-application-controller"}
    bindings = [
        {
            "apiVersion": RBAC_API,
            "kind": "ClusterRoleBinding",
            "metadata": {"name": f"deployer-{name}"},
            "roleRef": {"apiGroup": API_GROUP, "kind": "ClusterRole", "name": given[name]},
            "subjects": [{"kind": "User", "name": account, "apiGroup": API_GROUP}],
        }
        for name, account in CONTROLLERS.items()
    ]
    apply(installed, [{**role, "rules": [EVERYTHING]}, *bindings])
    yield
    for name in CONTROLLERS:
        installed.kubectl("delete", "clusterrolebinding", f"deployer-{name}")


def deploys(cluster: Cluster, deployer: Person, team: Deployed) -> None:
    """Twice the same, then an edit, then the deletion."""
    how = (*AS_DEPLOYED, "kustomize-controller")
    for manifest in (team.registry, team.asset(), team.asset(), team.asset(tags={"stage": "prod"})):
        assert deployer.tries(cluster, *how, thing=manifest) == DONE
    for kind, name in (("mlasset", "asset"), ("mlregistry", "registry")):
        assert deployer.tries(cluster, "delete", kind, name) == DONE
        assert cluster.find(Ref({"mlasset": "MLAsset"}.get(kind, "MLRegistry"), name, team.namespace)) is None


@pytest.mark.promise(16)
@pytest.mark.usefixtures("controllers")
@pytest.mark.parametrize("name", CONTROLLERS)
def test_as_they_are_installed_by_default_they_deploy_as_before(
    cluster: Cluster, team: Deployed, name: str
) -> None:
    deploys(cluster, Person(CONTROLLERS[name], team.namespace), team)


@pytest.mark.promise(16)
def test_as_a_service_account_of_the_tenant_they_need_what_a_person_would_need(
    cluster: Cluster, team: Deployed
) -> None:
    """With the chart's ClusterRoles and the Role for the Secret that docs/flux.md shows."""
    tenant = Person(f"system:serviceaccount:{team.namespace}:flux", team.namespace)
    how = (*AS_DEPLOYED, "kustomize-controller")
    apply(cluster.plane, [tenant.binding("mlregistry-asset-publisher")])

    refused = tenant.tries(cluster, *how, thing=team.asset())
    assert refused.sentence.startswith(f"{SECRET_FIELDS[1].field}: you may not get Secret {SECRET} yourself")
    tenant.may_get(cluster, SECRET)
    assert tenant.tries(cluster, *how, thing=team.asset()) == DONE
    assert tenant.tries(cluster, *how, thing=team.registry).by_rbac, "a publisher makes no registry"

    apply(cluster.plane, [tenant.binding("mlregistry-registry-manager")])
    deploys(cluster, tenant, team)


@pytest.mark.promise(16)
@pytest.mark.parametrize("role", ["edit", "admin"])
def test_a_namespaces_own_roles_apply_on_the_server_as_before(
    cluster: Cluster, team: Deployed, role: str
) -> None:
    person = Person(f"an-{role}", team.namespace)
    apply(cluster.plane, [person.binding(role)])
    how = ("apply", "--server-side")

    for manifest in (team.asset(), team.asset(), team.asset(tags={"stage": "prod"})):
        assert person.tries(cluster, *how, thing=manifest) == DONE
    answer = person.tries(cluster, *how, thing=team.registry)
    assert (answer == DONE) is (role == "admin")
    assert answer == DONE or answer.by_rbac
