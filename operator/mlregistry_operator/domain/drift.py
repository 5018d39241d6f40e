"""What others have changed in Azure: fields of ours that were as declared, and are not any more.

Only what is known to have been settled for the present generation can drift: a new spec, a creation and an
adoption make differences of our own. That it was settled is read in the status, so that a restart between the
two looks loses nothing; where the status says nothing of it, a difference is corrected and not called drift.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from mlregistry_operator.api.conditions import ConditionType
from mlregistry_operator.api.group import TAG_OWNER
from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.api.registry_status import DriftEntry, MLRegistryStatus, RegionState
from mlregistry_operator.domain.arm import ArmId, same
from mlregistry_operator.domain.conditions import find
from mlregistry_operator.domain.differences import TAGS
from mlregistry_operator.domain.ownership import Owner, tag_changes, tag_of
from mlregistry_operator.domain.plan import Assessment, Plan, Standing

LIMIT: Final = 16
KEPT_FOR: Final = timedelta(days=7)
EXISTS: Final = "exists"
_ABSENT: Final = "absent"
_TEXT_LIMIT: Final = 1024

Drift = tuple[DriftEntry, ...]


def drift_status(registry: MLRegistry, plan: Plan, owner: Owner, *, now: datetime) -> Drift:
    """The entries to show: those known, told when they are put right, and what this look has found."""
    known = tuple(_followed(entry, plan) for entry in registry.status.drift)
    still_open = {(entry.target.casefold(), entry.field) for entry in known if not entry.corrected}
    found = (
        entry
        for one in plan.assessments()
        if _was_settled(registry, plan, one)
        for entry in _changed(one, owner, now)
        if (entry.target.casefold(), entry.field) not in still_open
    )
    return (*known, *found)[-LIMIT:]


def new_entries(before: Drift, after: Drift) -> Drift:
    """What a look has found that was not known."""
    known = {(one.target.casefold(), one.field, one.detected_time) for one in before}
    return tuple(one for one in after if (one.target.casefold(), one.field, one.detected_time) not in known)


def without_expired(before: MLRegistryStatus, after: MLRegistryStatus, *, now: datetime) -> MLRegistryStatus:
    """The status without entries that are too old; one that would not be written stays as it is."""
    if after == before:
        return after
    fresh = tuple(one for one in after.drift if now - one.detected_time < KEPT_FOR)
    return after.model_copy(update={"drift": fresh})


def resource_kind(target: str) -> str:
    """What sort of resource an id names, a word of a small set."""
    _, _, path = target.partition("/providers/")
    types = path.split("/")[1::2]
    return types[-1] if types else "resourceGroups"


def _followed(entry: DriftEntry, plan: Plan) -> DriftEntry:
    """The same entry, put right once its resource is as declared, or is not declared any more."""
    if entry.corrected:
        return entry
    found = next((one for one in plan.assessments() if same(one.target, entry.target)), None)
    over = found is None or found.standing is Standing.SETTLED
    return entry.model_copy(update={"corrected": True}) if over else entry


def _was_settled(registry: MLRegistry, plan: Plan, one: Assessment) -> bool:
    """Whether the last status says that this resource was as declared, for the generation of now."""
    before, generation = registry.status, registry.metadata.generation
    if before.observed_generation != generation:
        return False
    if any(_holds(before, kind, generation) for kind in _speaking_for(plan, one)):
        return True
    return _row_was_settled(registry, plan, one.target)


def _speaking_for(plan: Plan, one: Assessment) -> Iterator[ConditionType]:
    """The conditions that are True only while this resource is settled."""
    yield ConditionType.READY
    if one is plan.group or any(one is part for part in (*plan.accounts.values(), *plan.retention)):
        yield ConditionType.STORAGE_READY
    if any(one is part for part in plan.access.parts):
        yield ConditionType.ACCESS_READY
    if one is plan.container_registry or any(one is part for part in plan.replications.values()):
        yield ConditionType.CONTAINER_REGISTRY_READY


def _holds(status: MLRegistryStatus, kind: ConditionType, generation: int) -> bool:
    condition = find(status.conditions, kind)
    return (
        condition is not None and condition.status == "True" and condition.observed_generation == generation
    )


def _row_was_settled(registry: MLRegistry, plan: Plan, target: ArmId) -> bool:
    """While another region is in trouble: a row that is ready, and awaits nothing, speaks for its own."""
    home = (registry.spec.location, plan.container_registry)
    parts = (*plan.accounts.items(), *plan.replications.items(), home)
    location = next((location for location, one in parts if same(one.target, target)), None)
    row = registry.status.region(location) if location is not None else None
    return row is not None and row.state is RegionState.READY and row.message is None


def _changed(one: Assessment, owner: Owner, now: datetime) -> Iterator[DriftEntry]:
    """What is not as it was, a field each; nothing where it was not seen, or Azure is at work on it."""
    for field, desired, observed in _fields(one, owner):
        yield DriftEntry(
            target=one.target,
            field=field[:_TEXT_LIMIT],
            desired=desired[:_TEXT_LIMIT],
            observed=observed[:_TEXT_LIMIT],
            detected_time=now.replace(microsecond=0),
            corrected=False,
        )


def _fields(one: Assessment, owner: Owner) -> Iterator[tuple[str, str, str]]:
    """Each field with what it should be and what it is."""
    if one.standing is Standing.ABSENT:
        yield EXISTS, "true", "false"
    elif one.failure is not None and one.failure.reason is Reason.NOT_OWNED and one.seen is not None:
        yield f"{TAGS}[{TAG_OWNER}]", owner.tag, _text(tag_of(one.seen.tags, TAG_OWNER))
    elif one.standing in (Standing.DIFFERS, Standing.REFUSED):
        for difference in one.differences:
            if difference.field == TAGS:
                yield from _tags(one)
            else:
                yield difference.field, difference.desired, difference.observed


def _tags(one: Assessment) -> Iterator[tuple[str, str, str]]:
    if one.seen is not None and one.action is not None:
        for key, (wanted, found) in tag_changes(one.action.tags, one.seen.tags).items():
            yield f"{TAGS}[{key}]", _text(wanted), _text(found)


def _text(value: str | None) -> str:
    return _ABSENT if value is None else value
