"""Retention on the containers that hold assets: what is missing, and what is said of it.

Policies are made unlocked: they forbid changes and deletions just the same, and a person can still take them
away. A longer period than declared is nobody's harm, and only a person shortens one.

Source: https://learn.microsoft.com/azure/storage/blobs/immutable-container-level-worm-policies.
"""

from collections.abc import Iterator, Mapping

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.containers import (
    ASSET_CONTAINERS,
    ObservedContainer,
    ObservedRetention,
    RetentionSettings,
    container_id,
    retention_id,
)
from mlregistry_operator.domain.differences import Difference, Remedy
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.insides import ACCOUNT, at_rest, container_wanted, unseen, wanted
from mlregistry_operator.domain.plan import Action, ActionKind, Activity, Assessment, Standing
from mlregistry_operator.domain.resources import Desired, Observed

DAYS = "immutability.retentionDays"
APPENDS = "immutability.allowProtectedAppendWrites"


def assess_retention(
    desired: Desired, observed: Observed, accounts: Mapping[str, Assessment], activity: Activity
) -> tuple[Assessment, ...]:
    """The containers of every account with their policies; nothing where no retention is declared."""
    if desired.retention is None:
        return ()
    return tuple(
        part
        for account in accounts.values()
        for part in _in_account(desired.retention, observed, account, activity)
    )


def _in_account(
    settings: RetentionSettings, observed: Observed, account: Assessment, activity: Activity
) -> Iterator[Assessment]:
    found = observed.insides.containers.get(account.target.casefold(), ())
    if isinstance(found, Failure):
        yield from unseen(
            (retention_id(container_id(account.target, name)) for name in ASSET_CONTAINERS), found
        )
        return
    for name in ASSET_CONTAINERS:
        seen = next((one for one in found if one.name == name), None)
        if seen is None:
            yield container_wanted(account, name, found, activity)
        waits_for = ACCOUNT if not at_rest(account) else None if seen else f"the container {name}"
        target = retention_id(container_id(account.target, name))
        yield _policy(settings, seen, target, activity, waits_for=waits_for)


def _policy(
    settings: RetentionSettings,
    seen: ObservedContainer | None,
    target: ArmId,
    activity: Activity,
    *,
    waits_for: str | None,
) -> Assessment:
    found = seen.retention if seen is not None else None
    difference = _difference(settings.days, found)
    if difference is None:
        return Assessment(target, Standing.SETTLED)
    etag = found.etag if found is not None and found.locked else None
    action = Action(
        ActionKind.UPDATE_RETENTION_POLICY,
        target,
        difference.message,
        RetentionSettings(settings.days, etag),
    )
    return wanted(action, Standing.DIFFERS, activity, waits_for=waits_for, differences=(difference,))


def _difference(days: int, found: ObservedRetention | None) -> Difference | None:
    if found is None or found.days < days:
        seen = "absent" if found is None else str(found.days)
        return _update(DAYS, str(days), seen)
    if found.appends and not found.locked:
        return _update(APPENDS, "false", "true")
    return None


def _update(field: str, desired: str, observed: str) -> Difference:
    message = f"{field} is {observed} and should be {desired}."
    return Difference(field, desired, observed, Remedy.UPDATE, Reason.PROGRESSING, message)
