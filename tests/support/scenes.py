"""A registry and what was seen of it, as the pure decisions get them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from support.manifests import Builder, a_registry
from support.worlds import CLUSTER_ID, account_of, container_registry_of, replication_of

from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.domain import arm
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.desired import desired_resources, owner_of
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.ownership import Owner
from mlregistry_operator.domain.plan import Activity, Plan
from mlregistry_operator.domain.planning import plan_registry
from mlregistry_operator.domain.resources import (
    AccountSettings,
    Desired,
    Insides,
    Observed,
    ObservedAccount,
    ObservedContainerRegistry,
    ObservedReplication,
)


def read(builder: Builder, status: Mapping[str, Any] | None = None, generation: int = 1) -> MLRegistry:
    """The object as models, as the API server would have stored it."""
    body = builder.manifest()
    body["metadata"] |= {"generation": generation, "uid": "uid"}
    return MLRegistry.model_validate(body | ({"status": status} if status else {}))


@dataclass(frozen=True, slots=True)
class Scene:
    """A registry, and Azure as it was seen; by default everything is there and as declared.

    `accounts` are by region, `replications` by name; None is nothing, a `Failure` could not be read.
    """

    registry: MLRegistry
    accounts: dict[str, ObservedAccount | Failure | None]
    container_registry: ObservedContainerRegistry | Failure | None
    replications: dict[str, ObservedReplication] | Failure
    activity: Activity = field(default_factory=Activity)
    group_missing: bool = False
    insides: Insides = field(default_factory=Insides)

    @property
    def owner(self) -> Owner:
        return owner_of(self.registry, CLUSTER_ID)

    @property
    def desired(self) -> Desired:
        return desired_resources(self.registry, self.owner)

    @property
    def registry_id(self) -> ArmId:
        return self.desired.group.container_registry(self.desired.container_registry.names[0])

    def account(self, location: str) -> ObservedAccount:
        found = self.accounts[location]
        assert isinstance(found, ObservedAccount)
        return found

    def replication(self, location: str) -> ObservedReplication:
        assert not isinstance(self.replications, Failure)
        return self.replications[location]

    def observed(self) -> Observed:
        """One look: each region's first name, and what was found there."""
        names = {one: settings.names[0] for one, settings in self.desired.accounts.items()}
        accounts = {
            location: {names.get(location, f"account{location}"): seen}
            for location, seen in self.accounts.items()
        }
        listed = self.replications
        return Observed(
            group_missing=self.group_missing,
            accounts=accounts,
            container_registry={self.desired.container_registry.names[0]: self.container_registry},
            replications=listed if isinstance(listed, Failure) else tuple(listed.values()),
            insides=self.insides,
        )

    def plan(self, *, retained: frozenset[str] = frozenset()) -> Plan:
        return plan_registry(
            self.desired,
            self.observed(),
            self.activity,
            owner=self.owner,
            region_removal=self.registry.spec.region_removal_policy,
            retained=retained,
        )

    def but(self, **changes: Any) -> Self:
        return replace(self, **changes)

    def with_account(self, location: str, seen: ObservedAccount | Failure | None) -> Self:
        return replace(self, accounts={**self.accounts, location: seen})

    def with_drift(self, location: str, **fields: Any) -> Self:
        """That region's account differs in these fields."""
        return self.with_account(location, replace(self.account(location), **fields))

    def with_replication(self, location: str, seen: ObservedReplication | None) -> Self:
        assert not isinstance(self.replications, Failure)
        rest = {name: one for name, one in self.replications.items() if name != location}
        return replace(self, replications=rest | ({location: seen} if seen else {}))


def account_in(scene: Scene, settings: AccountSettings) -> ObservedAccount:
    """The account that was made of these settings."""
    return account_of(settings, scene.desired.group.storage_account(settings.names[0]), settings.tags)


def settled(builder: Builder | None = None, status: Mapping[str, Any] | None = None) -> Scene:
    """Everything is there and as declared, the home region's own replication entry included."""
    scene = absent(builder, status)
    desired = scene.desired
    home = desired.container_registry.location
    tags = {location: one.tags for location, one in desired.replications.items()} | {home: {}}
    return replace(
        scene,
        accounts={location: account_in(scene, settings) for location, settings in desired.accounts.items()},
        container_registry=container_registry_of(
            desired.container_registry, scene.registry_id, desired.container_registry.tags
        ),
        replications={
            location: replication_of(arm.replication(scene.registry_id, location), location, one)
            for location, one in tags.items()
        },
    )


def absent(builder: Builder | None = None, status: Mapping[str, Any] | None = None) -> Scene:
    """Nothing is there yet."""
    registry = read(builder or a_registry().in_regions("eastus", "westus"), status)
    locations = [region.location for region in registry.spec.replication_locations]
    return Scene(registry, dict.fromkeys(locations), None, {})
