"""The page on tenants who do not trust each other, applied as it stands, and what each team then may not do.

Only what is Azure's is replaced: hosts, identities and the second subscription are the mock cloud's.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from support.assets import ready, refused_for
from support.clouds import ACCOUNTS, MockCloud
from support.clusters import Cluster, Ref, RefusedError
from support.manifests import Manifest
from support.pages import DOCS, blocks

from hack.world.clouds import Cloud
from hack.world.operators import OperatorProcess
from mockcloud import defaults
from mockcloud.server import MockCloudThread

pytestmark = pytest.mark.promise(16)

GROUPS = (
    f"/subscriptions/{defaults.SUBSCRIPTION_ID}/resourceGroups/ml-registries",
    "/subscriptions/44444444-4444-4444-4444-444444444444/resourceGroups/team-b-registry",
)
TEAM_B: dict[str, Any] = {
    "principalId": "bbbbbbbb-0000-4000-8000-000000000001",
    "clientId": "bbbbbbbb-0000-4000-8000-000000000002",
    "clientSecret": "team-b-secret-of-the-mock-cloud",
    "roles": [
        {"role": role, "scope": GROUPS[1].rpartition("/resourceGroups")[0]}
        for role in ("Contributor", "Storage Blob Data Contributor", "Storage Blob Delegator")
    ],
}
ALICE, BOB = ("alice", "team-a"), ("bob", "team-b")
SHARED = Ref("MLRegistry", "shared", "ml-platform")
PRIVATE = Ref("MLRegistry", "private", "team-b")
MODEL = Ref("MLAsset", "taxi-fare-3", "team-a")


def page(cloud: MockCloud) -> Iterator[Any]:
    """Every document of the page, values of the chart among them, with the mock cloud in Azure's place."""
    replaced = {
        "https://teama.blob.core.windows.net/": f"{cloud.cloud.url}/teama/",
        "https://teamb.blob.core.windows.net/": f"{cloud.cloud.url}/teamb/",
        "AZURE_TENANT_ID: 22222222-2222-2222-2222-222222222222": f"AZURE_TENANT_ID: {defaults.TENANT_ID}",
        "33333333-3333-3333-3333-333333333333": TEAM_B["clientId"],
        "replace-me": TEAM_B["clientSecret"],
    }
    for block in blocks(DOCS / "multi-tenancy.md"):
        if block.language == "yaml":
            text = block.text
            for before, after in replaced.items():
                text = text.replace(before, after)
            yield from yaml.safe_load_all(text)


def count_as_the_controller_does(cluster: Cluster, quota: Manifest) -> None:
    """This API server has no controller of quotas, without which nothing may be made under one."""
    place = [quota["metadata"]["name"], f"--namespace={quota['metadata']['namespace']}"]
    hard = quota["spec"]["hard"]
    status = {"hard": hard, "used": dict.fromkeys(hard, "0")}
    patch = json.dumps({"status": status})
    cluster.kubectl(
        "patch", "resourcequota", *place, "--subresource=status", "--type=merge", f"--patch={patch}"
    )


@pytest.fixture
def cloud() -> Iterator[MockCloud]:
    """Azure with the platform's subscription and team B's."""
    subscriptions = tuple(group.split("/")[2] for group in GROUPS)
    with MockCloudThread(subscriptions=subscriptions, settings={"lroSeconds": 0}) as thread:
        yield MockCloud(Cloud(thread.url, thread.ca_file))


@pytest.fixture
def tenants(cluster: Cluster, cloud: MockCloud, idle_operator: OperatorProcess) -> Iterator[None]:
    """The page, applied from its first line to its last, and an operator with its values."""
    cloud.principals([*cloud.principals(), TEAM_B])
    for group in GROUPS:
        cloud.put_resource(group, {"location": "eastus"})
    for team in ("teama", "teamb"):
        cloud.put_blob(team, "models", "taxi-fare/3/model.bin", team.encode())
    documents = list(page(cloud))
    (values,) = (one for one in documents if "kind" not in one)
    allowed = json.dumps(values["identity"]["allowed"])
    idle_operator.settings |= {"MLREGISTRY_IDENTITY__ALLOWED": allowed}
    idle_operator.start()
    manifests = [one for one in documents if "kind" in one]
    for one in manifests:
        cluster.apply(one)
        if one["kind"] == "ResourceQuota":
            count_as_the_controller_does(cluster, one)
    cluster.ready(SHARED)
    cluster.ready(PRIVATE)
    yield
    cluster.empty()
    for one in manifests:
        if one["kind"] != "Namespace" and not one["kind"].startswith("ML"):
            place = f"--namespace={one['metadata']['namespace']}"
            cluster.kubectl("delete", one["kind"], one["metadata"]["name"], place)


