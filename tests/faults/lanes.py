"""A lane: a namespace, a subscription, a registry, and one thing that happens to them after the other.

Lanes share a world and do not meet: what is throttled, named or counted by subscription or account is theirs.
"""

from dataclasses import dataclass, field

from faults.calls import Names
from faults.following import Version
from faults.worlds import FaultWorld, subscription
from support.clouds import ACCOUNTS, REGISTRIES
from support.manifests import AssetBuilder, RegistryBuilder, a_registry, an_asset

from mlregistry_operator.domain.arm import ResourceGroup
from mlregistry_operator.domain.naming import container_registry_names, storage_account_names
from mockcloud.client import Body

REGIONS = ("eastus", "eastus2", "westus")
ANY_REGIONS = (*REGIONS, "westus2")
GROUP = "faults"


@dataclass(slots=True)
class Lane:
    """What a scenario changes next: the registry as it is declared, and the asset, where it has one."""

    world: FaultWorld
    number: int
    namespace: str
    registry: RegistryBuilder
    asset: AssetBuilder
    round: int = 0
    words: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, world: FaultWorld) -> "Lane":
        number = world.number()
        namespace = world.cluster.namespace("faults")
        registry = (
            a_registry()
            .in_namespace(namespace)
            .in_regions(*REGIONS)
            .in_azure(subscriptionId=subscription(number), resourceGroup=GROUP, createResourceGroup=True)
            .with_spec(regionRemovalPolicy="Delete")
            .deleted_with_its_data()
        )
        lane = cls(world, number, namespace, registry, an_asset().in_namespace(namespace))
        names = lane.names_in_azure()
        lane.words = {lane.subscription: "{subscription}", namespace: "{namespace}"} | names
        world.recording.claim(lane.subscription, [lane.subscription, *names])
        return lane

    @property
    def subscription(self) -> str:
        return subscription(self.number)

    @property
    def names(self) -> Names:
        return Names(self.words)

    def names_in_azure(self) -> dict[str, str]:
        """What things are called in Azure, and what each name stands for: known before anything is made."""
        group, name = ResourceGroup(self.subscription, GROUP), self.registry.name
        accounts = {
            storage_account_names(group, name, location)[0]: f"{{account {location}}}"
            for location in ANY_REGIONS
        }
        return accounts | {container_registry_names(group, name, REGIONS[0])[0]: "{registry}"}

    def resources(self) -> list[Body]:
        return self.world.cloud.resources(under=f"/subscriptions/{self.subscription}/")

    def accounts(self) -> dict[str, str]:
        """The names of the registry's accounts, by location."""
        return {one["location"]: one["name"] for one in self.resources() if one["type"] == ACCOUNTS}

    def container_registry(self) -> str | None:
        """The name of the container registry, while there is one."""
        return next((one["name"] for one in self.resources() if one["type"] == REGISTRIES), None)

    def entries(self) -> list[Body]:
        """What was asked on its behalf since `forget`."""
        return self.world.recording.entries(self.subscription)

    def versions(self) -> list[Version]:
        return self.world.following.since(self.namespace, 0)

    def forget(self) -> None:
        """What was asked and said so far belongs to no run."""
        self.world.recording.forget(self.subscription)
        self.world.following.forget(self.namespace)

    def call_the_asset(self, name: str, version: str) -> None:
        """What the next asset and its version are called."""
        self.words = {one: told for one, told in self.words.items() if told not in {"{asset}", "{version}"}}
        self.words |= {name: "{asset}", version: "{version}"}
