"""The resources a registry is made of: as we want them, and as they were seen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from itertools import chain

from mlregistry_operator.api.policies import PublicNetworkAccess, Switch
from mlregistry_operator.api.registry import AccessEntry
from mlregistry_operator.domain.arm import ArmId, ResourceGroup
from mlregistry_operator.domain.containers import (
    ObservedContainer,
    ObservedStagingRule,
    RetentionSettings,
    StagingSettings,
)
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.grants import ObservedAssignment


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """The resource group that we were asked to create."""

    location: str
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """A storage account as declared. `names` is the fixed sequence of names it may have."""

    location: str
    names: tuple[str, ...]
    sku: str
    hns: bool
    public_network_access: PublicNetworkAccess
    tags: Mapping[str, str]

    @property
    def kind(self) -> str:
        """Premium blob storage is an account kind of its own in Azure."""
        return "BlockBlobStorage" if self.sku.startswith("Premium") else "StorageV2"


@dataclass(frozen=True, slots=True)
class ContainerRegistrySettings:
    """The container registry as declared, in the primary region; always Premium, which replication needs."""

    location: str
    names: tuple[str, ...]
    public_network_access: PublicNetworkAccess
    tags: Mapping[str, str]
    regional_endpoints: Switch = Switch.DISABLED


@dataclass(frozen=True, slots=True)
class ReplicationSettings:
    """A replication of the container registry; it is named as its region."""

    location: str
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Desired:
    """Everything that one MLRegistry declares in Azure."""

    group: ResourceGroup
    group_settings: GroupSettings | None
    accounts: Mapping[str, AccountSettings]
    container_registry: ContainerRegistrySettings
    replications: Mapping[str, ReplicationSettings]
    access: tuple[AccessEntry, ...] = ()
    staging: StagingSettings | None = None
    retention: RetentionSettings | None = None

    def is_home(self, seen: object) -> bool:
        """Whether it is the home region's own entry among the replications, which belongs to the registry."""
        return isinstance(seen, ObservedReplication) and seen.location == self.container_registry.location


@dataclass(frozen=True, slots=True)
class ObservedGroup:
    """A resource group as Azure tells it; looked at only when it may have to go."""

    id: ArmId
    location: str
    tags: Mapping[str, str]
    provisioning_state: str
    empty: bool


@dataclass(frozen=True, slots=True)
class ObservedAccount:
    """A storage account as Azure tells it."""

    id: ArmId
    name: str
    location: str
    sku: str
    kind: str
    hns: bool
    provisioning_state: str
    tags: Mapping[str, str]
    blob_endpoint: str | None
    minimum_tls_version: str | None
    allow_blob_public_access: bool
    allow_shared_key_access: bool
    public_network_access: str


@dataclass(frozen=True, slots=True)
class ObservedContainerRegistry:
    """A container registry as Azure tells it; `regional_endpoints` is None where it does not offer them."""

    id: ArmId
    name: str
    location: str
    sku: str
    provisioning_state: str
    tags: Mapping[str, str]
    login_server: str | None
    admin_user_enabled: bool
    public_network_access: str
    regional_endpoints: str | None = None


@dataclass(frozen=True, slots=True)
class ObservedReplication:
    """A replication of the container registry as Azure tells it; `status_time` is when its status changed."""

    id: ArmId
    name: str
    location: str
    provisioning_state: str
    display_status: str | None
    tags: Mapping[str, str]
    status_time: datetime | None = None


class OperationPhase(Enum):
    """What one look at a long-running operation told. A failed look tells nothing about the operation."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class OperationState:
    """One look at a long-running operation; `retry_after` in seconds where the service asked for a wait."""

    phase: OperationPhase
    failure: Failure | None = None
    retry_after: float | None = None


AccountSighting = Mapping[str, ObservedAccount | Failure | None]
"""Each name that was looked up, with what was found there: the account, nothing, or no answer."""

ContainerRegistrySighting = Mapping[str, ObservedContainerRegistry | Failure | None]


@dataclass(frozen=True, slots=True)
class Insides:
    """What was seen on and in the resources, as far as the spec is about it.

    `assignments` are all of the resource group, `containers` by the account's id in lower case.
    """

    assignments: tuple[ObservedAssignment, ...] | Failure = ()
    containers: Mapping[str, tuple[ObservedContainer, ...] | Failure] = field(default_factory=dict)
    staging_rule: ObservedStagingRule | Failure | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """One look at everything of one registry."""

    group_missing: bool
    accounts: Mapping[str, AccountSighting]
    container_registry: ContainerRegistrySighting
    replications: tuple[ObservedReplication, ...] | Failure
    operations: Mapping[ArmId, OperationState] = field(default_factory=dict)
    group: ObservedGroup | Failure | None = None
    insides: Insides = field(default_factory=Insides)

    def there(self) -> Iterator[ObservedAccount | ObservedContainerRegistry | ObservedReplication]:
        """Every resource that was seen, but for the group."""
        replications = () if isinstance(self.replications, Failure) else self.replications
        accounts = chain.from_iterable(sighting.values() for sighting in self.accounts.values())
        for seen in chain(accounts, self.container_registry.values(), replications):
            if seen is not None and not isinstance(seen, Failure):
                yield seen
