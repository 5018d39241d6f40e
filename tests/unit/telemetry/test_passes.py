"""A pass from outside: what is counted of it, what its log lines bear, and its span."""

import asyncio
import json
import logging
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import REGISTRY
from support.manifests import a_registry
from support.worlds import Fault, Twins, registry_passes

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.kube.ports import REGISTRIES, ClusterError, ConflictError
from mlregistry_operator.reconcile import loops
from mlregistry_operator.reconcile.world import Outcome
from mlregistry_operator.telemetry import logs, tracing
from mlregistry_operator.telemetry.objects import OBJECTS
from mlregistry_operator.telemetry.passes import generation_is

OF_REGISTRIES = {"controller": "mlregistry"}


def counted(metric: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(metric, {**OF_REGISTRIES, **labels}) or 0.0


def results() -> dict[str, float]:
    return {
        result: counted("controller_runtime_reconcile_total", result=result)
        for result in ("success", "requeue", "requeue_after", "error")
    }


async def one_pass(twins: Twins) -> Outcome:
    turn = loops._Turn(REGISTRIES, twins.key)
    return await loops._one_pass(registry_passes(twins.content).reconcile, turn, twins.memory, twins.world)


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Tracing is on, and what it sends stays here."""
    exporter = InMemorySpanExporter()
    tracing.start(SimpleSpanProcessor(exporter))
    yield exporter
    tracing.stop()


async def test_passes_are_counted_by_how_they_end() -> None:
    twins, before = Twins(a_registry()), results()

    for _ in range(20):
        outcome = await one_pass(twins)
        twins.clock.advance(outcome.delay)
        if outcome.settled:
            break

    assert twins.ready[0] == "True"
    after = results()
    assert after["success"] == before["success"] + 1, "one pass found nothing left to do"
    assert after["requeue_after"] > before["requeue_after"], "the passes that waited for Azure"
    assert after["error"] == before["error"]


async def test_a_failure_that_azure_will_overcome_is_no_terminal_one_and_one_that_a_person_must_mend_is() -> (
    None
):
    twins = Twins(a_registry())
    names = (
        "controller_runtime_reconcile_errors_total",
        "controller_runtime_terminal_reconcile_errors_total",
    )
    before = [counted(name) for name in names]
    at_every_look = Fault(
        lambda call: call.port == "cloud.storage_account", code="ServiceUnavailable", times=9
    )

    twins.board.faults.append(at_every_look)
    await one_pass(twins)
    assert [counted(name) for name in names] == [before[0] + 1, before[1]]

    at_every_look.times = 0
    twins.board.faults.append(
        Fault(lambda call: call.port == "cloud.storage_account", code="AuthorizationFailed", times=9)
    )
    await one_pass(twins)
    assert [counted(name) for name in names] == [before[0] + 2, before[1] + 1]


@pytest.mark.parametrize(
    ("error", "result", "panics"),
    [
        (ConflictError("changed"), "requeue", 0),
        (ClusterError("unreachable"), "error", 0),
        (ZeroDivisionError("a defect"), "error", 1),
    ],
)
async def test_what_a_pass_raises_is_counted_too(error: Exception, result: str, panics: int) -> None:
    twins, before = Twins(a_registry()), results()
    panicked = counted("controller_runtime_reconcile_panics_total")

    async def fails(*_: object) -> Outcome:
        raise error

    await loops._one_pass(fails, loops._Turn(REGISTRIES, twins.key), twins.memory, twins.world)

    assert results()[result] == before[result] + 1
    assert counted("controller_runtime_reconcile_panics_total") == panicked + panics


async def test_a_pass_that_takes_too_long_is_ended_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "_PASS_SECONDS", 0.001)
    twins, before = Twins(a_registry()), counted("controller_runtime_reconcile_timeouts_total")

    async def waits(*_: object) -> Outcome:
        await asyncio.Event().wait()
        return Outcome(0.0)

    outcome = await loops._one_pass(waits, loops._Turn(REGISTRIES, twins.key), twins.memory, twins.world)

    assert outcome.delay > 0
    assert counted("controller_runtime_reconcile_timeouts_total") == before + 1


async def test_passes_under_way_and_in_the_queue_are_seen_while_they_are() -> None:
    twins, begun, end = Twins(a_registry()), asyncio.Event(), asyncio.Event()
    world, queue = twins.world, {"name": "mlregistry"}

    async def waits(*_: object) -> Outcome:
        begun.set()
        await end.wait()
        return Outcome(0.0)

    turn = loops._Turn(REGISTRIES, twins.key)
    both = [asyncio.create_task(loops._one_pass(waits, turn, twins.memory, world)) for _ in range(2)]
    await begun.wait()
    await asyncio.sleep(0)

    assert counted("controller_runtime_active_workers") == 1
    assert counted("workqueue_depth", **queue) == 1
    assert counted("workqueue_longest_running_processor_seconds", **queue) > 0
    assert counted("workqueue_unfinished_work_seconds", **queue) > 0
    end.set()
    await asyncio.gather(*both)
    assert counted("controller_runtime_active_workers") == 0
    assert counted("workqueue_depth", **queue) == 0
    assert counted("workqueue_longest_running_processor_seconds", **queue) == 0


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.fixture
def _root_logger() -> Iterator[None]:
    """Put back as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.usefixtures("_root_logger")
async def test_every_line_of_a_pass_says_whose_it_is_and_which_pass(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("INFO", "json")
    twins = Twins(a_registry())

    async def speaks(*_: object) -> Outcome:
        logging.getLogger("before").info("before the object is read")
        generation_is(7)
        await asyncio.create_task(an_adapter())
        return Outcome(0.0)

    async def an_adapter() -> None:
        logging.getLogger("mlregistry_operator.cloud.azure").info("deep inside")

    for _ in range(2):
        await loops._one_pass(speaks, loops._Turn(REGISTRIES, twins.key), twins.memory, twins.world)
    logging.getLogger("after").info("between passes")

    first, deep, second, deep_again, after = lines(capsys)
    about = {"controller": "mlregistry", "namespace": "default", "name": "registry"}
    assert about.items() <= first.items()
    assert "generation" not in first
    assert {**about, "generation": 7}.items() <= deep.items()
    assert deep["reconcileID"] == first["reconcileID"]
    assert second["reconcileID"] != first["reconcileID"]
    assert "generation" not in second, "what the last pass had read is not known in this one"
    assert deep_again["reconcileID"] == second["reconcileID"]
    assert not {"reconcileID", "name"} & after.keys()


@pytest.mark.usefixtures("_root_logger")
async def test_a_pass_is_a_span_whose_trace_stands_in_the_log(
    spans: InMemorySpanExporter, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("INFO", "json")
    twins = Twins(a_registry())

    async def speaks(*_: object) -> Outcome:
        with tracing.span("GET storageAccounts", {}):
            logging.getLogger("x").info("asked")
        raise ZeroDivisionError

    await loops._one_pass(speaks, loops._Turn(REGISTRIES, twins.key), twins.memory, twins.world)

    call, whole = spans.get_finished_spans()
    assert (whole.name, call.name) == ("reconcile MLRegistry", "GET storageAccounts")
    assert call.parent is not None
    assert whole.context is not None
    assert call.parent.span_id == whole.context.span_id
    assert whole.attributes is not None
    assert whole.attributes["mlregistry.name"] == "registry"
    assert whole.attributes["mlregistry.result"] == "error"
    assert not whole.status.is_ok
    asked, defect = lines(capsys)
    assert asked["trace_id"] == defect["trace_id"] == f"{whole.context.trace_id:032x}"
    assert whole.attributes["mlregistry.reconcile_id"] == asked["reconcileID"]


@pytest.mark.usefixtures("_root_logger")
async def test_without_tracing_nothing_of_opentelemetry_stands_in_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("INFO", "json")
    twins = Twins(a_registry())

    async def speaks(*_: object) -> Outcome:
        logging.getLogger("x").info("asked")
        return Outcome(0.0)

    await loops._one_pass(speaks, loops._Turn(REGISTRIES, twins.key), twins.memory, twins.world)

    (line,) = lines(capsys)
    assert "trace_id" not in line


async def test_when_an_object_was_last_looked_at_moves_with_passes_that_do_not_fail() -> None:
    twins = Twins(a_registry())
    OBJECTS.saw("MLRegistry", twins.key, twins.body)
    of_it = {"kind": "MLRegistry", "namespace": twins.key.namespace, "name": twins.key.name}

    def last() -> float | None:
        return REGISTRY.get_sample_value("mlregistry_last_successful_pass_timestamp_seconds", of_it)

    twins.board.faults.append(
        Fault(lambda call: call.port == "cloud.storage_account", code="ServiceUnavailable")
    )
    await one_pass(twins)
    assert last() is None
    await one_pass(twins)
    assert last() is not None
    OBJECTS.lost("MLRegistry", ObjectKey(twins.key.namespace, twins.key.name))
    assert last() is None
