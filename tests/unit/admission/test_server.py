"""The webhook over HTTP: whatever comes, the answer is an AdmissionReview."""

import asyncio
import gzip
import io
import json
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, TCPConnector, web
from api.rule_cases import registry
from support.neighbours import MemoryNeighbours

from mlregistry_operator.admission import server
from mlregistry_operator.admission.server import LARGE, LARGE_AT_ONCE, MAX_BODY, PATH, admission_app


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """The running webhook."""
    runner = web.AppRunner(admission_app(MemoryNeighbours()))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield site.name.replace(":0", f":{runner.addresses[0][1]}")
    await runner.cleanup()


def asked() -> dict[str, Any]:
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "1",
            "kind": {"group": "mlregistry.io", "version": "v1alpha1", "kind": "MLRegistry"},
            "operation": "CREATE",
            "object": registry(registryName="_"),
        },
    }


async def test_a_verdict_is_an_ordinary_answer(url: str) -> None:
    async with ClientSession() as http, http.post(f"{url}{PATH}", json=asked()) as answer:
        assert answer.status == 200
        assert (await answer.json())["response"]["allowed"] is False


@pytest.mark.parametrize(
    ("body", "code", "because"),
    [
        (b"", 400, "nothing"),
        (b"{", 400, "broken JSON"),
        (b"\xff\xfe\x00", 400, "no text at all"),
        (b"[]", 400, "JSON, and no review"),
        (b'{"a":' * 100_000, 400, "depth without end"),
        (b" " * (MAX_BODY + 1), 413, "more than any API server sends"),
    ],
)
async def test_what_cannot_be_read_is_answered_and_not_dropped(
    url: str, body: bytes, code: int, because: str
) -> None:
    async with ClientSession() as http, http.post(f"{url}{PATH}", data=io.BytesIO(body)) as answer:
        told = await answer.json()

    assert answer.status == code, because
    assert told["kind"] == "AdmissionReview"
    assert told["response"]["allowed"] is False
    assert told["response"]["status"]["code"] == code
    assert "Traceback" not in json.dumps(told)


async def test_another_path_is_not_found_and_says_so_in_kind(url: str) -> None:
    async with ClientSession() as http, http.post(f"{url}/mutate", json=asked()) as answer:
        assert answer.status == 404
        assert (await answer.json())["response"]["status"]["code"] == 404


async def test_a_fault_of_ours_is_logged_and_not_shown(
    url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("the inside of the operator")

    monkeypatch.setattr(server, "review", fails)

    async with ClientSession() as http, http.post(f"{url}{PATH}", json=asked()) as answer:
        told = await answer.text()

    assert answer.status == 500
    assert "inside of the operator" not in told
    assert "inside of the operator" in caplog.text


@pytest.mark.promise(17)
async def test_few_large_reviews_are_in_memory_at_a_time_and_small_ones_pass_them(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred objects with long annotations at once, each review waiting for the API server."""
    large, small, full, goes_on = 0, 0, asyncio.Event(), asyncio.Event()

    async def review(body: dict[str, Any], *_: object, **__: object) -> dict[str, Any]:
        nonlocal large, small
        annotated = "annotations" in body["request"]["object"]["metadata"]
        large, small = large + annotated, small + (not annotated)
        if small and large >= LARGE_AT_ONCE:
            full.set()
        await goes_on.wait()
        return {}

    monkeypatch.setattr(server, "review", review)
    long = asked()
    long["request"]["object"]["metadata"]["annotations"] = {"long": "a" * LARGE}

    async with ClientSession(connector=TCPConnector(limit=0)) as http, asyncio.TaskGroup() as group:
        for body in [*[long] * 100, asked()]:
            group.create_task(http.post(f"{url}{PATH}", json=body))
        await full.wait()
        await asyncio.sleep(0.3)
        most = large
        goes_on.set()

    assert (most, large, small) == (LARGE_AT_ONCE, 100, 1)


@pytest.mark.promise(17)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
async def test_another_method_is_refused(url: str, method: str) -> None:
    async with ClientSession() as http, http.request(method, f"{url}{PATH}", json=asked()) as answer:
        assert answer.status == 405


@pytest.mark.promise(17)
@pytest.mark.parametrize(
    "content_type", ["text/xml", "multipart/form-data", "application/x-www-form-urlencoded", "x"]
)
async def test_a_review_is_one_whatever_type_it_claims_to_have(url: str, content_type: str) -> None:
    body, headers = json.dumps(asked()).encode(), {"Content-Type": content_type}
    async with ClientSession() as http, http.post(f"{url}{PATH}", data=body, headers=headers) as answer:
        assert answer.status == 200
        assert (await answer.json())["response"]["allowed"] is False


@pytest.mark.promise(17)
async def test_a_packed_body_is_not_unpacked(url: str) -> None:
    bomb = gzip.compress(b" " * 128 * 2**20)
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    tracemalloc.start()
    try:
        async with ClientSession() as http, http.post(f"{url}{PATH}", data=bomb, headers=headers) as answer:
            assert answer.status == 400
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert most < MAX_BODY


@pytest.mark.promise(17)
async def test_a_review_is_answered_beside_fifteen_hundred_idle_connections(url: str) -> None:
    """Some have said nothing, some a part of a request, and some a part of a body."""
    port = int(url.rpartition(":")[2])
    said = (b"", b"POST /validate HT", b"POST /validate HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
    idle = []
    try:
        for n in range(1_500):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            idle.append(writer)
            writer.write(said[n % 3])
        async with (
            asyncio.timeout(5),
            ClientSession() as http,
            http.post(f"{url}{PATH}", json=asked()) as answer,
        ):
            assert answer.status == 200
    finally:
        for writer in idle:
            writer.transport.abort()
