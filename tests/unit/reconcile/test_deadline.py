"""Work that does not get further is Stalled after its deadline, is tried on, and recovers when it moves."""

import pytest
from support.manifests import a_registry
from support.worlds import TIMING, Fault, Twins

ONE = a_registry()
TWO = a_registry().in_regions("eastus", "westus")
DEADLINE = TIMING.progress_deadline.total_seconds()


def stuck(registry: object = ONE) -> tuple[Twins, Fault]:
    """A registry whose accounts cannot be made, for a reason that passes by itself."""
    twins = Twins(registry)  # type: ignore[arg-type]
    twins.cloud.lro_seconds = 0.0
    fault = Fault(lambda call: call.port == "cloud.CreateStorageAccount", times=10**6)
    twins.board.faults.append(fault)
    return twins, fault


async def until(twins: Twins, moment: float) -> None:
    """Pass after pass, each at its time, until the clock says so."""
    while twins.clock.seconds < moment:
        outcome = await twins.look()
        twins.clock.advance(max(0.05, min(outcome.delay, moment - twins.clock.seconds)))
    await twins.look()


@pytest.mark.promise(12)
@pytest.mark.parametrize("restart", [False, True], ids=["same process", "another process"])
async def test_without_progress_it_is_stalled_at_the_deadline_and_tried_on(*, restart: bool) -> None:
    twins, fault = stuck()
    await twins.passes(6)
    began = twins.status["lastProgressTime"]
    twins.clock.advance(DEADLINE / 2)
    if restart:
        twins.restart()
    await twins.passes(2)
    assert twins.ready == ("False", "ProgressingWithRetry")
    assert twins.status["lastProgressTime"] == began, "a failed attempt is no progress"

    await until(twins, 1000 + DEADLINE + 60)
    stalled, tried = twins.condition("Stalled"), len(twins.board.calls)
    assert stalled is not None
    assert stalled["reason"] == "ProgressDeadlineExceeded"
    assert twins.condition("Reconciling") is None
    assert twins.ready == ("False", "ProgressDeadlineExceeded")
    assert began in stalled["message"]
    assert "ServiceUnavailable" in stalled["message"]

    written = len(twins.cluster.status_writes)
    await twins.passes(5)
    assert len(twins.cluster.status_writes) == written, "Stalled is said once"
    assert len(twins.board.calls) > tried, "and tried on"

    fault.times = 0
    await twins.settle()
    assert twins.ready == ("True", "Succeeded")
    assert twins.condition("Stalled") is None
    assert "lastProgressTime" not in twins.status


async def test_progress_ends_stalled_although_more_is_to_be_done() -> None:
    twins, fault = stuck(TWO)
    await twins.passes(6)
    twins.clock.advance(DEADLINE)
    await twins.passes(2)
    assert twins.condition("Stalled") is not None

    fault.matches = lambda call: call.port == "cloud.CreateStorageAccount" and "west" in call.subject
    twins.clock.advance(120)
    await twins.passes(10)

    assert twins.row("eastus")["state"] == "Ready"
    assert twins.condition("Stalled") is None
    assert twins.ready == ("False", "ProgressingWithRetry")


async def test_an_edit_gives_a_new_deadline() -> None:
    twins, _ = stuck()
    await twins.passes(6)
    twins.clock.advance(DEADLINE)
    await twins.passes(2)
    assert twins.condition("Stalled") is not None

    twins.edit(ONE.with_tags(team="ml"))
    await twins.passes(2)

    assert twins.condition("Stalled") is None
    assert twins.ready == ("False", "ProgressingWithRetry")


async def test_a_loop_comes_back_at_the_deadline_and_not_later() -> None:
    twins = Twins(ONE)
    twins.board.faults.append(
        Fault(lambda call: call.port == "cloud.CreateStorageAccount", times=10**6, code="SomethingNew")
    )
    await twins.passes(8)
    assert twins.ready == ("False", "ProgressingWithRetry")
    began = 1000 + DEADLINE

    while twins.ready[1] != "ProgressDeadlineExceeded":
        assert twins.clock.seconds <= began + 60
        twins.clock.advance((await twins.look()).delay)


@pytest.mark.promise(13)
async def test_what_cannot_even_be_looked_at_is_stalled_at_the_deadline_too() -> None:
    twins = Twins(ONE)
    twins.board.faults.append(Fault(lambda call: call.port == "clouds.open", times=10**6))
    await twins.passes(4)
    assert twins.ready == ("False", "ProgressingWithRetry")

    twins.clock.advance(DEADLINE)
    await twins.passes(1)

    assert twins.ready == ("False", "ProgressDeadlineExceeded")


@pytest.mark.promise(2)
async def test_what_is_settled_has_no_deadline() -> None:
    twins = Twins(TWO)
    await twins.settle()
    twins.clock.advance(10 * DEADLINE)

    await twins.nothing_is_written()
    assert "lastProgressTime" not in twins.status
