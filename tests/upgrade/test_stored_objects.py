"""What an earlier version has stored is accepted, read, and left alone by this one."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.clouds import MockCloud
from support.clusters import Cluster, Ref, condition
from support.manifests import Manifest

from hack.controlplane.plane import ControlPlane
from hack.fixtures.stored import Where, azure_of, objects_of, versions
from hack.world.operators import OperatorProcess
from hack.world.teams import plant
from mlregistry_operator.api.objects import MLAsset, MLRegistry
from mockcloud import defaults
from mockcloud.client import is_write

pytestmark = pytest.mark.stored_statuses

MODELS = {"MLRegistry": MLRegistry, "MLAsset": MLAsset}
SOMEWHERE = Where("00000000-0000-0000-0000-000000000000", 18443)
VERSIONS = [pytest.param(folder, id=folder.name) for folder in versions()]
STORED = [
    pytest.param(one, id=f"{folder.name}-{one['kind']}-{one['metadata']['name']}")
    for folder in versions()
    for one in objects_of(folder, SOMEWHERE)
]
STRICT = {"fieldValidation": "Strict"}
MERGE = {"Content-Type": "application/merge-patch+json"}


@pytest.fixture
def here(cluster: Cluster, cloud: MockCloud) -> Where:
    uid = cluster.get(Ref("Namespace", "kube-system"))["metadata"]["uid"]
    return Where(uid, httpx.URL(cloud.cloud.url).port or 443)


@pytest.fixture
def server(installed: ControlPlane) -> Iterator[httpx.Client]:
    with installed.client() as client:
        yield client


def store(server: httpx.Client, stored: Manifest) -> None:
    """As the API server holds it after an upgrade: the spec as it was, and the status too."""
    ref, spec = Ref.of(stored), {name: value for name, value in stored.items() if name != "status"}
    namespace = {"metadata": {"name": ref.namespace}}
    server.post("/api/v1/namespaces", json=namespace)
    answer = server.post(ref.collection, json=spec, params=STRICT)
    assert answer.is_success, answer.json()["message"]
    put_status(server, stored)


def put_status(server: httpx.Client, stored: Manifest) -> None:
    status = {"status": stored["status"]}
    answer = server.patch(f"{Ref.of(stored).path}/status", json=status, params=STRICT, headers=MERGE)
    assert answer.is_success, answer.json()["message"]


def settled_reads_only(cluster: Cluster, cloud: MockCloud, objects: list[Manifest]) -> None:
    """Have each object looked at; nothing is written to Azure, and all are ready as before."""
    mark = cloud.last_request()
    for one in objects:
        seen = cluster.look_now(one, seconds=120)
        assert condition(seen, "Ready")["status"] == "True", condition(seen, "Ready")
    written = [
        f"{one['method']} {one['path']}"
        for one in cloud.requests(mark)
        if one["principalId"] == defaults.OPERATOR_PRINCIPAL_ID
        and is_write(one)
        and "/oauth2/" not in one["path"]
    ]
    assert not written


@pytest.mark.parametrize("stored", STORED)
def test_a_stored_object_is_read_with_its_status(stored: Manifest) -> None:
    body = stored | {"metadata": stored["metadata"] | {"uid": "uid", "generation": 1}}
    read = MODELS[stored["kind"]].model_validate(body)
    assert read.status.observed_generation == stored["status"]["observedGeneration"]
    assert {one.type for one in read.status.conditions} >= {"Ready"}


@pytest.mark.parametrize("folder", VERSIONS)
def test_the_api_server_takes_what_was_stored(folder: Path, cluster: Cluster, server: httpx.Client) -> None:
    for stored in objects_of(folder, SOMEWHERE):
        store(server, stored)
        found = cluster.get(stored)
        assert (found["spec"], found["status"]) == (stored["spec"], stored["status"])


@pytest.mark.promise(3)
@pytest.mark.parametrize("folder", VERSIONS)
def test_registries_that_an_earlier_version_made_are_left_as_they_are(
    folder: Path,
    *,
    here: Where,
    cluster: Cluster,
    cloud: MockCloud,
    server: httpx.Client,
    idle_operator: OperatorProcess,
) -> None:
    for body in azure_of(folder, here):
        cloud.put_resource(body["id"], body)
    registries = [one for one in objects_of(folder, here) if one["kind"] == "MLRegistry"]
    for one in registries:
        store(server, one)

    idle_operator.start()

    settled_reads_only(cluster, cloud, registries)


@pytest.mark.promise(3)
@pytest.mark.parametrize("folder", VERSIONS)
def test_versions_that_are_published_are_known_again_by_the_status_of_an_earlier_version(
    folder: Path,
    *,
    here: Where,
    cluster: Cluster,
    cloud: MockCloud,
    server: httpx.Client,
    operator: OperatorProcess,
) -> None:
    plant(cloud)
    objects = list(objects_of(folder, here))
    for one in objects:
        fresh = {
            **one,
            "metadata": one["metadata"] | {"finalizers": []},
            "status": {"observedGeneration": -1},
        }
        store(server, fresh)
    for one in objects:
        cluster.ready(one, seconds=120)
    operator.stop()
    for one in objects:
        put_status(server, one)

    operator.start()

    settled_reads_only(cluster, cloud, objects)