def apply_as(cluster: Cluster, person: tuple[str, str], manifest: Manifest) -> None:
    """`kubectl apply` by somebody of a team. Raises RefusedError."""
    user, team = person
    who = [f"--as={user}", f"--as-group={team}", "--as-group=system:authenticated"]
    cluster.kubectl("apply", "--filename=-", *who, stdin=json.dumps(manifest))


def asset(name: str, namespace: str, registry: Ref, url: str, **blob: Any) -> Manifest:
    return {
        "apiVersion": "mlregistry.io/v1alpha1",
        "kind": "MLAsset",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "registryRef": {"name": registry.name, "namespace": registry.namespace},
            "type": "Model",
            "assetName": name,
            "version": "1",
            "model": {"format": "Custom"},
            "source": {"blob": {"url": url, **blob}},
        },
    }


def registry(cluster: Cluster, name: str, namespace: str = "team-b", **annotations: str) -> Manifest:
    """Another registry like the shared one, by the operator's own identity."""
    spec = dict(cluster.get(SHARED)["spec"]) | {"registryName": name}
    metadata = {"name": name, "namespace": namespace, "annotations": annotations}
    return {"apiVersion": "mlregistry.io/v1alpha1", "kind": "MLRegistry", "metadata": metadata, "spec": spec}


def own(cluster: Cluster, name: str) -> Manifest:
    """Another registry of team B by its own identity, which is not to make anything."""
    spec = cluster.get(PRIVATE)["spec"] | {"registryName": name, "suspend": True}
    metadata = {"name": name, "namespace": "team-b"}
    return {"apiVersion": "mlregistry.io/v1alpha1", "kind": "MLRegistry", "metadata": metadata, "spec": spec}


@pytest.mark.usefixtures("tenants")
def test_the_page_holds_for_teams_that_attack_each_other(cluster: Cluster, cloud: MockCloud) -> None:
    """One story, because the page takes seconds to apply."""
    assert ready(cluster, MODEL)["status"]["readyRegions"] == "2/2"

    # A team publishes from its own container, and from nobody else's.
    apply_as(cluster, ALICE, asset("own", "team-a", SHARED, f"{cloud.cloud.url}/teama/models/taxi-fare/3"))
    apply_as(cluster, ALICE, asset("theirs", "team-a", SHARED, f"{cloud.cloud.url}/teamb/models/taxi-fare/3"))
    ready(cluster, Ref("MLAsset", "own", "team-a"))
    refused_for(cluster, Ref("MLAsset", "theirs", "team-a"), "SourceNotAllowed")

    # A publisher makes no registry, and names no Secret that he may not read.
    with pytest.raises(RefusedError, match=r"cannot (create|get) resource"):
        apply_as(
            cluster, ALICE, registry(cluster, "mine") | {"metadata": {"name": "mine", "namespace": "team-a"}}
        )
    with pytest.raises(RefusedError, match=r"cannot (create|get) resource"):
        apply_as(cluster, ALICE, asset("there", "team-b", PRIVATE, f"{cloud.cloud.url}/teama/models"))

    # A registry that is closed to a namespace is closed by the address of its account, too.
    (account,) = (one for one in cloud.resources(ACCOUNTS) if "44444444" in one["id"])
    stolen = f"{cloud.cloud.url}/{account['name']}/models/anything/1/files"
    mark = cloud.last_request()
    apply_as(cluster, ALICE, asset("stolen", "team-a", SHARED, stolen))
    refused_for(cluster, Ref("MLAsset", "stolen", "team-a"), "SourceNotAllowed")
    assert not [one for one in cloud.requests(mark) if one["path"].startswith(f"/{account['name']}/models")]

    # A team's own registry does not use the platform's identity, whatever it says of itself.
    victim = next(one["id"] for one in cloud.resources(ACCOUNTS) if "ml-registries" in one["id"])
    with (
        cloud.silence(because="nothing is done with the operator's own identity for team B"),
        pytest.raises(RefusedError, match=r"identity\.allowed"),
    ):
        apply_as(cluster, BOB, registry(cluster, "thief", **{"mlregistry.io/adopt": victim}))

    # Two registries are what its quota allows.
    apply_as(cluster, BOB, own(cluster, "second"))
    with pytest.raises(RefusedError, match="exceeded quota"):
        apply_as(cluster, BOB, own(cluster, "third"))
