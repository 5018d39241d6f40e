"""Regions that are no longer declared, and what is still to be taken down there."""

from collections.abc import Iterable, Iterator, Mapping

from mlregistry_operator.api.policies import DeletionPolicy
from mlregistry_operator.domain.arm import ArmId, name_of, same
from mlregistry_operator.domain.assess import waiting
from mlregistry_operator.domain.draining import Hold, held
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
    desired: Desired,
    observed: Observed,
    *,
    owner: Owner,
    activity: Activity,
    policy: DeletionPolicy,
    holds: Mapping[str, Hold],
) -> dict[str, Departure]:
    """Replications that Azure lists and accounts that were looked up, where nothing declares them any more.

    Only what carries our tag is taken down, and nothing of a region that is held. The home region's own entry
    belongs to the registry and stays.
    """
    replications = {one.location: one for one in _leaving(desired, observed, owner)}
    accounts = {where: seen for where, seen in observed.accounts.items() if where not in desired.accounts}
    going = {name_of(target): target for target in _going(desired, activity)}
    found = {}
    for location in sorted(replications.keys() | accounts.keys() | going.keys()):
        replication = (
            _unlisted(observed)
            or _replication(replications.get(location), location, activity)
            or _still_going(going.get(location))
        )
        account = _account(accounts.get(location, {}).values(), location, owner, activity)
        hold = holds.get(location)
        found[location] = (
            _departure(location, replication, account, policy)
            if hold is None or account is None
            else _held(location, replication, account, hold)
        )
    return found


def leaving_accounts(desired: Desired, observed: Observed, owner: Owner) -> dict[str, ObservedAccount]:
    """The accounts of ours in regions that nothing declares any more, by region."""
    return {
        location: seen
        for location, sighting in observed.accounts.items()
        if location not in desired.accounts
        for seen in sighting.values()
        if isinstance(seen, ObservedAccount) and is_ours(owner, seen)
    }


def _leaving(desired: Desired, observed: Observed, owner: Owner) -> Iterable[ObservedReplication]:
    if isinstance(observed.replications, Failure):
        return
    home = desired.container_registry.location
    for one in observed.replications:
        if one.location != home and one.location not in desired.replications and is_ours(owner, one):
            yield one


def _going(desired: Desired, activity: Activity) -> Iterator[ArmId]:
    """Replications that are being deleted, also once Azure does not list them any more."""
    for target in activity.operations:
        declared = name_of(target) in desired.replications
        if "/replications/" in target and activity.holds(target) and not declared:
            yield target


def _unlisted(observed: Observed) -> Assessment | None:
    """A list that could not be read says nothing: the replication may still be there."""
    if not isinstance(observed.replications, Failure):
        return None
    return Assessment(observed.replications.target, Standing.UNSEEN, failure=observed.replications)


def _replication(seen: ObservedReplication | None, location: str, activity: Activity) -> Assessment | None:
    return (
        None if seen is None else removal(seen, ActionKind.DELETE_REPLICATION, _no_longer(location), activity)
    )


def _still_going(target: ArmId | None) -> Assessment | None:
    return None if target is None else Assessment(target, Standing.IN_PROGRESS)


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
    """Nothing holds the region. An account that cannot be read holds it: it may have the only copy."""
    if account is None:
        return Departure(location, replication, None)
    if account.standing is Standing.UNSEEN:
        return Departure(location, _kept(replication, "the storage account to be readable"), account)
    if isinstance(account.seen, ObservedAccount) and policy is DeletionPolicy.RETAIN:
        return Departure(location, replication, None, retained=account.seen)
    if replication is not None:
        account = waiting(account, "the replication to be gone")
    return Departure(location, replication, account)


def _held(location: str, replication: Assessment | None, account: Assessment, hold: Hold) -> Departure:
    return Departure(location, _kept(replication, hold.waits_for), held(account, hold))


def _kept(replication: Assessment | None, what: str) -> Assessment | None:
    return waiting(replication, what) if replication is not None else None


def _no_longer(location: str) -> str:
    return f"{location} is no longer declared."


def removal(seen: Seen, kind: ActionKind, reason: str, activity: Activity) -> Assessment:
    """How a resource that has to go stands: on its way, or to be deleted."""
    if activity.holds(seen.id) or same(seen.provisioning_state, "Deleting"):
        return Assessment(seen.id, Standing.IN_PROGRESS, seen=seen)
    return Assessment(seen.id, Standing.DIFFERS, action=Action(kind, seen.id, reason), seen=seen)
