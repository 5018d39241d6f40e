"""A lane: a namespace, a subscription, a registry, and one thing that happens to them after the other.

Lanes share a world and do not meet: what is throttled, named or counted by subscription or account is theirs.
"""

from dataclasses import dataclass, field

from faults.calls import Names
from faults.following import Version
from faults.worlds import FaultWorld, subscription
from support.clouds import ACCOUNTS, REGISTRIES
from support.manifests import AssetBuilder, RegistryBuilder, a_registry, an_asset

from mockcloud.client import Body

REGIONS = ("eastus", "eastus2", "westus")


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
            .in_azure(subscriptionId=subscription(number), resourceGroup="faults", createResourceGroup=True)
            .with_spec(regionRemovalPolicy="Delete")
            .deleted_with_its_data()
        )
        lane = cls(world, number, namespace, registry, an_asset().in_namespace(namespace))
        lane.words = {lane.subscription: "{subscription}", namespace: "{namespace}"}
        world.recording.claim(lane.subscription, [lane.subscription])
        return lane

    @property
    def subscription(self) -> str:
        return subscription(self.number)

    @property
    def names(self) -> Names:
        return Names(self.words)

    def learn(self) -> None:
        """Take up the names of what there is in Azure: they are computed, and the same ever after."""
        for body in self.resources():
            name = body["name"].casefold()
            if body["type"] == ACCOUNTS:
                self._call(name, f"{{account {body['location']}}}")
            elif body["type"] == REGISTRIES:
                self._call(name, "{registry}")

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

    def _call(self, name: str, told: str) -> None:
        self.words[name] = told
        self.world.recording.claim(self.subscription, [name])
