"""Who may use the registry in Azure: which assignments are missing, which have to go, what is said of them.

Assignments of others are never touched. A right that exists by somebody else's assignment is as good as ours
(Azure takes no second one for the same right), and stays when it leaves the spec.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from mlregistry_operator.api.conditions import ConditionType
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.api.registry_status import MLRegistryStatus
from mlregistry_operator.domain.arm import ArmId, told_name
from mlregistry_operator.domain.conditions import Verdict, find
from mlregistry_operator.domain.containers import STAGING, container_id
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.grants import (
    AssignmentSettings,
    Grant,
    ObservedAssignment,
    Scopes,
    assignments_of,
    roles_of,
)
from mlregistry_operator.domain.insides import ACCOUNT, at_rest, unseen, wanted
from mlregistry_operator.domain.ownership import Owner
from mlregistry_operator.domain.plan import (
    Access,
    Action,
    ActionKind,
    Activity,
    Assessment,
    Standing,
    unsettled,
)
from mlregistry_operator.domain.resources import Desired, Observed
from mlregistry_operator.domain.staging import assess_staging
from mlregistry_operator.domain.verdicts import MESSAGE_LIMIT, told

_ASSIGNING = frozenset({ActionKind.CREATE_ROLE_ASSIGNMENT, ActionKind.DELETE_ROLE_ASSIGNMENT})
_TO_ASSIGN = (
    "Grant the operator's identity Role Based Access Control Administrator or User Access Administrator on"
    " the resource group, beside Contributor; a new assignment takes minutes to hold."
)


def is_looked_at(desired: Desired, status: MLRegistryStatus) -> bool:
    """Whether assignments have to be read: some are declared, or the status says that there may be ours."""
    return bool(desired.access) or _may_have_assigned(status)


def access_unknown(status: MLRegistryStatus, failure: Failure) -> tuple[Verdict, ...]:
    """What is said where nothing could be looked at: that some may be ours is not forgotten."""
    if not _may_have_assigned(status):
        return ()
    message = "Who has access was not looked at, for the reason that Ready gives."
    return (Verdict(ConditionType.ACCESS_READY, "Unknown", failure.reason, message),)


def _may_have_assigned(status: MLRegistryStatus) -> bool:
    before = find(status.conditions, ConditionType.ACCESS_READY)
    return before is not None and before.reason is not Reason.NOT_DECLARED


def assess_access(
    desired: Desired,
    observed: Observed,
    accounts: Mapping[str, Assessment],
    registry: Assessment,
    *,
    owner: Owner,
    activity: Activity,
) -> Access:
    """Every declared right, the staging container that publishers write to, and what of ours has to go."""
    home = accounts[desired.container_registry.location]
    scopes = Scopes(
        accounts=tuple(one.target for one in accounts.values()),
        registry=registry.target,
        staging=container_id(home.target, STAGING),
    )
    declared = assignments_of(desired.access, scopes)
    seen = observed.insides.assignments
    staging = assess_staging(desired, observed, home, activity)
    if isinstance(seen, Failure):
        targets = [one.target(owner.tag) for one in declared] or [seen.target]
        return Access((*staging, *unseen(targets, seen)))
    waits = {one.target: None if at_rest(one) else ACCOUNT for one in accounts.values()}
    waits[registry.target] = None if at_rest(registry) else "the container registry"
    if any(one.standing is not Standing.SETTLED for one in staging[:1]):
        waits[scopes.staging] = "the staging container"
    there = _by_grant(seen, owner)
    rights = tuple(
        _right(one, there.get(one.grant), owner, activity, waits.get(one.scope)) for one in declared
    )
    others = sum(one.grant in there and not there[one.grant].is_ours(owner.tag) for one in declared)
    surplus = _surplus(desired, scopes, seen, owner, activity)
    return Access((*staging, *rights, *surplus), others)


def explained(kind: ActionKind, failure: Failure) -> Failure:
    """The same failure; where the right to assign rights is missing, with the role that gives it."""
    if kind in _ASSIGNING and failure.reason is Reason.AUTHORIZATION_FAILED:
        return replace(failure, remedy=_TO_ASSIGN)
    return failure


def access_verdict(access: Access, problems: Mapping[ArmId, Failure], *, declared: bool) -> Verdict:
    """What `AccessReady` says."""
    kind = ConditionType.ACCESS_READY
    wrong = [one for one in (problems.get(part.target) or part.failure for part in access.parts) if one]
    if wrong:
        return Verdict(kind, "False", wrong[0].reason, told(wrong)[:MESSAGE_LIMIT])
    if any(part.standing is not Standing.SETTLED for part in access.parts):
        return Verdict(kind, "False", Reason.PROGRESSING, unsettled(access.parts))
    if not declared:
        return Verdict(kind, "True", Reason.NOT_DECLARED, "spec.access is empty.")
    return Verdict(kind, "True", Reason.SUCCEEDED, f"Every declared role is assigned.{_of_others(access)}")


def _of_others(access: Access) -> str:
    if not access.of_others:
        return ""
    return f" {access.of_others} of them by somebody else, whose assignments stay when they leave the spec."


def _by_grant(seen: Iterable[ObservedAssignment], owner: Owner) -> dict[Grant, ObservedAssignment]:
    """The assignment that gives each right; ours, where somebody else's stands beside it."""
    ordered = sorted(seen, key=lambda one: one.is_ours(owner.tag))
    return {one.grant: one for one in ordered}


def _right(
    declared: AssignmentSettings,
    there: ObservedAssignment | None,
    owner: Owner,
    activity: Activity,
    waits_for: str | None,
) -> Assessment:
    if there is not None:
        return Assessment(there.id, Standing.SETTLED)
    reason = (
        f"{declared.principal_type} {declared.principal_id} is to have {declared.role.title} on"
        f" {told_name(declared.scope)}."
    )
    target = declared.target(owner.tag)
    action = Action(ActionKind.CREATE_ROLE_ASSIGNMENT, target, reason, declared)
    return wanted(action, Standing.ABSENT, activity, waits_for=waits_for)


def _surplus(
    desired: Desired,
    scopes: Scopes,
    seen: Iterable[ObservedAssignment],
    owner: Owner,
    activity: Activity,
) -> Iterator[Assessment]:
    """Ours that are declared no more. On what is no longer the registry's they stay while the role does."""
    grants = {one.grant for one in assignments_of(desired.access, scopes)}
    roles = roles_of(desired.access)
    present = {one.casefold() for one in (*scopes.accounts, scopes.registry, scopes.staging)}
    for one in seen:
        if not one.is_ours(owner.tag) or one.grant in grants:
            continue
        if one.grant.scope not in present and (one.grant.principal_id, one.grant.role_guid) in roles:
            continue
        where = told_name(ArmId(one.grant.scope))
        reason = f"{one.grant.principal_id} is not to have this role on {where} any more."
        action = Action(ActionKind.DELETE_ROLE_ASSIGNMENT, one.id, reason)
        yield wanted(action, Standing.DIFFERS, activity, waits_for=None)
