"""Logs: one object a line, with what was passed beside the message."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.identity import SecretIdentity
from mlregistry_operator.telemetry.logs import configure


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, put back as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    others = {
        name: logging.getLogger(name).level
        for name in ("azure", "urllib3", "msal", "kubernetes", "kopf", "aiohttp.access")
    }
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in others.items():
        logging.getLogger(name).setLevel(before)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_is_one_json_object_with_all_that_was_said(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    configure("INFO", "json")
    logging.getLogger("mlregistry_operator.x").info("took %s steps", 3, extra={"key": "default/a\nb"})

    (line,) = lines(capsys)
    assert line["event"] == "took 3 steps"
    assert (line["level"], line["logger"]) == ("info", "mlregistry_operator.x")
    assert line["key"] == "default/a\nb"
    assert line["timestamp"].endswith("Z")


def test_an_exception_stays_in_its_line(root: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    configure("INFO", "json")
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        logging.getLogger("mlregistry_operator").exception("a pass failed unexpectedly")

    (line,) = lines(capsys)
    assert "ZeroDivisionError: division by zero" in line["exception"]
    assert "Traceback" in line["exception"]


def test_libraries_speak_only_when_something_is_wrong(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    configure("INFO", "json")
    for name in ("azure.identity", "msal", "urllib3", "kopf.objects"):
        logging.getLogger(name).info("chatter")
        logging.getLogger(name).warning("trouble")

    assert [line["event"] for line in lines(capsys)] == ["trouble"] * 4


def test_less_than_the_level_is_not_shown(root: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    configure("WARNING", "json")
    logging.getLogger("mlregistry_operator").info("chatter")
    logging.getLogger("mlregistry_operator").error("trouble")

    assert [line["event"] for line in lines(capsys)] == ["trouble"]


def test_for_a_person_it_is_text(root: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    configure("INFO", "console")
    logging.getLogger("mlregistry_operator").info("starting", extra={"version": "1"})

    told = capsys.readouterr().err
    assert "starting" in told
    assert "version=1" in told
    assert "\x1b" not in told


def test_what_is_no_json_is_logged_all_the_same(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    configure("INFO", "json")
    logging.getLogger("mlregistry_operator").info("odd", extra={"thing": {1, 2}, "error": CloudError})

    (line,) = lines(capsys)
    assert "1" in str(line["thing"])


@pytest.mark.promise(13)
def test_an_identity_in_a_log_shows_no_secret(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    configure("DEBUG", "json")
    identity = SecretIdentity("tenant", "client", "s3cr3t", "-----BEGIN s3cr3t")
    logging.getLogger("mlregistry_operator").info("opened %s", identity, extra={"identity": identity})

    told = capsys.readouterr().err
    assert "client" in told
    assert "s3cr3t" not in told


@pytest.mark.promise(13)
@pytest.mark.parametrize("style", ["json", "console"])
def test_no_line_has_a_signature_that_an_exception_quotes(
    root: logging.Logger, capsys: pytest.CaptureFixture[str], style: str
) -> None:
    configure("INFO", style)
    url = "https://a.blob.core.windows.net/c/b?sv=1&sig=s3cr3t%2Fs3cr3t%3D&sp=r"
    error = TypeError(url)
    logging.getLogger("mlregistry_operator").error(
        "could not read %s", url, extra={"url": url}, exc_info=error
    )

    told = capsys.readouterr().err
    assert "TypeError" in told
    assert told.count("sig=…") + told.count("sig=\\u2026") >= 3
    assert "s3cr3t" not in told
