"""The webhook as the API server asks it: as shipped, over TLS, on CRDs without their rules.

Where CEL is there, the API server has refused before it asks; so the rules are taken out here, on a control
plane of this module's own.
"""

import asyncio
import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from aiohttp import web
from api.rule_cases import Body, asset, environment, regions, registry
from support.neighbours import MemoryNeighbours

from hack.controlplane.certificates import Authority
from hack.controlplane.plane import ControlPlane, ControlPlaneError, control_plane
from mlregistry_operator.admission.server import PATH, admission_app
from mlregistry_operator.api.rules import RULES

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = ROOT / "helm" / "mlregistry-operator" / "files" / "webhook.yaml"
SENTENCES = {rule.id: rule.sentence for rule in RULES}
MLREG = "/apis/mlregistry.io/v1alpha1/namespaces/default/mlregistries"
MERGE = {"Content-Type": "application/merge-patch+json"}


class Webhook:
    """The running webhook, and how often it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Body] = []
        self.around = MemoryNeighbours()

    @web.middleware
    async def count(self, request: web.Request, handler: Any) -> web.StreamResponse:
        review = json.loads(await request.read())
        self.asked.append(review["request"])
        answer: web.StreamResponse = await handler(request)
        return answer

    def reset(self) -> None:
        self.asked.clear()
        self.around.fails = False


@contextmanager
def served(authority: Authority, folder: Path) -> Iterator[Webhook]:
    """The application behind TLS, on a loop of its own."""
    authority.server("webhook", ["127.0.0.1"]).save(folder, "webhook")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "webhook.crt", folder / "webhook.key")
    webhook, loop, ready = Webhook(), asyncio.new_event_loop(), threading.Event()
    app = admission_app(webhook.around)
    app.middlewares.insert(0, webhook.count)
    runner = web.AppRunner(app)

    async def start() -> None:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        webhook.url = f"https://127.0.0.1:{runner.addresses[0][1]}{PATH}"
        ready.set()

    def run() -> None:
        loop.run_until_complete(start())
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(10), "the webhook listens"
    try:
        yield webhook
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def without_rules(schema: Any) -> Any:
    """A schema from which every CEL rule is taken."""
    if isinstance(schema, dict):
        kept = (name for name in schema if name != "x-kubernetes-validations")
        return {name: without_rules(schema[name]) for name in kept}
    return [without_rules(item) for item in schema] if isinstance(schema, list) else schema


@dataclass(frozen=True, slots=True)
class Served:
    """The webhook and the authority that vouches for it."""

    webhook: Webhook
    bundle: bytes


@pytest.fixture(scope="module")
def listening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The webhook, which nobody asks yet."""
    authority = Authority("webhook")
    with served(authority, tmp_path_factory.mktemp("webhook")) as webhook:
        yield Served(webhook, authority.certificate)


@pytest.fixture(scope="module")
def bare_plane(listening: Served) -> Iterator[ControlPlane]:
    """An API server whose CRDs have no CEL rules; it ends before the webhook does."""
    with control_plane() as plane:
        for path in sorted((ROOT / "crds").glob("*.yaml")):
            bare = without_rules(yaml.safe_load(path.read_text()))
            plane.kubectl("apply", "--server-side", "-f", "-", stdin=yaml.safe_dump(bare))
            plane.kubectl("wait", "--for=condition=Established", "--timeout=30s", "-f", path)
        yield plane


@pytest.fixture(scope="module")
def running(bare_plane: ControlPlane, listening: Served) -> Webhook:
    """The webhook, installed with the shipped configuration and asked."""
    configuration = yaml.safe_load(CONFIGURATION.read_text())
    bundle = base64.b64encode(listening.bundle).decode()
    for entry in configuration["webhooks"]:
        entry["clientConfig"] = {"url": listening.webhook.url, "caBundle": bundle}
    bare_plane.kubectl("apply", "-f", "-", stdin=yaml.safe_dump(configuration))
    _wait_until_asked(bare_plane, listening.webhook)
    return listening.webhook


@pytest.fixture
def webhook(running: Webhook) -> Webhook:
    running.reset()
    return running


@pytest.fixture
def http(bare_plane: ControlPlane) -> Iterator[httpx.Client]:
    with bare_plane.client() as client:
        yield client


@pytest.fixture
def stored(http: httpx.Client, webhook: Webhook) -> Iterator[Body]:
    """A registry that is there, with a finalizer."""
    thing = registry()
    thing["metadata"]["finalizers"] = ["mlregistry.io/finalizer"]
    made: Body = http.post(MLREG, json=thing).raise_for_status().json()
    webhook.reset()
    yield made
    left = http.get(f"{MLREG}/demo")
    if left.is_success:
        http.patch(f"{MLREG}/demo", json={"metadata": {"finalizers": None}}, headers=MERGE)
        http.delete(f"{MLREG}/demo")


def _wait_until_asked(plane: ControlPlane, webhook: Webhook) -> None:
    """The API server learns of a webhook a moment after it is stored."""
    deadline = threading.Event()
    with plane.client() as client:
        for _ in range(200):
            client.post(MLREG, params={"dryRun": "All"}, json=registry())
            if webhook.asked:
                return
            deadline.wait(0.05)
    pytest.fail("the API server never asked the webhook")


