"""The command line, as a container starts it: process 1, to which no signal has a meaning of its own."""

import signal
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from mlregistry_operator import app
from mlregistry_operator.__main__ import main


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_it_hears_a_request_to_end_before_the_loop_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(settings: object) -> int:
        signal.raise_signal(signal.SIGTERM)
        raise AssertionError("nobody heard it")

    monkeypatch.setattr(app, "run", run)

    assert CliRunner().invoke(main, ["run"]).exit_code == 0
