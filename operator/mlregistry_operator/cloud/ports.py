"""What reconciliation asks of a cloud. Everything here is idempotent or safe to repeat after a look."""

from dataclasses import dataclass
from typing import Protocol

from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.containers import ObservedContainer, ObservedStagingRule
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.grants import ObservedAssignment
from mlregistry_operator.domain.identity import Identity
from mlregistry_operator.domain.plan import Action
from mlregistry_operator.domain.resources import (
    ObservedAccount,
    ObservedContainerRegistry,
    ObservedGroup,
    ObservedReplication,
    OperationState,
)


class CloudError(Exception):
    """A call that failed, with what that means for us."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.sentence)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Started:
    """A write that was accepted. `url` tells how far it is, None where it is already done.

    `retry_after` is the number of seconds after which the service wants to be asked, None where it said none.
    """

    url: str | None = None
    retry_after: float | None = None


class Cloud(Protocol):
    """One subscription, seen with one identity. Every method raises `CloudError` and nothing else.

    A look returns None for what does not exist; a missing resource group is the failure
    `ResourceGroupNotFound`, because it asks for another remedy. `location` is the region where it is or would
    be, because limits are for one region; empty where nobody knows.
    """

    async def storage_account(self, target: ArmId, location: str = "") -> ObservedAccount | None: ...

    async def container_registry(
        self, target: ArmId, location: str = ""
    ) -> ObservedContainerRegistry | None: ...

    async def replications(self, registry: ArmId) -> tuple[ObservedReplication, ...]:
        """All replications of a container registry, the home region's entry included, sorted by region."""
        ...

    async def replication(self, target: ArmId) -> ObservedReplication | None:
        """One replication, asked for by its own id."""
        ...

    async def resource_group(self, target: ArmId) -> ObservedGroup | None: ...

    async def role_assignments(self, scope: ArmId) -> tuple[ObservedAssignment, ...]:
        """Everything that is assigned at the scope, above it and below it."""
        ...

    async def containers(self, account: ArmId, *, retained: bool) -> tuple[ObservedContainer, ...]:
        """The containers of a storage account, with `retained` also their retention policies."""
        ...

    async def staging_rule(self, account: ArmId) -> ObservedStagingRule | None:
        """Our rule in the account's lifecycle policy."""
        ...

    async def operation(self, url: str, target: ArmId) -> OperationState:
        """One look at a long-running operation. Never raises: a look that fails is `UNREADABLE`."""
        ...

    async def perform(self, action: Action) -> Started:
        """Start one step and let it go."""
        ...


class Clouds(Protocol):
    """Opens subscriptions; keeps what can be shared between registries."""

    async def open(self, identity: Identity, subscription_id: str) -> Cloud:
        """The subscription as that identity sees it. Raises `CloudError` where the identity is incomplete."""
        ...

    async def close(self) -> None: ...
