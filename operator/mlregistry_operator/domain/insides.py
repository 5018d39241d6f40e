"""How what lies on and in a storage account stands: shared by access and retention.

Nothing is done inside of an account that is not there, not at rest or not ours.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.assess import waiting
from mlregistry_operator.domain.containers import ObservedContainer, container_id
from mlregistry_operator.domain.differences import Difference
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.plan import Action, ActionKind, Activity, Assessment, Standing

ACCOUNT = "the storage account"
_AT_REST = (Standing.SETTLED, Standing.DIFFERS)


def at_rest(assessment: Assessment) -> bool:
    """Whether the resource is there and ours, and nobody is at work on it."""
    return assessment.standing in _AT_REST


def wanted(
    action: Action,
    standing: Standing,
    activity: Activity,
    *,
    waits_for: str | None,
    differences: tuple[Difference, ...] = (),
) -> Assessment:
    """Something that is to be made or changed; it is being done already where the target is held."""
    if activity.holds(action.target):
        return Assessment(action.target, Standing.IN_PROGRESS)
    assessment = Assessment(action.target, standing, action=action, differences=differences)
    return waiting(assessment, waits_for) if waits_for else assessment


def container_wanted(
    account: Assessment,
    name: str,
    found: Iterable[ObservedContainer],
    activity: Activity,
) -> Assessment:
    """How a container stands that has to be there."""
    target = container_id(account.target, name)
    if any(one.name == name for one in found):
        return Assessment(target, Standing.SETTLED)
    action = Action(ActionKind.CREATE_CONTAINER, target, f"The container {name} does not exist.")
    return wanted(action, Standing.ABSENT, activity, waits_for=None if at_rest(account) else ACCOUNT)


def unseen(targets: Iterable[ArmId], failure: Failure) -> Iterator[Assessment]:
    """What could not be read; the failure is told once."""
    told = Assessment(ArmId(""), Standing.UNSEEN, failure=failure)
    for target in targets:
        yield replace(told, target=target)
        told = replace(told, failure=None)
