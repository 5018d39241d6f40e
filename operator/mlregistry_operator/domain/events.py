"""What is worth telling as it happens: transitions and steps taken, never that all is as it was.

The API server bounds every text of an event in bytes of UTF-8, and refuses an event that is longer.
Source: https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/validation/events.go.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from mlregistry_operator.api.conditions import Condition, ConditionType
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.api.registry_status import MLRegistryStatus, RegionState, RegionStatus
from mlregistry_operator.domain.arm import ArmId, told_name
from mlregistry_operator.domain.conditions import find
from mlregistry_operator.domain.drift import Drift, new_entries
from mlregistry_operator.domain.plan import Action

NOTE_BYTES: Final = 1024
WORD_BYTES: Final = 128
_CUT: Final = "…"


@dataclass(frozen=True, slots=True)
class EventNote:
    """One event. `reason` and `action` are of a small fixed set; `note` is for a person."""

    type: Literal["Normal", "Warning"]
    reason: str
    action: str
    note: str


_REGION_REASONS = {
    RegionState.READY: ("Normal", Reason.REGION_READY),
    RegionState.FAILED: ("Warning", Reason.REGION_FAILED),
    RegionState.DEGRADED: ("Warning", Reason.REGION_DEGRADED),
}


def transitions(before: MLRegistryStatus, after: MLRegistryStatus) -> Iterator[EventNote]:
    """What has changed between two statuses, for the better or the worse."""
    yield from readiness(before.conditions, after.conditions)
    for row in after.regions:
        yield from _region(before.region(row.location), row)
    known = {entry.id for entry in before.retained}
    for entry in after.retained:
        if entry.id not in known:
            yield event("Normal", Reason.RETAINED, "Retain", f"Left in Azure: {entry.id}. {entry.reason}")
    yield from _drifted(new_entries(before.drift, after.drift))


def step_taken(action: Action) -> EventNote:
    """A step of the plan that Azure accepted."""
    if action.adopts is not None:
        note = f"Took over {action.target}, which belonged to {action.adopts}. {action.reason}"
        return event("Normal", Reason.ADOPTED, action.kind, note)
    return event("Normal", action.kind, action.kind, f"{told_name(action.target)}: {action.reason}")


def event(kind: Literal["Normal", "Warning"], reason: str, action: str, note: str) -> EventNote:
    """An event that the API server takes: what is too long is cut."""
    return EventNote(kind, fit(reason, WORD_BYTES), fit(action, WORD_BYTES), fit(note, NOTE_BYTES))


def fit(text: str, most: int) -> str:
    """The text in at most so many bytes of UTF-8: cut between two characters, with a mark at the cut."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) > most:
        encoded = encoded[: most - len(_CUT.encode())]
        return encoded.decode("utf-8", "ignore") + _CUT
    return encoded.decode()


def listing(reason: str, action: str, opening: str, items: Iterable[str]) -> Iterator[EventNote]:
    """Events that name every item, as many as the bound on a note makes necessary."""
    note = opening
    for item in items:
        if note != opening and len(f"{note}, {item}".encode("utf-8", "replace")) > NOTE_BYTES:
            yield event("Normal", reason, action, note)
            note = opening
        note = f"{note} {item}" if note == opening else f"{note}, {item}"
    if note != opening:
        yield event("Normal", reason, action, note)


def readiness(before: Iterable[Condition], after: Iterable[Condition]) -> Iterator[EventNote]:
    """That an object has become ready, or has ceased to be, or is not for another reason."""
    old, new = find(before, ConditionType.READY), find(after, ConditionType.READY)
    if new is None or (old is not None and (old.status, old.reason) == (new.status, new.reason)):
        return
    yield event("Warning" if new.status == "False" else "Normal", new.reason, "Reconcile", new.message)


def _drifted(found: Drift) -> Iterator[EventNote]:
    """One event for all that a look has found."""
    if found:
        changes = "; ".join(
            f"{told_name(ArmId(one.target))}: {one.field} is {one.observed} and should be {one.desired}"
            for one in found
        )
        yield event("Warning", Reason.DRIFTED, "Reconcile", f"Changed in Azure: {changes}.")


def _region(old: RegionStatus | None, new: RegionStatus) -> Iterator[EventNote]:
    if new.state not in _REGION_REASONS or (old is not None and old.state is new.state):
        return
    kind, reason = _REGION_REASONS[new.state]
    note = new.message or "Storage account and container registry are as declared."
    yield event("Normal" if kind == "Normal" else "Warning", reason, "Reconcile", f"{new.location}: {note}")
