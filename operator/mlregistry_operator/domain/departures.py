"""Regions that are no longer declared, and what is still to be taken down there."""

from collections.abc import Iterable

from mlregistry_operator.api.policies import DeletionPolicy
from mlregistry_operator.domain.arm import same
from mlregistry_operator.domain.assess import waiting
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.ownership import Owner, is_ours
from mlregistry_operator.domain.plan import (
    Action,
    ActionKind,
    Activity,
    Assessment,
    Departure,
    Seen,
    Standing,
)
from mlregistry_operator.domain.resources import Desired, Observed, ObservedAccount, ObservedReplication


def departures(
    desired: Desired, observed: Observed, *, owner: Owner, activity: Activity, policy: DeletionPolicy
) -> dict[str, Departure]:
    """Replications that Azure lists and accounts that were looked up, where nothing declares them any more.

    Only what carries our tag is taken down. The home region's own entry belongs to the registry and stays.
    """
    replications = {one.location: one for one in _leaving(desired, observed, owner)}
    accounts = {where: seen for where, seen in observed.accounts.items() if where not in desired.accounts}
    found = {}
    for location in sorted(replications.keys() | accounts.keys()):
        replication = _unlisted(observed) or _replication(replications.get(location), location, activity)
        account = _account(accounts.get(location, {}).values(), location, owner, activity)
        found[location] = _departure(location, replication, account, policy)
    return found


def _leaving(desired: Desired, observed: Observed, owner: Owner) -> Iterable[ObservedReplication]:
    if isinstance(observed.replications, Failure):
        return
    home = desired.container_registry.location
    for one in observed.replications:
        if one.location != home and one.location not in desired.replications and is_ours(owner, one):
            yield one


def _unlisted(observed: Observed) -> Assessment | None:
    """A list that could not be read says nothing: the replication may still be there."""
    if not isinstance(observed.replications, Failure):
        return None
    return Assessment(observed.replications.target, Standing.UNSEEN, failure=observed.replications)


def _replication(seen: ObservedReplication | None, location: str, activity: Activity) -> Assessment | None:
    return (
        None if seen is None else removal(seen, ActionKind.DELETE_REPLICATION, _no_longer(location), activity)
    )


def _account(
    sighting: Iterable[ObservedAccount | Failure | None], location: str, owner: Owner, activity: Activity
) -> Assessment | None:
    for seen in sighting:
        if isinstance(seen, Failure):
            return Assessment(seen.target, Standing.UNSEEN, failure=seen)
        if seen is not None and is_ours(owner, seen):
            return removal(seen, ActionKind.DELETE_STORAGE_ACCOUNT, _no_longer(location), activity)
    return None


def _departure(
    location: str, replication: Assessment | None, account: Assessment | None, policy: DeletionPolicy
) -> Departure:
    if account is not None and isinstance(account.seen, ObservedAccount) and policy is DeletionPolicy.RETAIN:
        return Departure(location, replication, None, retained=account.seen)
    if account is not None and replication is not None:
        account = waiting(account, "the replication to be gone")
    return Departure(location, replication, account)


def _no_longer(location: str) -> str:
    return f"{location} is no longer declared."


def removal(seen: Seen, kind: ActionKind, reason: str, activity: Activity) -> Assessment:
    """How a resource that has to go stands: on its way, or to be deleted."""
    if activity.holds(seen.id) or same(seen.provisioning_state, "Deleting"):
        return Assessment(seen.id, Standing.IN_PROGRESS, seen=seen)
    return Assessment(seen.id, Standing.DIFFERS, action=Action(kind, seen.id, reason), seen=seen)
