"""The webhook over HTTP: whatever comes, the answer is an AdmissionReview."""

import io
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web
from api.rule_cases import registry
from support.neighbours import MemoryNeighbours

from mlregistry_operator.admission import server
from mlregistry_operator.admission.server import MAX_BODY, PATH, admission_app


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """The running webhook."""
    runner = web.AppRunner(admission_app(MemoryNeighbours()))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield site.name.replace(":0", f":{runner.addresses[0][1]}")
    await runner.cleanup()


def asked() -> dict[str, object]:
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
    async def fails(*_: object) -> None:
        raise ZeroDivisionError("the inside of the operator")

    monkeypatch.setattr(server, "review", fails)

    async with ClientSession() as http, http.post(f"{url}{PATH}", json=asked()) as answer:
        told = await answer.text()

    assert answer.status == 500
    assert "inside of the operator" not in told
    assert "inside of the operator" in caplog.text
