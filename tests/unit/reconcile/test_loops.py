"""The loop of one object: nothing that happens in a pass ends it, and everything ends in a wait."""

import asyncio
import logging

import pytest
from support.manifests import a_registry
from support.worlds import Fault, Twins, registry_passes

from mlregistry_operator.kube.ports import (
    REGISTRIES,
    ClusterError,
    ConflictError,
    ForbiddenError,
    GoneError,
)
from mlregistry_operator.reconcile import loops
from mlregistry_operator.reconcile.world import Outcome


def turn(twins: Twins) -> loops._Turn:
    return loops._Turn(REGISTRIES, twins.key)


@pytest.mark.parametrize(
    ("error", "delay", "logged", "because"),
    [
        (ConflictError("changed"), 0.05, 0, "it is read again at once"),
        (GoneError("gone"), 1.0, 0, "it may come back"),
        (ClusterError("unreachable"), 15.0, 1, "the API server needs time"),
        (ForbiddenError("no"), 15.0, 1, "somebody has to give a right"),
    ],
)
async def test_whatever_a_pass_raises_becomes_a_wait(
    error: Exception, delay: float, logged: int, because: str, caplog: pytest.LogCaptureFixture
) -> None:
    twins = Twins(a_registry())

    async def fails(*_: object) -> Outcome:
        raise error

    with caplog.at_level(logging.WARNING):
        outcome = await loops._one_pass(fails, turn(twins), twins.memory, twins.world)

    assert outcome == Outcome(delay), because
    assert len(caplog.records) == logged


async def test_only_so_many_passes_run_at_a_time() -> None:
    twins = Twins(a_registry())
    world, running, most = twins.world, 0, 0

    async def one(*_: object) -> Outcome:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return Outcome(0.0)

    await asyncio.gather(*(loops._one_pass(one, turn(twins), twins.memory, world) for _ in range(5)))

    assert most == 1


class Stop:
    """Wanted no more once the object has been looked at so often."""

    def __init__(self, twins: Twins, looks: int) -> None:
        self._twins, self._looks = twins, looks

    def __bool__(self) -> bool:
        return sum(call.port == "cluster.read" for call in self._twins.board.calls) >= self._looks


async def test_the_loop_goes_on_after_failures_and_stops_when_told() -> None:
    twins = Twins(a_registry())
    twins.cloud.lro_seconds = 0
    twins.board.faults.append(
        Fault(lambda call: call.port == "cloud.storage_account", code="ServiceUnavailable")
    )
    wakes = asyncio.create_task(_wake_always(twins))

    async with asyncio.timeout(5):
        await loops.keep_reconciled(
            registry_passes(twins.content), twins.key, twins.memory, twins.world, Stop(twins, 8)
        )
    wakes.cancel()

    assert twins.ready == ("True", "Succeeded")


async def test_taking_down_ends_when_nothing_is_left() -> None:
    twins = Twins(a_registry().deleted_with_its_data())
    await twins.settle()
    twins.cluster.delete(twins.key)
    twins.cloud.lro_seconds = 0
    wakes = asyncio.create_task(_wake_always(twins))

    async with asyncio.timeout(5):
        await loops.take_down(registry_passes(twins.content), twins.key, twins.memory, twins.world)
    wakes.cancel()

    assert twins.cloud.resources() == {}


async def _wake_always(twins: Twins) -> None:
    """Ends every wait at once; the clock goes on."""
    while True:
        twins.clock.advance(1)
        twins.memory.wake.set()
        await asyncio.sleep(0)