def apply(plane: ControlPlane, thing: Body, *how: str) -> str:
    return plane.kubectl("apply", "-f", "-", *how, stdin=json.dumps(thing))


@pytest.mark.promise(7)
def test_the_webhook_holds_the_primary_where_the_crd_does_not(
    bare_plane: ControlPlane, webhook: Webhook, stored: Body
) -> None:
    moved = registry(location="westus", replicationLocations=regions("eastus", "westus"))

    with pytest.raises(ControlPlaneError) as refused:
        apply(bare_plane, moved)

    told = f'The MLRegistry "demo" is invalid: spec.location: Forbidden: {SENTENCES["primary-fixed"]}'
    assert str(refused.value).endswith(told), "word for word what CEL says where the CRD has its rules"
    assert [request["operation"] for request in webhook.asked] == ["UPDATE"]


def test_a_new_object_is_judged_too(bare_plane: ControlPlane, webhook: Webhook) -> None:
    with pytest.raises(ControlPlaneError, match="must have exactly one of blob"):
        apply(bare_plane, asset(source={}))


def test_kubectl_prints_the_warnings(bare_plane: ControlPlane, http: httpx.Client, webhook: Webhook) -> None:
    answer = http.post(
        MLREG.replace("mlregistries", "mlassets"), params={"dryRun": "All"}, json=environment()
    )

    assert answer.status_code == 201
    assert "spec.source.image.reference: a tag can move" in answer.headers["Warning"]


def test_the_status_is_none_of_its_business(http: httpx.Client, webhook: Webhook, stored: Body) -> None:
    status = {"status": {"observedGeneration": 1, "readyRegions": "0/1"}}

    http.patch(f"{MLREG}/demo/status", json=status, headers=MERGE).raise_for_status()

    assert webhook.asked == []


@pytest.mark.parametrize(
    "metadata",
    [
        {"labels": {"team": "a"}},
        {"annotations": {"mlregistry.io/reconcile-at": "now"}},
        {"finalizers": ["mlregistry.io/finalizer", "example.org/other"]},
    ],
    ids=["a-label", "an-annotation-that-takes-anything", "a-finalizer"],
)
def test_an_edit_of_metadata_is_not_even_sent(
    http: httpx.Client, webhook: Webhook, stored: Body, metadata: Body
) -> None:
    http.patch(f"{MLREG}/demo", json={"metadata": metadata}, headers=MERGE).raise_for_status()

    assert webhook.asked == []


@pytest.mark.parametrize("name", ["adopt", "confirm-delete", "force-detach", "resync-interval"])
def test_an_annotation_that_has_a_form_is_sent_and_judged(
    http: httpx.Client, webhook: Webhook, stored: Body, name: str
) -> None:
    change = {"metadata": {"annotations": {f"mlregistry.io/{name}": "?"}}}

    answer = http.patch(f"{MLREG}/demo", json=change, headers=MERGE)

    assert answer.status_code == 422
    assert f"metadata.annotations[mlregistry.io/{name}]: Invalid value" in answer.json()["message"]


@pytest.mark.promise(10)
def test_no_step_of_a_deletion_is_sent(http: httpx.Client, webhook: Webhook, stored: Body) -> None:
    http.delete(f"{MLREG}/demo").raise_for_status()
    http.patch(f"{MLREG}/demo", json={"spec": {"suspend": True}}, headers=MERGE).raise_for_status()
    http.patch(f"{MLREG}/demo", json={"metadata": {"finalizers": None}}, headers=MERGE).raise_for_status()

    assert http.get(f"{MLREG}/demo").status_code == 404
    assert [request["operation"] for request in webhook.asked] == ["DELETE"], "only what begins it"


def test_where_other_objects_cannot_be_seen_kubectl_says_so_and_the_edit_passes(
    http: httpx.Client, webhook: Webhook, stored: Body
) -> None:
    webhook.around.fails = True

    made = http.post(MLREG, params={"dryRun": "All"}, json=registry("other"))
    deleted = http.delete(f"{MLREG}/demo", params={"dryRun": "All"})

    assert (made.status_code, deleted.status_code) == (201, 200)
    for answer in (made, deleted):
        assert "could not look at other objects; the controller decides" in answer.headers["Warning"]


@pytest.mark.promise(9)
def test_a_region_that_comes_back_is_measured_by_what_it_left(
    http: httpx.Client, webhook: Webhook, stored: Body
) -> None:
    left = {"id": "/x", "location": "westus", "reason": "It left.", "type": "Premium_LRS", "hns": False}
    status = {"status": {"observedGeneration": 1, "retained": [left]}}
    http.patch(f"{MLREG}/demo/status", json=status, headers=MERGE).raise_for_status()
    back = deepcopy(registry(replicationLocations=regions("eastus", "westus")))

    answer = http.patch(f"{MLREG}/demo", json={"spec": back["spec"]}, headers=MERGE)

    assert answer.status_code == 422
    told = "left in westus, has storageAccountType Premium_LRS where the spec has Standard_LRS"
    assert told in answer.json()["message"]
