"""The staging container, where publishers put what an asset is then made of, and the rule that empties it.

Both are there as long as anybody may publish. Where nobody may any more, they are left: the rule empties the
container, and what others keep in it is theirs.
"""

from collections.abc import Iterator

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.containers import (
    STAGING,
    STAGING_RULE,
    ObservedStagingRule,
    StagingSettings,
    container_id,
    lifecycle_id,
)
from mlregistry_operator.domain.differences import Difference, Remedy
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.insides import ACCOUNT, at_rest, container_wanted, unseen, wanted
from mlregistry_operator.domain.plan import Action, ActionKind, Activity, Assessment, Standing
from mlregistry_operator.domain.resources import Desired, Observed

PREFIX = f"{STAGING}/"


def assess_staging(
    desired: Desired, observed: Observed, home: Assessment, activity: Activity
) -> tuple[Assessment, ...]:
    """The container and the rule, in this order; nothing where nobody publishes."""
    if desired.staging is None:
        return ()
    return tuple(_parts(desired.staging, observed, home, activity))


def _parts(
    settings: StagingSettings, observed: Observed, home: Assessment, activity: Activity
) -> Iterator[Assessment]:
    containers = observed.insides.containers.get(home.target.casefold(), ())
    if isinstance(containers, Failure):
        yield from unseen([container_id(home.target, STAGING)], containers)
    else:
        yield container_wanted(home, STAGING, containers, activity)
    rule, target = observed.insides.staging_rule, lifecycle_id(home.target)
    if isinstance(rule, Failure):
        yield from unseen([target], rule)
        return
    difference = _difference(settings, rule)
    if difference is None:
        yield Assessment(target, Standing.SETTLED)
        return
    action = Action(ActionKind.UPDATE_LIFECYCLE_POLICY, target, difference.message, settings)
    waits_for = None if at_rest(home) else ACCOUNT
    yield wanted(action, Standing.DIFFERS, activity, waits_for=waits_for, differences=(difference,))


def _difference(settings: StagingSettings, rule: ObservedStagingRule | None) -> Difference | None:
    found = _told(rule)
    right = f"deletes after {settings.days} days"
    if found == right:
        return None
    message = (
        f"The lifecycle rule {STAGING_RULE} {found} and should be one that {right} what lies in {PREFIX}."
    )
    field = f"managementPolicies.rules[{STAGING_RULE}]"
    return Difference(field, right, found, Remedy.UPDATE, Reason.PROGRESSING, message)


def _told(rule: ObservedStagingRule | None) -> str:
    """The rule in few words, the same for all rules that do the same."""
    if rule is None:
        return "is absent"
    if not rule.enabled:
        return "is disabled"
    if rule.prefixes != (PREFIX,):
        return f"is about {', '.join(rule.prefixes) or 'everything'}"
    return "deletes nothing" if rule.days is None else f"deletes after {rule.days} days"
