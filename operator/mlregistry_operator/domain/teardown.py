"""Taking a registry down: replications, then the container registry, then the accounts, then our own group.

Each stage begins when the one before is gone, so that a deletion that is interrupted at any point goes on
where it stopped. What does not carry our tag is left alone and stands in nobody's way.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mlregistry_operator.domain.departures import removal
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.ownership import Owner, is_ours
from mlregistry_operator.domain.plan import Action, ActionKind, Activity, Assessment, Seen, Standing
from mlregistry_operator.domain.resources import Desired, Observed

_REASON = "The MLRegistry is being deleted, and its deletionPolicy is Delete."


@dataclass(frozen=True, slots=True)
class Teardown:
    """What still stands, and what is done about it now. Finished when nothing remains."""

    remaining: tuple[Assessment, ...]

    @property
    def finished(self) -> bool:
        return not self.remaining

    def actions(self) -> tuple[Action, ...]:
        """The deletions that can be started now."""
        return tuple(one.action for one in self.remaining if one.action is not None)


def plan_teardown(desired: Desired, observed: Observed, activity: Activity, *, owner: Owner) -> Teardown:
    """The first stage at which something of ours still stands, or could not be read."""
    stages = (
        _replications(desired, observed, owner, activity),
        _container_registry(observed, owner, activity),
        _accounts(observed, owner, activity),
        _group(observed, owner, activity),
    )
    return Teardown(next((found for found in map(tuple, stages) if found), ()))


def belongings(desired: Desired, observed: Observed, owner: Owner) -> tuple[Seen, ...]:
    """Everything of ours that was seen: what `Retain` leaves in Azure."""
    return tuple(one for one in observed.there() if is_ours(owner, one) and not desired.is_home(one))


def _replications(
    desired: Desired, observed: Observed, owner: Owner, activity: Activity
) -> Iterator[Assessment]:
    if isinstance(observed.replications, Failure):
        yield Assessment(observed.replications.target, Standing.UNSEEN, failure=observed.replications)
        return
    home = desired.container_registry.location
    for one in observed.replications:
        if one.location != home and is_ours(owner, one):
            yield removal(one, ActionKind.DELETE_REPLICATION, _REASON, activity)


def _container_registry(observed: Observed, owner: Owner, activity: Activity) -> Iterator[Assessment]:
    return _each(observed.container_registry.values(), ActionKind.DELETE_CONTAINER_REGISTRY, owner, activity)


def _accounts(observed: Observed, owner: Owner, activity: Activity) -> Iterator[Assessment]:
    for sighting in observed.accounts.values():
        yield from _each(sighting.values(), ActionKind.DELETE_STORAGE_ACCOUNT, owner, activity)


def _each(
    sighting: Iterable[Seen | Failure | None], kind: ActionKind, owner: Owner, activity: Activity
) -> Iterator[Assessment]:
    for seen in sighting:
        if isinstance(seen, Failure):
            yield Assessment(seen.target, Standing.UNSEEN, failure=seen)
        elif seen is not None and is_ours(owner, seen):
            yield removal(seen, kind, _REASON, activity)


def _group(observed: Observed, owner: Owner, activity: Activity) -> Iterator[Assessment]:
    """Only a group that we made, and only once it is empty; others may have put things into it."""
    group = observed.group
    if isinstance(group, Failure):
        yield Assessment(group.target, Standing.UNSEEN, failure=group)
        return
    if group is None or not is_ours(owner, group):
        return
    if activity.holds(group.id) or group.provisioning_state == "Deleting":
        yield Assessment(group.id, Standing.IN_PROGRESS)
    elif group.empty:
        yield Assessment(
            group.id, Standing.DIFFERS, action=Action(ActionKind.DELETE_RESOURCE_GROUP, group.id, _REASON)
        )
