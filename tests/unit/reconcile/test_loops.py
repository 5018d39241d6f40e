"""The loop of one object: nothing that happens in a pass ends it, and everything ends in a wait."""

import asyncio
import logging
from dataclasses import replace

import pytest
from support.manifests import a_registry
from support.worlds import Fault, Twins, registry_passes

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.fairness.tenants import Tenant, current_tenant
from mlregistry_operator.kube.ports import (
    ASSETS,
    REGISTRIES,
    ClusterError,
    ConflictError,
    ForbiddenError,
    GoneError,
    Kind,
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


async def the_order_of(wishes: list[tuple[Kind, str]], at_once: int = 1) -> list[tuple[str, str]]:
    """Kind and namespace of passes that wait together, as they begin."""
    twins, order = Twins(a_registry()), list[tuple[str, str]]()
    world = replace(twins.world, passes=loops.turns_for_passes(at_once))

    async def one(kind: Kind, namespace: str) -> None:
        async def run(*_: object) -> Outcome:
            order.append((kind.kind, namespace))
            await asyncio.sleep(0)
            return Outcome(0.0)

        await loops._one_pass(run, loops._Turn(kind, ObjectKey(namespace, "x")), twins.memory, world)

    await asyncio.gather(*(one(kind, namespace) for kind, namespace in wishes))
    return order


@pytest.mark.promise(17)
async def test_a_registry_and_an_asset_of_another_namespace_wait_for_one_round() -> None:
    """The loop of each begins after those of three hundred assets that wait already."""
    many = [(ASSETS, "many")] * 300
    order = await the_order_of([*many, (REGISTRIES, "other"), (ASSETS, "other"), (ASSETS, "third")])

    assert order.index(("MLRegistry", "other")) <= 2
    assert order.index(("MLAsset", "other")) <= 6
    assert order.index(("MLAsset", "third")) <= 6


@pytest.mark.promise(17)
async def test_many_registries_of_one_namespace_starve_no_asset() -> None:
    many = [(REGISTRIES, "many")] * 300
    order = await the_order_of([*many, (ASSETS, "many"), (ASSETS, "other")])

    assert order.index(("MLAsset", "many")) <= 4
    assert order.index(("MLAsset", "other")) <= 4


@pytest.mark.promise(17)
async def test_passes_that_last_keep_nobody_of_another_namespace_waiting() -> None:
    """Three hundred hang in Azure; none of them has ended when the others begin."""
    twins, ends, begun = Twins(a_registry()), asyncio.Event(), list[str]()
    world = replace(twins.world, passes=loops.turns_for_passes(32))

    async def lasting(*_: object) -> Outcome:
        await ends.wait()
        return Outcome(0.0)

    async def quick(key: ObjectKey, *_: object) -> Outcome:
        begun.append(key.namespace)
        return Outcome(0.0)

    hanging = [
        asyncio.create_task(
            loops._one_pass(lasting, loops._Turn(ASSETS, ObjectKey("many", str(n))), twins.memory, world)
        )
        for n in range(300)
    ]
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        for kind, namespace in ((REGISTRIES, "other"), (ASSETS, "other"), (REGISTRIES, "many")):
            wish = loops._Turn(kind, ObjectKey(namespace, "x"))
            await loops._one_pass(quick, wish, twins.memory, world)
    ends.set()
    await asyncio.gather(*hanging)

    assert begun == ["other", "other", "many"]


async def test_a_pass_and_what_it_starts_work_for_the_objects_namespace() -> None:
    twins, seen = Twins(a_registry()), list[Tenant]()

    async def run(*_: object) -> Outcome:
        async def job() -> None:
            seen.append(current_tenant())

        await asyncio.create_task(job())
        return Outcome(0.0)

    await loops._one_pass(run, turn(twins), twins.memory, twins.world)

    assert seen == [Tenant(twins.key.namespace, str(twins.key))]


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
