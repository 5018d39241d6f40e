"""The plan: what one pass wants to do, as data.

The operator applies it, `ObserveOnly` prints it, and the status shows what of it is not finished.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Final

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.arm import ArmId, told_name
from mlregistry_operator.domain.containers import RetentionSettings, StagingSettings
from mlregistry_operator.domain.differences import Difference
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.grants import AssignmentSettings
from mlregistry_operator.domain.resources import (
    AccountSettings,
    ContainerRegistrySettings,
    GroupSettings,
    ObservedAccount,
    ObservedContainerRegistry,
    ObservedReplication,
    OperationPhase,
    OperationState,
    ReplicationSettings,
)

_TOLD: Final = 6


class ActionKind(StrEnum):
    """The steps that exist."""

    CREATE_RESOURCE_GROUP = "CreateResourceGroup"
    CREATE_STORAGE_ACCOUNT = "CreateStorageAccount"
    UPDATE_STORAGE_ACCOUNT = "UpdateStorageAccount"
    CREATE_CONTAINER_REGISTRY = "CreateContainerRegistry"
    UPDATE_CONTAINER_REGISTRY = "UpdateContainerRegistry"
    CREATE_REPLICATION = "CreateReplication"
    UPDATE_REPLICATION = "UpdateReplication"
    DRAIN_STORAGE_ACCOUNT = "DrainStorageAccount"
    DELETE_REPLICATION = "DeleteReplication"
    DELETE_CONTAINER_REGISTRY = "DeleteContainerRegistry"
    DELETE_STORAGE_ACCOUNT = "DeleteStorageAccount"
    DELETE_RESOURCE_GROUP = "DeleteResourceGroup"
    CREATE_ROLE_ASSIGNMENT = "CreateRoleAssignment"
    DELETE_ROLE_ASSIGNMENT = "DeleteRoleAssignment"
    CREATE_CONTAINER = "CreateContainer"
    UPDATE_LIFECYCLE_POLICY = "UpdateLifecyclePolicy"
    UPDATE_RETENTION_POLICY = "UpdateRetentionPolicy"


Settings = AccountSettings | ContainerRegistrySettings | ReplicationSettings | GroupSettings
InsideSettings = AssignmentSettings | StagingSettings | RetentionSettings


@dataclass(frozen=True, slots=True)
class Action:
    """One step towards the declared state.

    `tags` are the whole set to write, other people's included; `fields` are what an update changes, empty for
    all else. `waits_for` names what has to be there first; None where the step can be taken now. `adopts`
    tells whose the resource was before this step takes it over, None where it is ours already.
    """

    kind: ActionKind
    target: ArmId
    reason: str
    settings: Settings | InsideSettings | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    fields: frozenset[str] = frozenset()
    waits_for: str | None = None
    adopts: str | None = None


class Standing(Enum):
    """How a resource stands towards what is declared."""

    SETTLED = "as declared"
    IN_PROGRESS = "Azure is working on it"
    ABSENT = "not there"
    DIFFERS = "there, and not as declared"
    BROKEN = "Azure calls it failed"
    REFUSED = "a person has to decide"
    UNSEEN = "could not be read"


Seen = ObservedAccount | ObservedContainerRegistry | ObservedReplication


@dataclass(frozen=True, slots=True)
class Assessment:
    """One resource: how it stands, what is wanted of it, and what is in the way.

    `differences` are the fields that are not as declared, for `DIFFERS`, and for `REFUSED` where one of them
    is the reason.
    """

    target: ArmId
    standing: Standing
    action: Action | None = None
    failure: Failure | None = None
    seen: Seen | None = None
    differences: tuple[Difference, ...] = ()

    @property
    def is_foreign(self) -> bool:
        """Whether the resource is there and is somebody else's."""
        return self.failure is not None and self.failure.reason is Reason.NOT_OWNED


def unsettled(parts: Iterable[Assessment]) -> str:
    """How many are as declared, and which are not yet, with how they stand."""
    every = tuple(parts)
    others = [one for one in every if one.standing is not Standing.SETTLED]
    told = "; ".join(f"{told_name(one.target)}: {one.standing.value}" for one in others[:_TOLD])
    rest = f"; and {len(others) - _TOLD} more" if len(others) > _TOLD else ""
    return f"{len(every) - len(others)} of {len(every)} are as declared. {told}{rest}."


@dataclass(frozen=True, slots=True)
class Activity:
    """What is going on already: operations at Azure, and requests of ours that have no answer yet."""

    operations: Mapping[ArmId, OperationState] = field(default_factory=dict)
    in_flight: frozenset[ArmId] = frozenset()

    def holds(self, target: ArmId) -> bool:
        """Whether the target is being worked on, so that nothing else is asked of it."""
        operation = self.operations.get(target)
        return target in self.in_flight or (
            operation is not None and operation.phase is OperationPhase.RUNNING
        )


@dataclass(frozen=True, slots=True)
class Departure:
    """A region that leaves: what is still to be taken down there, and the account that stays behind."""

    location: str
    replication: Assessment | None
    account: Assessment | None
    retained: ObservedAccount | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """Role assignments, and the staging container with its lifecycle rule, as far as they are declared.

    `of_others` counts the declared rights that exist by assignments which somebody else has made.
    """

    parts: tuple[Assessment, ...] = ()
    of_others: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """How everything of one registry stands, and every step that is wanted."""

    group: Assessment | None
    accounts: Mapping[str, Assessment]
    container_registry: Assessment
    replications: Mapping[str, Assessment]
    departures: Mapping[str, Departure] = field(default_factory=dict)
    access: Access = field(default_factory=Access)
    retention: tuple[Assessment, ...] = ()

    def assessments(self) -> Iterator[Assessment]:
        """Everything that was assessed, in the order in which it is shown."""
        if self.group is not None:
            yield self.group
        yield from self.accounts.values()
        yield self.container_registry
        yield from self.replications.values()
        for departure in self.departures.values():
            yield from (part for part in (departure.replication, departure.account) if part is not None)
        yield from self.retention
        yield from self.access.parts

    def actions(self) -> tuple[Action, ...]:
        """Every step that is wanted, whether or not it can be taken now."""
        return tuple(one.action for one in self.assessments() if one.action is not None)

    def draining(self) -> bool:
        """Whether a region that leaves waits for what it holds to be safe elsewhere."""
        return any(action.kind is ActionKind.DRAIN_STORAGE_ACCOUNT for action in self.actions())

    def settled(self) -> bool:
        """Whether everything is as declared."""
        return all(one.standing is Standing.SETTLED for one in self.assessments())
