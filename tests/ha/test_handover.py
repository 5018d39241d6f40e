"""One replica ends, however it ends: the other takes over, and nothing is ever written by both."""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from support.clouds import MockCloud
from support.clusters import Cluster
from support.manifests import a_registry
from support.relays import Relay
from support.reviews import asked_of_api_server, asked_of_replica
from support.services import Service
from support.soon import soon

from hack.controlplane.kubeconfigs import save_kubeconfig
from hack.world.operators import OperatorProcess, forget_leadership
from hack.world.places import NAMESPACE, SERVICE_ACCOUNT
from hack.world.replicas import Replicas

PAUSE_SECONDS = 30.0
PATIENCE_SECONDS = 120.0
REGISTRIES = [a_registry(f"load-{n}").in_regions("eastus", "eastus2", "westus") for n in range(3)]
WRITES_EACH = 6  # three accounts, a registry, two replications


def ended(operator: OperatorProcess) -> None:
    soon(lambda: not operator.runs, because="a replica that has lost the lease ends by itself")


@contextmanager
def paused(operator: OperatorProcess, seconds: float) -> Iterator[None]:
    """Stop the process for so long, or for as long as the body takes."""
    process, until = operator.server.process, time.monotonic() + seconds
    assert process is not None
    assert process.signal(signal.SIGSTOP)
    try:
        yield
        time.sleep(max(0.0, until - time.monotonic()))  # how long it sleeps is what the test is about
    finally:
        process.signal(signal.SIGCONT)


def load(cluster: Cluster, cloud: MockCloud, writes: int) -> None:
    """Declare registries, and return in the middle of the work: so many writes have been sent."""
    for registry in REGISTRIES:
        cluster.create(registry.manifest())
    soon(lambda: len(cloud.arm_writes()) >= writes, because="the leader begins")


def settled(cluster: Cluster, cloud: MockCloud) -> None:
    """Everything is there, and was asked for once."""
    for registry in REGISTRIES:
        cluster.ready(registry, seconds=PATIENCE_SECONDS)
    writes = cloud.writes_per_resource()
    assert set(writes.values()) == {1}, f"a look shows what the other replica has begun: {writes}"
    assert len(writes) == len(REGISTRIES) * WRITES_EACH


def assert_in_turn(cloud: MockCloud, replicas: Replicas, first: str) -> None:
    """What the second wrote came after all that the first wrote."""
    writers = [entry["principalId"] for entry in cloud.arm_writes()]
    order = [replicas.principal(first), replicas.principal(replicas.other(first))]
    assert writers == sorted(writers, key=order.index)


@pytest.mark.promise(4)
def test_a_leader_that_is_asked_to_stop_hands_over_and_no_review_fails(
    cluster: Cluster, cloud: MockCloud, replicas: Replicas, service: Service
) -> None:
    for replica in replicas:
        replica.settings["MLREGISTRY_WEBHOOK__DRAIN_SECONDS"] = "3"
    replicas.start()
    service.wait()
    first = replicas.leader()
    load(cluster, cloud, writes=4)

    with asked_of_api_server(cluster.plane) as asked:
        assert replicas[first].stop(grace=60), "it ends when it is asked to"
        replicas.wait_leader(replicas.other(first))
        settled(cluster, cloud)

    assert asked.answered
    assert asked.failures == []
    assert_in_turn(cloud, replicas, first)


@pytest.mark.promise(4)
def test_a_leader_that_is_killed_is_replaced_by_the_other(
    cluster: Cluster, cloud: MockCloud, replicas: Replicas
) -> None:
    replicas.start()
    first = replicas.leader()
    second = replicas[replicas.other(first)]
    load(cluster, cloud, writes=4)

    with asked_of_replica(second.webhook.url, second.webhook.ca) as asked:
        replicas[first].kill()
        replicas.wait_leader(replicas.other(first))
        settled(cluster, cloud)

    assert asked.answered
    assert asked.failures == []
    assert_in_turn(cloud, replicas, first)


@pytest.mark.promise(4)
def test_a_leader_that_was_paused_finds_itself_replaced_and_writes_nothing(
    cluster: Cluster, cloud: MockCloud, replicas: Replicas
) -> None:
    replicas.start()
    first = replicas.leader()
    sleeper, second = replicas[first], replicas[replicas.other(first)]
    load(cluster, cloud, writes=4)

    with asked_of_replica(second.webhook.url, second.webhook.ca) as asked:
        with paused(sleeper, PAUSE_SECONDS):
            replicas.wait_leader(replicas.other(first))
            settled(cluster, cloud)
        with cloud.silence(because="the lease was lost while it was paused"):
            ended(sleeper)

    assert "the lease is lost" in sleeper.log.read_text("utf-8")
    assert asked.answered
    assert asked.failures == []
    assert_in_turn(cloud, replicas, first)


@pytest.mark.promise(4)
def test_a_leader_that_cannot_reach_the_api_server_steps_down_before_the_other_begins(
    cluster: Cluster, cloud: MockCloud, replicas: Replicas
) -> None:
    with Relay(lambda: [cluster.plane.ports.api]) as way:
        cut_off, second = replicas["one"], replicas["two"]
        cut_off.settings["KUBECONFIG"] = str(by_way_of(way, cut_off))
        forget_leadership(cluster.plane)
        cut_off.start()
        replicas.wait_leader("one")
        second.start()
        load(cluster, cloud, writes=4)

        way.cut()
        replicas.wait_leader("two")
        settled(cluster, cloud)
        ended(cut_off)

    stepped_down = moment(cut_off, "the lease is lost")
    assert stepped_down < moment(second, "this replica reconciles"), "its time is over before the lease's"

    assert_in_turn(cloud, replicas, "one")


def moment(operator: OperatorProcess, event: str) -> str:
    """When the operator first said this in its log."""
    lines = (json.loads(line) for line in operator.log.read_text("utf-8").splitlines() if event in line)
    return str(next(lines)["timestamp"])


def by_way_of(way: Relay, operator: OperatorProcess) -> Path:
    """The operator's kubeconfig, with the relay in the API server's place."""
    plane = operator.plane
    config = yaml.safe_load(plane.service_account_kubeconfig(NAMESPACE, SERVICE_ACCOUNT).read_text("utf-8"))
    token, ca = config["users"][0]["user"]["token"], (plane.at.pki / "ca.crt").read_bytes()
    path = operator.server.folder / "kubeconfig"
    return save_kubeconfig(path, f"https://127.0.0.1:{way.port}", ca, token, NAMESPACE)
