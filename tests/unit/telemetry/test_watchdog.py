"""A loop that has stopped makes the process sick, and is named; one that waits for good reason is not."""

import asyncio
from contextlib import ExitStack
from dataclasses import replace

import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import REGISTRY
from support.manifests import a_registry
from support.worlds import FakeClock, Twins, registry_passes

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.kube.ports import REGISTRIES
from mlregistry_operator.reconcile import loops
from mlregistry_operator.reconcile.loops import Passes
from mlregistry_operator.reconcile.world import Outcome
from mlregistry_operator.telemetry.probes import Pulse
from mlregistry_operator.telemetry.server import telemetry_app
from mlregistry_operator.telemetry.watchdog import GRACE_SECONDS, Watchdog

KEY = ObjectKey("ml-platform", "demo")
PASS = loops._PASS_SECONDS


def watchdog() -> tuple[Watchdog, FakeClock]:
    clock = FakeClock()
    return Watchdog(clock.monotonic), clock


def test_a_pass_that_goes_on_and_on_is_named() -> None:
    dog, clock = watchdog()
    with dog.watch("MLRegistry", KEY) as stand:
        stand.is_at("pass", PASS)
        clock.advance(PASS + GRACE_SECONDS)
        assert dog.sickness() is None, "it may take so long, and a little more to be ended"

        clock.advance(1)
        told = dog.sickness()
        assert told is not None
        assert "MLRegistry ml-platform/demo" in told
        assert dog.stopped() == {"MLRegistry": 1}

        stand.is_at("wait", 10)
        assert dog.sickness() is None, "it goes on"


def test_whoever_waits_for_others_has_not_stopped() -> None:
    dog, clock = watchdog()
    with dog.watch("MLAsset", KEY) as stand:
        stand.is_at("wait for its turn", None)
        clock.advance(24 * 3600)
        assert dog.sickness() is None


def test_a_loop_that_sleeps_for_hours_has_not_stopped_before_they_are_over() -> None:
    dog, clock = watchdog()
    with dog.watch("MLAsset", KEY) as stand:
        stand.is_at("wait", 3600)
        clock.advance(3600)
        assert dog.sickness() is None
        clock.advance(GRACE_SECONDS + 1)
        assert dog.sickness() is not None


def test_a_loop_that_is_no_longer_wanted_is_forgotten() -> None:
    dog, clock = watchdog()
    with pytest.raises(asyncio.CancelledError), dog.watch("MLAsset", KEY):
        raise asyncio.CancelledError
    with dog.watch("MLAsset", KEY):
        pass
    clock.advance(24 * 3600)
    assert dog.sickness() is None


def test_a_loop_that_a_defect_has_ended_is_awaited() -> None:
    dog, clock = watchdog()
    with pytest.raises(ZeroDivisionError), dog.watch("MLAsset", KEY):
        raise ZeroDivisionError
    clock.advance(2 * GRACE_SECONDS + 1)
    assert dog.sickness() is not None, "nobody has begun it anew"

    with dog.watch("MLAsset", KEY) as stand:
        stand.is_at("pass", PASS)
        assert dog.sickness() is None


def test_a_loop_that_a_defect_has_ended_is_not_awaited_once_its_object_is_gone() -> None:
    dog, clock = watchdog()
    with pytest.raises(ZeroDivisionError), dog.watch("MLAsset", KEY):
        raise ZeroDivisionError
    dog.forget("MLAsset", KEY)
    clock.advance(2 * GRACE_SECONDS + 1)
    assert dog.sickness() is None


def test_the_end_of_an_old_loop_leaves_the_new_one_watched() -> None:
    dog, clock = watchdog()
    with dog.watch("MLAsset", KEY) as old:
        old.is_at("wait", 1)
        newer = dog.watch("MLAsset", KEY)
        newer.__enter__().is_at("pass", PASS)
    clock.advance(PASS + GRACE_SECONDS + 1)
    assert dog.sickness() is not None
    newer.__exit__(None, None, None)


def test_one_is_named_and_the_others_are_counted() -> None:
    dog, clock = watchdog()
    with ExitStack() as held:
        for number in range(3):
            key = ObjectKey("team-a", f"asset-{number}")
            held.enter_context(dog.watch("MLAsset", key)).is_at("pass", PASS)
        clock.advance(PASS + GRACE_SECONDS + 1)
        assert "(2 more)" in str(dog.sickness())


async def test_a_hung_pass_of_a_real_loop_turns_the_probe_sick_and_its_end_turns_it_well() -> None:
    clock, going_on = FakeClock(), asyncio.Event()
    pulse = Pulse(loops=Watchdog(clock.monotonic))
    pulse.started.set()
    twins = Twins(a_registry())
    world = replace(twins.world, loops=pulse.loops)

    async def hangs(*_: object) -> Outcome:
        while not going_on.is_set():
            try:
                await going_on.wait()
            except asyncio.CancelledError:  # what must not be written, and will be
                continue
        return Outcome(3600.0)

    passes = Passes(REGISTRIES, hangs, registry_passes(twins.content).delete)
    loop = asyncio.create_task(loops.keep_reconciled(passes, twins.key, twins.memory, world, Never()))
    async with TestClient(TestServer(telemetry_app(pulse))) as http:
        await asyncio.sleep(0)
        assert (await http.get("/healthz")).status == 200

        clock.advance(PASS + GRACE_SECONDS + 1)
        pulse.beat()
        answer = await http.get("/healthz")
        assert answer.status == 503
        assert f"MLRegistry {twins.key}" in await answer.text()
        assert REGISTRY.get_sample_value("mlregistry_stuck_loops", {"controller": "mlregistry"}) == 1.0

        going_on.set()
        for _ in range(10):
            await asyncio.sleep(0)
        assert (await http.get("/healthz")).status == 200
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)


class Never:
    """A loop that is always wanted."""

    def __bool__(self) -> bool:
        return False
