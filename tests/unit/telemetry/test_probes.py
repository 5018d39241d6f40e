"""What the probes say while a process begins, works, waits and stops."""

import pytest
from aiohttp.test_utils import TestClient, TestServer

from mlregistry_operator.telemetry import probes
from mlregistry_operator.telemetry.probes import Pulse
from mlregistry_operator.telemetry.server import telemetry_app


async def answers(pulse: Pulse) -> dict[str, tuple[int, str]]:
    """Status and text of each probe."""
    async with TestClient(TestServer(telemetry_app(pulse))) as http:
        found = {name: await http.get(f"/{name}") for name in ("healthz", "readyz")}
        return {name: (answer.status, (await answer.text()).strip()) for name, answer in found.items()}


@pytest.mark.promise(13)
@pytest.mark.parametrize("begun", ["started", "standing by"])
async def test_what_a_replica_waits_for_is_told_however_long_it_has_worked(begun: str) -> None:
    pulse = Pulse()
    assert (await answers(pulse))["readyz"] == (503, "reconciliation has not started yet")
    if begun == "started":
        pulse.started.set()
    else:
        pulse.readiness.stand_by()
    assert (await answers(pulse))["readyz"] == (200, "ok")

    pulse.readiness.wait("watch", "the watch of mlassets has ended")
    pulse.readiness.wait("webhook", "the webhook has no certificate")
    told = await answers(pulse)
    assert told["readyz"] == (503, "the watch of mlassets has ended; the webhook has no certificate")
    assert told["healthz"] == (200, "ok"), "a restart would not help"

    pulse.readiness.wait("watch", None)
    assert (await answers(pulse))["readyz"] == (503, "the webhook has no certificate")
    pulse.readiness.wait("webhook", None)
    assert (await answers(pulse))["readyz"] == (200, "ok")


async def test_reconciliation_that_has_ended_or_is_silent_is_told_by_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pulse = Pulse()
    monkeypatch.setattr(probes, "_SILENCE_SECONDS", -1.0)
    assert (await answers(pulse))["healthz"] == (200, "ok"), "it has not begun: nothing beats yet"
    pulse.started.set()
    told = await answers(pulse)
    assert {status for status, _ in told.values()} == {503}
    assert {text for _, text in told.values()} == {"reconciliation has been silent for 0 s"}

    pulse.ended.set()
    assert {text for _, text in (await answers(pulse)).values()} == {"reconciliation has ended"}
