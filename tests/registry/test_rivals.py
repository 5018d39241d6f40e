"""One tenant's hand on another's registry: nothing is taken or deleted, whatever admission let pass."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from support.clouds import MockCloud
from support.clusters import Cluster, condition, is_ready
from support.manifests import RegistryBuilder, a_registry

from hack.world.operators import OperatorProcess

VICTIM = a_registry("victim").with_spec(registryName="Shared").in_regions("eastus", "westus")


@contextmanager
def paused(operator: OperatorProcess) -> Iterator[None]:
    """The process is there and answers nobody: the API server lets pass what it would have refused."""
    pid = operator.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def made(cloud: MockCloud) -> list[str]:
    return [one["id"] for one in cloud.resources() if "Microsoft.Resources" not in one["type"]]


@pytest.fixture
def victim(cluster: Cluster, operator: OperatorProcess) -> RegistryBuilder:
    """A tenant's registry, ready."""
    assert operator.runs
    victim = VICTIM.in_namespace(cluster.namespace("team-a"))
    cluster.apply(victim)
    cluster.ready(victim)
    return victim


@pytest.fixture
def attacker(
    cluster: Cluster, cloud: MockCloud, operator: OperatorProcess, victim: RegistryBuilder
) -> RegistryBuilder:
    """Another namespace's object with the victim's names, which adopts all that the victim has."""
    assert victim.spec["registryName"] == "Shared"
    theirs = VICTIM.named("attacker").in_namespace(cluster.namespace("team-b"))
    taking = theirs.deleted_with_its_data().annotated(adopt=",".join(made(cloud)))
    with paused(operator):
        cluster.apply(taking)
    return taking


@pytest.mark.promise(16)
@pytest.mark.promise(8)
def test_a_registry_is_not_taken_over_and_deleted_by_another_namespace(
    cluster: Cluster, cloud: MockCloud, victim: RegistryBuilder, attacker: RegistryBuilder
) -> None:
    there, mark = cloud.resources(), cloud.last_request()

    stalled = cluster.wait(
        attacker,
        lambda seen: condition(seen, "Stalled").get("reason") == "NameConflict",
        because="the names are another object's",
    )
    assert f"MLRegistry {victim.namespace}/victim has this name" in condition(stalled, "Stalled")["message"]
    assert "regions" not in stalled["status"]

    cluster.annotate(attacker, confirm_delete="Shared")
    cluster.delete(attacker)
    cluster.gone(attacker, because="it has nothing")

    assert cloud.arm_writes(mark) == []
    assert cloud.resources() == there
    assert is_ready(cluster.look_now(victim))
