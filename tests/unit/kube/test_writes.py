"""What is written to the API server: by the replica that leads alone, and to the version that was read."""

from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from kubernetes.aio import client
from support.api_servers import ApiServer, served

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.domain.leadership import Tenure, endless
from mlregistry_operator.kube.client import watch_session
from mlregistry_operator.kube.cluster import KubernetesCluster
from mlregistry_operator.kube.events import EventRecorder
from mlregistry_operator.kube.lease import KubernetesLease
from mlregistry_operator.kube.ports import REGISTRIES, ConflictError, GoneError, LostError
from mlregistry_operator.kube.rest import APPLY_PATCH, STRATEGIC_PATCH, Rest

PATH = "/apis/mlregistry.io/v1alpha1/namespaces/a/mlregistries/b"
KEY = ObjectKey("a", "b")

WRITES: dict[str, Callable[[Rest], Coroutine[Any, Any, Any]]] = {
    "POST": lambda rest: rest.create(PATH, {}),
    "PUT": lambda rest: rest.replace(PATH, {}),
    "PATCH": lambda rest: rest.patch(PATH, {}),
    "PATCH of lists": lambda rest: rest.patch(PATH, {}, STRATEGIC_PATCH),
    "PATCH that applies": lambda rest: rest.patch(PATH, {}, APPLY_PATCH),
}


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with served(ApiServer()) as server:
        yield server


@pytest.fixture
def loaded(server: ApiServer) -> client.Configuration:
    loaded = client.Configuration()
    loaded.host = server.url
    return loaded


@pytest.mark.promise(4)
@pytest.mark.parametrize("write", WRITES.values(), ids=list(WRITES))
async def test_nothing_is_written_to_the_cluster_after_the_reign_and_everything_in_it(
    server: ApiServer, loaded: client.Configuration, write: Callable[[Rest], Coroutine[Any, Any, Any]]
) -> None:
    reign = endless()
    async with client.ApiClient(loaded) as api:
        rest = Rest(api, reign)
        await write(rest)
        assert len(server.heard) == 1

        reign.end()
        with pytest.raises(LostError):
            await write(rest)
        assert len(server.heard) == 1, "nothing was sent"

        assert await rest.get(PATH) == {}, "whoever does not lead may look on"


@pytest.mark.promise(4)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_kopf_writes_nothing_after_the_reign_either(
    server: ApiServer, loaded: client.Configuration, method: str
) -> None:
    reign = endless()
    async with watch_session(loaded, reign) as session:
        await session.request(method, f"{server.url}{PATH}", json={})
        reign.end()
        with pytest.raises(aiohttp.ClientConnectionError, match="another replica may reconcile"):
            await session.request(method, f"{server.url}{PATH}", json={})
        await session.get(f"{server.url}{PATH}")

    assert [one.method for one in server.heard] == [method, "GET"]


@pytest.mark.promise(4)
async def test_a_lease_is_written_over_the_version_that_was_read_and_made_where_none_was(
    server: ApiServer, loaded: client.Configuration
) -> None:
    server.answers = lambda asked: web.json_response(
        {**asked.body, "metadata": asked.body["metadata"] | {"resourceVersion": "8"}}
    )
    mine = Tenure("me", 15, "then", "now", transitions=3, version="7")
    async with client.ApiClient(loaded) as api:
        lease = KubernetesLease(Rest(api), KEY)
        assert await lease.write(mine) == replace(mine, version="8")
        assert await lease.write(replace(mine, version="")) == replace(mine, version="8")
        server.answers = lambda _: web.json_response({}, status=409)
        with pytest.raises(ConflictError):
            await lease.write(mine)

    assert {one.method for one in server.heard} == {"PUT"}, "a version makes it a comparison"
    assert [one.body["metadata"].get("resourceVersion") for one in server.heard] == ["7", None, "7"]
    assert server.heard[0].body["spec"]["holderIdentity"] == "me"


@pytest.mark.promise(12)
async def test_a_status_is_written_to_the_version_that_was_read_and_to_no_other(
    server: ApiServer, loaded: client.Configuration
) -> None:
    async with client.ApiClient(loaded) as api:
        rest = Rest(api)
        cluster = KubernetesCluster(rest, EventRecorder(rest, "test"))
        await cluster.write_status(REGISTRIES, KEY, "41", {"assets": 1})
        for status, error in ((409, ConflictError), (404, GoneError)):
            server.answers = lambda _, status=status: web.json_response({}, status=status)  # type: ignore[misc]
            with pytest.raises(error):
                await cluster.write_status(REGISTRIES, KEY, "41", {"assets": 1})

    assert server.heard[0].path == f"{PATH}/status"
    assert [one.body for one in server.heard] == [
        {"metadata": {"resourceVersion": "41"}, "status": {"assets": 1}}
    ] * 3
