"""The real operator at work: it tells Prometheus, its log and a collector what the documentation says."""

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families
from support.assets import a_model, published
from support.clouds import MockCloud
from support.clusters import Cluster, RefusedError
from support.manifests import AssetBuilder, RegistryBuilder, a_registry
from support.shelves import Shelves

from hack.controlplane.processes import Deadline
from hack.world.operators import OperatorProcess
from mockcloud import defaults

DOCUMENTED = Path(__file__).parents[2] / "docs" / "metrics.md"
SECONDS = 30.0
# What is for one replica of several, and what there is only while something is wrong at this moment.
ELSEWHERE = {"leader_election_master_status", "mlregistry_unreadable_object"}


@dataclass(slots=True)
class Collector:
    """An OpenTelemetry collector that keeps what it gets."""

    url: str = ""
    spans: list[dict[str, str]] = field(default_factory=list)

    def take(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                self.spans += [
                    {"name": one.name, "trace": one.trace_id.hex(), "parent": one.parent_span_id.hex()}
                    for one in scope.spans
                ]


@pytest.fixture
def collector() -> Iterator[Collector]:
    kept = Collector()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kept.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: the test's output is for failures."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    kept.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield kept
    server.shutdown()
    server.server_close()


def shown(operator: OperatorProcess) -> dict[str, list[dict[str, str]]]:
    """Every metric that has a series, with the labels of each."""
    found: dict[str, list[dict[str, str]]] = {}
    for family in text_string_to_metric_families(operator.metrics()):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        if family.samples:
            found[name] = [sample.labels for sample in family.samples]
    return found


def wait_for(operator: OperatorProcess, metric: str, because: str, **labels: str) -> None:
    deadline = Deadline(SECONDS)
    while not any(labels.items() <= one.items() for one in shown(operator).get(metric, [])):
        assert not deadline.passed, f"{metric}{labels}: {because}"


def documented() -> set[str]:
    table = (
        DOCUMENTED.read_text("utf-8").split("<!-- generated: metrics -->")[1].split("<!-- /generated -->")[0]
    )
    return set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE))


def _published_model(cluster: Cluster, cloud: MockCloud) -> AssetBuilder:
    shelves = Shelves(cloud)
    shelves.plant("team", {"fare/model.pkl": b"weights"})
    model = a_model("taxi-fare", shelves.url("team", "fare")).named("taxi-fare-1")
    published(cluster, model)
    return model


def _drifts_and_is_throttled(
    cluster: Cluster, cloud: MockCloud, operator: OperatorProcess, registry: RegistryBuilder, account_id: str
) -> None:
    """Somebody changes an account, and Azure will not have it put right yet."""
    cloud.fault(
        method="PATCH",
        pathRegex="storageAccounts",
        status=429,
        errorCode="SubscriptionRequestsThrottled",
        headers={"Retry-After": "3"},
        times=50,
    )
    cloud.patch_resource(account_id, {"properties": {"allowSharedKeyAccess": True}})
    cluster.annotate(registry, reconcile_at="now")
    wait_for(
        operator,
        "mlregistry_drift_uncorrected_since_timestamp_seconds",
        "drift is told while it lasts",
        namespace=registry.manifest()["metadata"]["namespace"],
    )
    # Who reads after another's reading was refused is held back.
    cloud.fault(
        method="GET",
        pathRegex="storageAccounts",
        status=429,
        errorCode="SubscriptionRequestsThrottled",
        headers={"Retry-After": "5"},
        times=2,
    )
    cluster.annotate(registry, reconcile_at="again")
    wait_for(operator, "mlregistry_azure_held_back_total", "nobody asks too early", scope="subscription")


@pytest.mark.promise(13)
def test_what_the_documentation_names_is_there_after_work_and_nothing_else(
    cluster: Cluster, cloud: MockCloud, idle_operator: OperatorProcess, collector: Collector
) -> None:
    idle_operator.settings |= {
        "MLREGISTRY_TRACING__ENABLED": "true",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }
    idle_operator.start()
    registry = a_registry().in_regions("eastus", "westus")
    cluster.apply(registry)
    cluster.ready(registry)
    model = _published_model(cluster, cloud)
    with pytest.raises(RefusedError):
        cluster.apply(a_registry().named("other").with_spec(registryName="-"))
    account = cloud.accounts()["westus"]
    _drifts_and_is_throttled(cluster, cloud, idle_operator, registry, account["id"])

    found = shown(idle_operator)
    assert found.keys() - documented() == set(), "not in docs/metrics.md"
    assert documented() - found.keys() - ELSEWHERE == set(), "only in docs/metrics.md"
    kinds = {one["kind"] for one in found["mlregistry_condition"]}
    assert kinds == {"MLRegistry", "MLAsset"}
    assert {one["webhook"] for one in found["controller_runtime_webhook_requests_total"]} == {"/validate"}
    everything = json.dumps(found)
    for never in ("taxi-fare/", defaults.OPERATOR_CLIENT_SECRET, account["name"], defaults.SUBSCRIPTION_ID):
        assert never not in everything, "an unbounded label"

    cloud.clear_faults()
    cluster.delete(model)
    deadline = Deadline(SECONDS)
    while any(one["kind"] == "MLAsset" for one in shown(idle_operator)["mlregistry_condition"]):
        assert not deadline.passed, "the series of an object go with it"
    _judge_log_and_traces(idle_operator, collector)


def _judge_log_and_traces(operator: OperatorProcess, collector: Collector) -> None:
    operator.stop()
    lines = [json.loads(line) for line in operator.log.read_text("utf-8").splitlines()]
    told = [line for line in lines if line["event"] == "Create" or "reason" in line]
    assert told
    for line in told:
        assert {"controller", "namespace", "name", "generation", "reconcileID", "trace_id"} <= line.keys(), (
            line
        )
    names = {one["name"] for one in collector.spans}
    assert {
        "reconcile MLRegistry",
        "reconcile MLAsset",
        "GET storageAccounts",
        "PUT storageAccounts",
    } <= names
    passes = {one["trace"] for one in collector.spans if one["name"].startswith("reconcile ")}
    assert {line["trace_id"] for line in told} <= passes, "the log's trace is the pass's"


def test_health_and_readiness_are_told_by_the_running_operator(operator: OperatorProcess) -> None:
    for path in ("/healthz", "/readyz"):
        assert httpx.get(f"{operator.url}{path}", trust_env=False).status_code == 200
