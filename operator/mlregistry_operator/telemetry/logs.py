"""Logs: one JSON object a line, or text for a person at a terminal."""

import logging
from typing import Any, Final

import structlog

from mlregistry_operator.signatures import without_signatures

_NOISY: Final = ("azure", "urllib3", "msal", "kubernetes", "aiohttp.access")
# Said by kopf at every start and stop, because it runs in a thread and its daemons are cancelled at once.
_EXPECTED: Final = ("OS signals are ignored", "Daemon 'reconcile' is cancelled")
_STANDARD: Final = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {
    "message",
    "asctime",
    "taskName",
}


def configure(level: str, style: str) -> None:
    """Send everything to standard error in one style; libraries speak only when something is wrong."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _extras,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    final = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, final, _unsigned],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("kopf").setLevel(logging.WARNING if level == "INFO" else level)
    handler.addFilter(lambda record: not record.getMessage().startswith(_EXPECTED))


def _unsigned(_: Any, __: str, line: Any) -> str:
    """The line as it is written: a traceback may quote the URL of a request, with its signature."""
    return without_signatures(line)


def _extras(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    """What was passed as `extra=` to the standard library's loggers."""
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        event.update(
            {
                key: value
                for key, value in record.__dict__.items()
                if key not in _STANDARD and key != "settings"
            }
        )
    return event
