"""Alerts fire on the faults that they are for, and on nothing while all is well: metrics of real passes."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
import yaml
from aiohttp import ClientSession, web
from support.manifests import a_registry
from support.neighbours import MemoryNeighbours
from support.promql import Scrapes
from support.worlds import Call, FakeClock, Fault, Twins, registry_passes

from hack.world.places import CHART_FILES
from mlregistry_operator.admission import server
from mlregistry_operator.admission.server import PATH, admission_app
from mlregistry_operator.cloud.azure.throttling import Throttle
from mlregistry_operator.kube.ports import REGISTRIES
from mlregistry_operator.reconcile import loops
from mlregistry_operator.reconcile.world import Outcome
from mlregistry_operator.telemetry import metrics
from mlregistry_operator.telemetry.objects import OBJECTS
from mlregistry_operator.telemetry.probes import Pulse
from mlregistry_operator.telemetry.server import telemetry_app
from mlregistry_operator.telemetry.watchdog import Watchdog

GROUPS = yaml.safe_load((CHART_FILES / "alerts.yaml").read_text("utf-8"))["groups"]
RULES = {rule["alert"]: rule for group in GROUPS for rule in group["rules"]}
MINUTE = 60.0
ACCOUNT = "/subscriptions/0/resourceGroups/ml/providers/Microsoft.Storage/storageAccounts/demo"


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    yield
    OBJECTS.forget_all()
    telemetry_app(Pulse())  # its loops are those of no other test


class Duty:
    """A Prometheus that scrapes once a minute while passes go on."""

    def __init__(self) -> None:
        self.twins = Twins(a_registry())
        self.scrapes, self.start, self.minutes = Scrapes(), time.time(), 0
        self.scrapes.scrape(self.start)

    @property
    def now(self) -> float:
        return self.start + self.minutes * MINUTE

    async def passes(self, minutes: int) -> None:
        """A pass a minute, and what the watch would tell then."""
        for _ in range(minutes):
            turn = loops._Turn(REGISTRIES, self.twins.key)
            run = registry_passes(self.twins.content).reconcile
            await loops._one_pass(run, turn, self.twins.memory, self.twins.world)
            self.twins.clock.advance(MINUTE)
            self.saw()
            self.scrape()

    def saw(self) -> None:
        OBJECTS.saw("MLRegistry", self.twins.key, self.twins.body)

    def scrape(self, minutes: int = 1) -> None:
        """Time goes on, and nothing else happens."""
        for _ in range(minutes):
            self.minutes += 1
            self.scrapes.scrape(self.now)

    def firing(self) -> set[str]:
        """Every alert that fires now, where enough was scraped to tell."""
        found = set()
        for name, rule in RULES.items():
            try:
                if self.scrapes.firing(rule, self.now):
                    found.add(name)
            except AssertionError:
                continue
        return found


def refused(call: Call) -> bool:
    return call.port == "cloud.storage_account"


async def test_while_all_is_well_nothing_fires() -> None:
    duty = Duty()
    await duty.passes(40)
    assert duty.twins.ready[0] == "True"
    assert duty.firing() == set()


async def test_a_registry_that_azure_refuses_is_told_and_is_quiet_once_it_is_mended() -> None:
    duty = Duty()
    fault = Fault(refused, code="AuthorizationFailed", times=10_000)
    duty.twins.board.faults.append(fault)
    await duty.passes(31)
    assert duty.firing() == {"MLRegistryNotReady", "MLRegistryPassesFail", "MLRegistryStalled"}

    fault.times = 0
    await duty.passes(20)
    assert duty.firing() == set()


async def test_a_registry_that_gets_no_further_is_stalled() -> None:
    duty = Duty()
    duty.twins.cloud.doomed = {"anything"}
    await duty.passes(3)
    target = next(target for target in duty.twins.cloud.resources() if "storageAccounts" in target)
    duty.twins.cloud.drift(target, sku="Premium_LRS")
    await duty.passes(7)
    assert "MLRegistryStalled" in duty.firing()


async def test_drift_that_is_not_put_right_is_told_after_a_quarter_of_an_hour() -> None:
    duty = Duty()
    await duty.passes(10)
    target = next(target for target in duty.twins.cloud.resources() if "storageAccounts" in target)
    duty.twins.cloud.drift(target, allow_shared_key_access=True)
    duty.twins.board.faults.append(
        Fault(lambda call: call.port == "cloud.UpdateStorageAccount", times=10_000)
    )
    # The alert compares with the clock on the wall, and the world in memory has its own.
    seen = duty.twins.clock.now().timestamp()
    duty.start, duty.minutes, duty.scrapes = seen, 0, Scrapes()
    await duty.passes(14)
    assert "MLRegistryDriftUncorrected" not in duty.firing()
    await duty.passes(3)
    assert "MLRegistryDriftUncorrected" in duty.firing()


async def test_an_object_that_nobody_looks_at_any_more_is_told() -> None:
    duty = Duty()
    await duty.passes(5)
    await duty.passes(1)
    duty.minutes += int(timedelta(hours=4, minutes=1).total_seconds() // MINUTE)
    duty.scrape()
    assert "MLRegistryPassOverdue" in duty.firing()


@pytest.mark.parametrize(
    ("seconds", "alert"),
    [(300, "MLRegistryOperatorDefect"), (0.001, "MLRegistryPassesTimeOut")],
)
async def test_defects_and_passes_without_end_are_told(
    monkeypatch: pytest.MonkeyPatch, seconds: float, alert: str
) -> None:
    monkeypatch.setattr(loops, "_PASS_SECONDS", seconds)
    duty = Duty()

    async def goes_wrong(*_: object) -> Outcome:
        if seconds < 1:
            await asyncio.Event().wait()
        raise ZeroDivisionError

    turn = loops._Turn(REGISTRIES, duty.twins.key)
    await loops._one_pass(goes_wrong, turn, duty.twins.memory, duty.twins.world)
    duty.scrape()
    assert duty.firing() == {alert}


def test_a_loop_that_has_stopped_is_told() -> None:
    clock = FakeClock()
    pulse = Pulse(loops=Watchdog(clock.monotonic))
    telemetry_app(pulse)
    duty = Duty()
    with pulse.loops.watch("MLRegistry", duty.twins.key) as stand:
        stand.is_at("pass", 300)
        clock.advance(3600)
        duty.scrape(3)
        assert duty.firing() == {"MLRegistryLoopStopped"}


async def test_passes_that_wait_for_others_are_told() -> None:
    duty, world = Duty(), Twins(a_registry()).world
    end = asyncio.Event()

    async def lasts(*_: object) -> Outcome:
        await end.wait()
        return Outcome(0.0)

    turn = loops._Turn(REGISTRIES, duty.twins.key)
    both = [asyncio.create_task(loops._one_pass(lasts, turn, duty.twins.memory, world)) for _ in range(2)]
    await asyncio.sleep(0)
    duty.scrape(17)
    assert duty.firing() == {"MLRegistryPassesWait"}
    end.set()
    await asyncio.gather(*both)


async def test_limits_that_are_met_again_and_again_are_told() -> None:
    duty, throttle = Duty(), Throttle()
    for _ in range(30):
        for _ in range(3):
            throttle.refused("GET", ACCOUNT, "SubscriptionRequestsThrottled", 1.0)
        duty.scrape()
    assert duty.firing() == {"MLRegistryAzureThrottles"}


@pytest.fixture
async def webhook() -> AsyncIterator[str]:
    runner = web.AppRunner(admission_app(MemoryNeighbours()))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield site.name.replace(":0", f":{runner.addresses[0][1]}")
    await runner.cleanup()


async def test_a_webhook_that_fails_is_told(webhook: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(server, "review", fails)
    metrics.WEBHOOK_REQUESTS.labels(PATH, "500")
    duty = Duty()
    async with ClientSession() as http:
        for _ in range(7):
            async with http.post(f"{webhook}{PATH}", json={}) as answer:
                assert answer.status == 500
            duty.scrape()
    assert duty.firing() == {"MLRegistryWebhookFails"}


def test_no_replica_at_all_is_told() -> None:
    duty = Duty()
    duty.scrapes.seen.clear()
    for minute in range(7):
        duty.scrapes.scrape(duty.start + minute * MINUTE, "")
    duty.minutes = 6
    assert duty.firing() == {"MLRegistryOperatorAbsent"}


def test_replicas_without_a_leader_are_told() -> None:
    duty = Duty()
    text = 'mlregistry_build_info{version="1"} 1\nleader_election_master_status{name="lease",pod="%s"} 0\n'
    duty.scrapes.seen.clear()
    for minute in range(4):
        duty.scrapes.scrape(duty.start + minute * MINUTE, text % "a")
    duty.minutes = 3
    assert duty.firing() == {"MLRegistryNoLeader"}
