"""What arrives of lists and watches: bounded, and without what objects say at length."""

import gzip
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from kopf._cogs.clients.api import iter_jsonlines

from mlregistry_operator.api.objects import MLAsset, MLRegistry
from mlregistry_operator.kube import watching
from mlregistry_operator.kube.slimming import slim, without_text
from mlregistry_operator.kube.watching import WHOLE, LargeAnswerError, slimmed

Body = dict[str, Any]
TEXT = "said at length " * 17
CONDITION = {
    "type": "Published",
    "status": "True",
    "reason": "Succeeded",
    "message": TEXT,
    "observedGeneration": 1,
    "lastTransitionTime": "2026-11-30T12:00:00Z",
}
ASSET: Body = {
    "apiVersion": "mlregistry.io/v1alpha1",
    "kind": "MLAsset",
    "metadata": {
        "name": "train",
        "namespace": "team-a",
        "uid": "uid",
        "resourceVersion": "7",
        "generation": 1,
        "finalizers": ["others/first", "mlregistry.io/finalizer"],
        "labels": {"app": TEXT},
        "annotations": {
            "kubectl.kubernetes.io/last-applied-configuration": TEXT,
            "mlregistry.io/adopt": "id",
        },
        "managedFields": [{"manager": TEXT}],
    },
    "spec": {
        "registryRef": {"name": "demo"},
        "type": "Component",
        "assetName": "train",
        "version": "1",
        "description": TEXT,
        "tags": {"a": TEXT},
        "lineage": {"jobName": TEXT},
        "source": {"inline": f"name: {TEXT}"},
        "references": [{"type": "Data", "assetName": "rides", "version": "1"}],
    },
    "status": {
        "observedGeneration": 1,
        "digest": f"sha256:{'0' * 64}",
        "conditions": [CONDITION],
        "regions": [{"location": "eastus", "state": "Ready", "uri": "https://a/b", "message": TEXT}],
    },
}
PAGE: Body = {
    "kind": "MLAssetList",
    "metadata": {"resourceVersion": "9", "continue": "more"},
    "items": [ASSET],
}


def test_what_is_kept_of_an_object_says_nothing_at_length_and_can_be_read() -> None:
    kept = without_text(ASSET)

    assert TEXT not in json.dumps(kept)
    read = MLAsset.model_validate(kept)
    assert read.spec.references == MLAsset.model_validate(ASSET).spec.references
    assert read.status.regions[0].state == "Ready"
    assert read.status.conditions[0].type == "Published"
    assert kept["metadata"]["finalizers"] == ASSET["metadata"]["finalizers"]
    assert kept["metadata"]["annotations"] == {"mlregistry.io/adopt": "id"}
    assert ASSET["spec"]["description"] == TEXT, "the object itself is left alone"


def test_a_component_that_is_listed_keeps_the_specification_with_its_references() -> None:
    assert slim(ASSET)["spec"]["source"] == ASSET["spec"]["source"]
    model = {**ASSET, "spec": {**ASSET["spec"], "type": "Model"}}
    assert "inline" not in slim(model)["spec"]["source"]


def test_a_registry_that_is_listed_can_be_read() -> None:
    azure = {"subscriptionId": "s", "resourceGroup": "g"}
    spec = {"location": "eastus", "replicationLocations": [{"location": "eastus"}], "azure": azure}
    body = {"metadata": ASSET["metadata"], "spec": {**spec, "description": TEXT, "tags": {"a": TEXT}}}

    assert MLRegistry.model_validate(slim(body)).spec.azure.resource_group == "g"
    assert TEXT not in json.dumps(slim(body))


@pytest.mark.parametrize(
    "mangled", [{}, {"spec": "x", "status": 1}, {"spec": {"source": 3}, "status": {"regions": [1]}}]
)
def test_a_mangled_object_is_slimmed_without_an_error(mangled: Body) -> None:
    slim(mangled)
    without_text(mangled)


@dataclass
class Server:
    """An API server that answers with what it is given."""

    url: str = ""
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        assert request.headers["Accept-Encoding"] == "identity"
        response = web.StreamResponse(headers={"Content-Type": "application/json", **self.headers})
        await response.prepare(request)
        for start in range(0, len(self.body), 1000):
            await response.write(self.body[start : start + 1000])
        return response


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    app = web.Application()
    app.router.add_get("/{path:.*}", server.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(auto_decompress=False, middlewares=(slimmed,)) as session:
        yield session


async def test_a_list_arrives_slim(server: Server, session: aiohttp.ClientSession) -> None:
    server.body = json.dumps(PAGE).encode()

    async with session.get(f"{server.url}/apis?limit=16") as response:
        found = await response.json()

    assert found == {**PAGE, "items": [without_text(ASSET)]}


async def test_events_arrive_slim_and_whatever_else_as_it_is(
    server: Server, session: aiohttp.ClientSession
) -> None:
    bookmark = {"type": "BOOKMARK", "object": {"kind": "MLAsset", "metadata": {"resourceVersion": "9"}}}
    gone = {"type": "ERROR", "object": {"kind": "Status", "code": 410, "message": TEXT}}
    events = [{"type": "ADDED", "object": ASSET}, bookmark, {"type": "MODIFIED", "object": ASSET}, gone]
    server.body = b"".join(json.dumps(one).encode() + b"\n" for one in events)

    async with session.get(f"{server.url}/apis?watch=true") as response:
        found = [json.loads(line) async for line in iter_jsonlines(response.content)]

    thin = without_text(ASSET)
    assert found == [{"type": "ADDED", "object": thin}, bookmark, {"type": "MODIFIED", "object": thin}, gone]


@pytest.mark.promise(17)
async def test_an_event_or_a_page_that_no_object_can_make_is_given_up(
    server: Server, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "EVENT", 10_000)
    server.body = b"x" * 20_000
    async with session.get(f"{server.url}/apis?watch=true") as response:
        with pytest.raises(LargeAnswerError):
            [line async for line in iter_jsonlines(response.content)]

    server.body = b"x" * (WHOLE + 1)
    async with session.get(f"{server.url}/apis") as response:
        with pytest.raises(LargeAnswerError, match="larger than 32 MiB"):
            await response.read()


@pytest.mark.promise(17)
async def test_a_packed_answer_is_not_unpacked(server: Server, session: aiohttp.ClientSession) -> None:
    server.body, server.headers = gzip.compress(b" " * 2**20), {"Content-Encoding": "gzip"}

    with pytest.raises(LargeAnswerError, match="packed"):
        await session.get(f"{server.url}/apis")
