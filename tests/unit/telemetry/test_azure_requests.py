"""Requests to Azure: what they are called in metrics and spans, and that no name or secret is among it."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import REGISTRY

from mlregistry_operator.cloud.azure import pacing, throttling
from mlregistry_operator.cloud.azure.gates import Gates, HeldBackError
from mlregistry_operator.cloud.azure.measuring import ThrottleMetrics, measured, resource_of
from mlregistry_operator.telemetry import tracing

GROUP = "/subscriptions/0000/resourceGroups/ml"
ACCOUNT = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/demo"
REGISTRY_ = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/demo"


@pytest.mark.parametrize(
    ("path", "query", "resource"),
    [
        (GROUP, "api-version=1", "resourceGroups"),
        (ACCOUNT, "", "storageAccounts"),
        (ACCOUNT.lower(), "", "storageAccounts"),
        (f"{ACCOUNT}/blobServices/default/containers/models", "", "containers"),
        (f"{ACCOUNT}/providers/Microsoft.Authorization/roleAssignments/1", "", "roleAssignments"),
        (REGISTRY_, "", "registries"),
        (f"{REGISTRY_}/replications/westus", "", "replications"),
        (f"{REGISTRY_}/importImage", "", "importImage"),
        (
            "/subscriptions/0000/providers/Microsoft.Storage/locations/eastus/asyncoperations/17",
            "",
            "asyncOperations",
        ),
        ("/subscriptions/0000/providers/Microsoft.New/things/17", "", "other"),
        ("/tenant/oauth2/v2.0/token", "", "tokens"),
        ("/demo/oauth2/exchange", "", "tokens"),
        ("/demo/v2/environments/sklearn/manifests/sha256:1", "", "images"),
        ("/acr/v1/_catalog", "", "images"),
        ("/models", "restype=container", "containers"),
        ("/models", "restype=container&comp=list&prefix=taxi", "containers"),
        ("/", "comp=list&include=", "containers"),
        ("/", "restype=service&comp=userdelegationkey", "delegationKeys"),
        ("/models/taxi/3/files/v2", "comp=block&blockid=1", "blobs"),
        ("/models/taxi/3/manifest.json", "sig=secret", "blobs"),
    ],
)
def test_what_a_request_is_about_is_a_word_of_a_small_set(path: str, query: str, resource: str) -> None:
    assert resource_of(path, query) == resource


@pytest.fixture
async def session() -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    """A session as the adapters use it, and somebody who answers 404."""
    runner = web.AppRunner(web.Application())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    async with aiohttp.ClientSession(middlewares=(measured,)) as http:
        yield http, site.name.replace(":0", f":{runner.addresses[0][1]}")
    await runner.cleanup()


def counted(code: str) -> float:
    labels = {"resource": "blobs", "method": "GET", "code": code}
    return REGISTRY.get_sample_value("mlregistry_azure_requests_total", labels) or 0.0


async def test_every_answer_counts_and_so_does_none(session: tuple[aiohttp.ClientSession, str]) -> None:
    http, url = session
    before = counted("404"), counted("none")

    async with http.get(f"{url}/models/x") as answer:
        assert answer.status == 404
    with pytest.raises(aiohttp.ClientError):
        await http.get("http://127.0.0.1:1/models/x")

    assert (counted("404"), counted("none")) == (before[0] + 1, before[1] + 1)
    seconds = REGISTRY.get_sample_value(
        "mlregistry_azure_request_seconds_count", {"resource": "blobs", "method": "GET"}
    )
    assert seconds is not None
    assert seconds >= 2


@pytest.mark.promise(13)
async def test_a_span_of_a_request_tells_its_status_and_no_secret(
    session: tuple[aiohttp.ClientSession, str],
) -> None:
    exporter = InMemorySpanExporter()
    tracing.start(SimpleSpanProcessor(exporter))
    try:
        http, url = session
        async with http.get(f"{url}/models/x?sv=1&sig=s3cr3t", headers={"Authorization": "Bearer s3cr3t"}):
            pass
        with pytest.raises(ValueError, match="s3cr3t"), tracing.span("GET blobs", {}):
            raise ValueError("https://host/models/x?sig=s3cr3t")
    finally:
        tracing.stop()

    one, failed = exporter.get_finished_spans()
    assert not failed.status.is_ok
    assert "s3cr3t" not in failed.to_json()
    assert one.name == "GET blobs"
    assert one.attributes is not None
    assert one.attributes["http.response.status_code"] == 404
    assert "s3cr3t" not in one.to_json()


@pytest.mark.parametrize(
    ("method", "url", "code", "kind"),
    [
        ("GET", ACCOUNT, "SubscriptionRequestsThrottled", "subscription"),
        ("GET", ACCOUNT, "TooManyRequests", "provider"),
        ("POST", f"{REGISTRY_}/importImage", "TooManyRequests", "action"),
    ],
)
def test_a_refusal_is_counted_by_the_kind_of_its_scope(method: str, url: str, code: str, kind: str) -> None:
    def refusals() -> float:
        return REGISTRY.get_sample_value("mlregistry_azure_throttled_total", {"scope": kind}) or 0.0

    before = refusals()
    throttling.Throttle().refused(method, url, code, 1.0)
    assert refusals() == before + 1


async def test_who_comes_to_a_closed_scope_is_counted_with_the_wait() -> None:
    def told(name: str) -> float:
        return REGISTRY.get_sample_value(name, {"scope": "storageAccount"}) or 0.0

    names = ("mlregistry_azure_held_back_total", "mlregistry_azure_throttle_wait_seconds_total")
    gates = Gates(clock=lambda: 100.0, told=ThrottleMetrics(pacing.kind_of))
    before = [told(name) for name in names]
    gates.close(("https://demo", ""), 30.0, 0.1)

    with pytest.raises(HeldBackError) as held:
        await gates.enter([("https://demo", "")])

    assert [told(name) for name in names] == [before[0] + 1, pytest.approx(before[1] + held.value.seconds)]
