"""One pass, seen from outside: its metrics, its span, and what every line of its log bears."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

import structlog

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.telemetry import metrics
from mlregistry_operator.telemetry.objects import OBJECTS
from mlregistry_operator.telemetry.tracing import Span, span

SUCCESS: Final = "success"
REQUEUE: Final = "requeue"
REQUEUE_AFTER: Final = "requeue_after"
ERROR: Final = "error"
_UNKNOWN: Final = ...  # what structlog leaves out of a line


@dataclass(slots=True)
class Ended:
    """How a pass ended; `result` is a word of `controller_runtime_reconcile_total`."""

    result: str = SUCCESS
    terminal: bool = False
    why: str = ""


@dataclass(slots=True)
class _UnderWay:
    """Passes of this moment, each by when it began."""

    began: dict[object, float] = field(default_factory=dict)

    def together(self) -> float:
        now = time.monotonic()
        return sum(now - one for one in list(self.began.values()))

    def longest(self) -> float:
        return max((time.monotonic() - one for one in list(self.began.values())), default=0.0)


_under_way: Final = {controller: _UnderWay() for controller in metrics.CONTROLLERS}
for _controller, _passes in _under_way.items():
    metrics.UNFINISHED_SECONDS.labels(_controller, _controller).set_function(_passes.together)
    metrics.LONGEST_SECONDS.labels(_controller, _controller).set_function(_passes.longest)


@contextmanager
def queued(kind: str) -> Iterator[None]:
    """A pass is due and waits for its turn while the body runs."""
    controller, began = kind.lower(), time.monotonic()
    metrics.QUEUE_ADDS.labels(controller, controller).inc()
    with metrics.QUEUE_DEPTH.labels(controller, controller).track_inprogress():
        yield
    metrics.QUEUE_SECONDS.labels(controller, controller).observe(time.monotonic() - began)


@contextmanager
def one_pass(kind: str, key: ObjectKey) -> Iterator[Ended]:
    """A pass is the body; what it says of its end is told when it is over."""
    controller, ended, mark, began = kind.lower(), Ended(), object(), time.monotonic()
    about = {"controller": controller, "namespace": key.namespace, "name": key.name}
    _under_way[controller].began[mark] = began
    reconcile_id = str(uuid4())
    try:
        with (
            metrics.ACTIVE_WORKERS.labels(controller).track_inprogress(),
            structlog.contextvars.bound_contextvars(**about, generation=_UNKNOWN, reconcileID=reconcile_id),
            span(f"reconcile {kind}", _attributes(kind, key, reconcile_id)) as recorded,
        ):
            yield ended
            _tell_span(recorded, ended)
    finally:
        del _under_way[controller].began[mark]
    _count(controller, ended, time.monotonic() - began)
    if ended.result != ERROR:
        OBJECTS.passed(kind, key, time.time())


def generation_is(generation: int) -> None:
    """The object of this pass was read, in this generation: the lines that follow bear it."""
    structlog.contextvars.bind_contextvars(generation=generation)


def panicked(kind: str) -> None:
    metrics.PANICS.labels(kind.lower()).inc()


def timed_out(kind: str) -> None:
    metrics.TIMEOUTS.labels(kind.lower()).inc()


def _attributes(kind: str, key: ObjectKey, reconcile_id: str) -> dict[str, str | int]:
    return {
        "k8s.namespace.name": key.namespace,
        "mlregistry.kind": kind,
        "mlregistry.name": key.name,
        "mlregistry.reconcile_id": reconcile_id,
    }


def _tell_span(recorded: Span, ended: Ended) -> None:
    recorded.tell("mlregistry.result", ended.result)
    if ended.result == ERROR:
        recorded.fail(ended.why)


def _count(controller: str, ended: Ended, seconds: float) -> None:
    metrics.RECONCILES.labels(controller, ended.result).inc()
    metrics.RECONCILE_SECONDS.labels(controller).observe(seconds)
    metrics.WORK_SECONDS.labels(controller, controller).observe(seconds)
    if ended.result == ERROR:
        metrics.RECONCILE_ERRORS.labels(controller).inc()
        metrics.QUEUE_RETRIES.labels(controller, controller).inc()
        if ended.terminal:
            metrics.TERMINAL_ERRORS.labels(controller).inc()
