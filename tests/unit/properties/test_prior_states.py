"""From whatever Azure holds: what is ours is made as declared, what is not ours is left as it is."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.kstatus import Status, kstatus
from support.manifests import a_registry
from support.scenes import Scene, settled
from support.worlds import GROUP, PATIENCE, Twins

REGIONS = ("eastus", "eastus2", "westus")
REGISTRY = a_registry().in_regions(*REGIONS).with_tags(team="fares")
MANY_PASSES = 60
# What the fields of an account, of the container registry and of a replication may have become.
ACCOUNTS: dict[str, dict[str, Any]] = {
    "as declared": {},
    "another redundancy": {"sku": "Standard_GRS"},
    "old TLS": {"minimum_tls_version": "TLS1_0"},
    "open keys": {"allow_shared_key_access": True, "allow_blob_public_access": True},
    "closed": {"public_network_access": "Disabled"},
    "failed": {"provisioning_state": "Failed"},
    "foreign": {"tags": {}},
    "fixed otherwise": {"hns": True},
    "premium": {"sku": "Premium_LRS", "kind": "BlockBlobStorage"},
}
REGISTRIES: dict[str, dict[str, Any]] = {
    "as declared": {},
    "below Premium": {"sku": "Standard"},
    "a password": {"admin_user_enabled": True},
    "other endpoints": {"regional_endpoints": "Enabled"},
    "failed": {"provisioning_state": "Canceled"},
    "foreign": {"tags": {}},
}
REPLICATIONS: dict[str, dict[str, Any]] = {
    "as declared": {},
    "failed": {"provisioning_state": "Failed"},
    "foreign": {"tags": {}},
}
A_PERSON = {"foreign", "fixed otherwise", "premium"}
MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Prior:
    """What lies in Azure before the first look, a word for each resource."""

    accounts: tuple[str, ...]
    registry: str
    replications: tuple[str, ...]
    taken: bool
    grouped: bool

    @property
    def needs_a_person(self) -> bool:
        there = (*self.accounts, self.registry)
        if self.registry not in (MISSING, "foreign"):
            there += self.replications
        return bool(A_PERSON & set(there))


def words(states: dict[str, dict[str, Any]]) -> st.SearchStrategy[str]:
    return st.sampled_from([*states, MISSING])


priors = st.builds(
    Prior,
    accounts=st.tuples(*[words(ACCOUNTS)] * len(REGIONS)),
    registry=words(REGISTRIES),
    replications=st.tuples(*[words(REPLICATIONS)] * (len(REGIONS) - 1)),
    taken=st.booleans(),
    grouped=st.booleans(),
)


@pytest.mark.promise(1)
@pytest.mark.promise(8)
@given(prior=priors, loses=st.integers(0, 12))
@settings(max_examples=25, deadline=None)
def test_from_any_state_of_azure_everything_is_planned_once_and_then_nothing(
    prior: Prior, loses: int
) -> None:
    asyncio.run(_from(prior, loses))


async def _from(prior: Prior, loses: int) -> None:
    scene, twins = settled(REGISTRY), Twins(REGISTRY.in_azure(createResourceGroup=True))
    foreign = _plant(prior, scene, twins)
    await twins.passes(loses)
    twins.cluster.lose_status(twins.key)
    twins.restart()

    for _ in range(MANY_PASSES):
        outcome = await twins.look()
        twins.clock.advance(outcome.delay)
        if (
            outcome.delay > 2 * PATIENCE.longest
        ):  # nothing goes on but what a person or the resync looks after
            break
    written = len(twins.cloud.writes)
    twins.clock.advance(7200)
    await twins.look()

    assert len(twins.cloud.writes) == written, twins.cloud.writes[written:]
    now = twins.cloud.resources()
    for target, seen in foreign.items():
        assert now[target] == seen, "a stranger's is never changed"
    if prior.needs_a_person and prior.grouped:
        assert kstatus(twins.body) is Status.FAILED, twins.status
        return
    assert twins.ready == ("True", "Succeeded")
    assert twins.status["readyRegions"] == "3/3"
    assert not twins.status.get("plan")
    assert max(twins.cloud.created.values(), default=1) <= 2, "made once, and once more where it had failed"


def _plant(prior: Prior, scene: Scene, twins: Twins) -> dict[Any, Any]:
    """Put it there; what of it is a stranger's."""
    cloud = twins.cloud
    if not prior.grouped:
        cloud.remove(GROUP.id)
        return {}
    planted: list[tuple[str, Any]] = []
    for location, word in zip(REGIONS, prior.accounts, strict=True):
        if word != MISSING:
            planted.append((word, replace(scene.account(location), **ACCOUNTS[word])))
        elif prior.taken:
            cloud.taken.add(scene.account(location).name)
    if prior.registry != MISSING:
        registry: Any = scene.container_registry
        planted.append((prior.registry, replace(registry, **REGISTRIES[prior.registry])))
        planted += [
            (word, replace(scene.replication(location), **REPLICATIONS[word]))
            for location, word in zip(REGIONS[1:], prior.replications, strict=True)
            if word != MISSING
        ]
    for _, seen in planted:
        cloud.plant(seen)
    return {seen.id: seen for word, seen in planted if word == "foreign"}
