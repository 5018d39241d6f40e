"""Spans for OpenTelemetry, where the setting asks for them. Nothing of its packages is loaded otherwise.

Where spans go is told by the variables that every OpenTelemetry SDK reads: `OTEL_EXPORTER_OTLP_ENDPOINT`,
`OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER`, `OTEL_SERVICE_NAME` and their likes.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Protocol

import structlog

from mlregistry_operator import __version__

_NAME: Final = "mlregistry-operator"


class TracingUnavailableError(Exception):
    """Tracing was asked for, and its packages are not installed."""

    def __init__(self) -> None:
        super().__init__(
            "tracing is on (MLREGISTRY_TRACING__ENABLED), and OpenTelemetry is not installed:"
            " install mlregistry-operator[tracing], or switch it off"
        )


class Span(Protocol):
    """What a caller may do with a span. Attributes never hold what a secret could stand in."""

    def tell(self, name: str, value: str | int) -> None: ...

    def fail(self, why: str) -> None: ...


class _NoSpan:
    def tell(self, name: str, value: str | int) -> None: ...

    def fail(self, why: str) -> None: ...


class _Tracing:
    """The SDK, once it is started."""

    def __init__(self, provider: Any) -> None:
        self.provider = provider
        self.tracer = provider.get_tracer(_NAME, __version__)


class _RecordedSpan:
    def __init__(self, span: Any) -> None:
        self._span = span

    def tell(self, name: str, value: str | int) -> None:
        self._span.set_attribute(name, value)

    def fail(self, why: str) -> None:
        from opentelemetry.trace import StatusCode  # noqa: PLC0415 - loaded only where tracing is on

        self._span.set_status(StatusCode.ERROR, why)


_NONE: Final = _NoSpan()
_started: list[_Tracing] = []


def start(processor: Any = None) -> None:
    """Record spans from now on, and send them by OTLP over HTTP, or hand them to `processor`.

    Raises:
        TracingUnavailableError: its packages are not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as error:
        raise TracingUnavailableError from error
    named = Resource({"service.name": _NAME, "service.version": __version__})
    # What the environment says of the resource wins over our names.
    provider = TracerProvider(resource=named.merge(_told_by_environment(Resource)))
    provider.add_span_processor(processor or BatchSpanProcessor(OTLPSpanExporter()))
    _started[:] = [_Tracing(provider)]


def _told_by_environment(resource: Any) -> Any:
    """`OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`, without the SDK's `unknown_service`."""
    told = resource.create().attributes
    return resource(
        {
            name: value
            for name, value in told.items()
            if name != "service.name" or not str(value).startswith("unknown_service")
        }
    )


def stop() -> None:
    """Send what is left, and record nothing more. Waits for the receiver."""
    for one in _started:
        one.provider.shutdown()
    _started.clear()


@contextmanager
def span(name: str, attributes: Mapping[str, str | int]) -> Iterator[Span]:
    """A span while the body runs, inside the one that is open; its trace id is in every line of the log."""
    if not _started:
        yield _NONE
        return
    # What an exception says is not recorded: an address in it could hold a signature.
    with _started[0].tracer.start_as_current_span(
        name, attributes=dict(attributes), record_exception=False, set_status_on_exception=False
    ) as recorded:
        context, told = recorded.get_span_context(), _RecordedSpan(recorded)
        with structlog.contextvars.bound_contextvars(
            trace_id=f"{context.trace_id:032x}", span_id=f"{context.span_id:016x}"
        ):
            try:
                yield told
            except BaseException as error:
                told.fail(type(error).__name__)
                raise
