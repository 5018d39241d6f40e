"""What lies on and in the resources of the in-memory cloud: assignments, containers, lifecycle rules."""

from dataclasses import dataclass, field, replace

from mlregistry_operator.domain.arm import ArmId, name_of, parent_of
from mlregistry_operator.domain.containers import (
    ObservedContainer,
    ObservedRetention,
    ObservedStagingRule,
    RetentionSettings,
    StagingSettings,
)
from mlregistry_operator.domain.grants import AssignmentSettings, ObservedAssignment
from mlregistry_operator.domain.plan import Action, ActionKind

OF_INSIDES = frozenset(
    {
        ActionKind.CREATE_ROLE_ASSIGNMENT,
        ActionKind.DELETE_ROLE_ASSIGNMENT,
        ActionKind.CREATE_CONTAINER,
        ActionKind.UPDATE_LIFECYCLE_POLICY,
        ActionKind.UPDATE_RETENTION_POLICY,
    }
)


class RefusedError(Exception):
    """Azure's code, and the HTTP status."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.code, self.status = code, status


@dataclass(slots=True)
class Insides:
    """Keyed by ids in lower case. Of `strangers` Microsoft Entra knows nothing."""

    assignments: dict[str, ObservedAssignment] = field(default_factory=dict)
    containers: dict[str, dict[str, ObservedContainer]] = field(default_factory=dict)
    rules: dict[str, ObservedStagingRule] = field(default_factory=dict)
    strangers: set[str] = field(default_factory=set)
    may_assign: bool = True

    def assign(self, target: ArmId, settings: AssignmentSettings) -> None:
        """Make an assignment, as anybody may."""
        self.assignments[target.casefold()] = ObservedAssignment(target, name_of(target), settings.grant)

    def retention(self, account: str, container: str) -> ObservedRetention | None:
        return self.containers[account.casefold()][container].retention

    def forget(self, resource: str) -> None:
        """Nothing outlives the resource that it is on or in."""
        gone = resource.casefold()
        self.assignments = {key: one for key, one in self.assignments.items() if not key.startswith(gone)}
        for kept in (self.containers, self.rules):
            kept.pop(gone, None)  # type: ignore[attr-defined]  # two dictionaries of different values

    def perform(self, action: Action) -> None:
        """Raises RefusedError."""
        match action.kind:
            case ActionKind.CREATE_ROLE_ASSIGNMENT:
                self._create(action)
            case ActionKind.DELETE_ROLE_ASSIGNMENT:
                self.assignments.pop(action.target.casefold(), None)
            case ActionKind.CREATE_CONTAINER:
                account, name = parent_of(parent_of(action.target)), name_of(action.target)
                self.containers.setdefault(account.casefold(), {}).setdefault(name, ObservedContainer(name))
            case ActionKind.UPDATE_LIFECYCLE_POLICY:
                assert isinstance(action.settings, StagingSettings)
                rule = ObservedStagingRule(enabled=True, days=action.settings.days, prefixes=("staging/",))
                self.rules[parent_of(action.target).casefold()] = rule
            case _:
                self._retain(action)

    def _create(self, action: Action) -> None:
        settings = action.settings
        assert isinstance(settings, AssignmentSettings)
        if not self.may_assign:
            raise RefusedError("AuthorizationFailed", 403)
        if settings.principal_id in self.strangers:
            raise RefusedError("PrincipalNotFound", 400)
        self.assign(action.target, settings)

    def _retain(self, action: Action) -> None:
        settings, container = action.settings, parent_of(action.target)
        assert isinstance(settings, RetentionSettings)
        there = self.containers.get(parent_of(parent_of(container)).casefold(), {})
        if name_of(container) not in there:
            raise RefusedError("ContainerNotFound", 404)
        seen = there[name_of(container)]
        locked = seen.retention is not None and seen.retention.locked
        if locked and settings.etag is None:
            raise RefusedError("ContainerImmutabilityPolicyLocked", 409)
        made = ObservedRetention(settings.days, locked=locked, appends=False, etag="etag")
        there[name_of(container)] = replace(seen, retention=made)
