"""What must hold of the conditions in every status that is ever written, whatever the state.

The numbered rules are those of Flux's checker. Source: fluxcd/pkg, runtime/conditions/check.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

ABNORMAL = ("Reconciling", "Stalled")
REASON = re.compile(r"[A-Z][A-Za-z0-9]{0,63}")

Conditions = dict[str, dict[str, Any]]


def assert_conditions_sane(thing: dict[str, Any]) -> None:
    """Fail with every rule that the object's conditions break.

    The object may have been edited since its status was written; judged is the status as it was written.
    """
    faults = list(condition_faults(thing))
    assert not faults, f"{thing['metadata'].get('name')}: " + "; ".join(faults)


def condition_faults(thing: dict[str, Any]) -> Iterator[str]:
    """One sentence for every rule that is broken."""
    status = thing.get("status", {})
    listed = status.get("conditions", [])
    conditions = {condition["type"]: condition for condition in listed}
    if len(conditions) != len(listed):
        yield "a type of condition stands twice"
    if not listed:
        if status.get("observedGeneration", -1) != -1:
            yield "the generation was observed and nothing is said of it"
        return
    for condition in listed:
        yield from _form_faults(condition)
    yield from _polarity_faults(conditions)
    yield from _generation_faults(thing, conditions)


def _form_faults(condition: dict[str, Any]) -> Iterator[str]:
    kind = condition["type"]
    if condition["status"] not in {"True", "False", "Unknown"}:
        yield f"{kind} has status {condition['status']}"
    if not REASON.fullmatch(condition.get("reason", "")):
        yield f"{kind} has reason {condition.get('reason')!r}, which is no CamelCase word"
    if condition["status"] == "False" and not condition.get("message"):
        yield f"{kind} is False and does not say what to do"
    if datetime.fromisoformat(condition["lastTransitionTime"]).tzinfo is None:
        yield f"{kind} has a transition time without a zone"
    if condition.get("observedGeneration", 0) < 1:
        yield f"WARN0005: {kind} has no observedGeneration"


def _polarity_faults(conditions: Conditions) -> Iterator[str]:
    present = [kind for kind in ABNORMAL if kind in conditions]
    if "Ready" not in conditions:
        yield "FAIL0002: there is no Ready condition"
        return
    ready = conditions["Ready"]["status"]
    if len(present) > 1:
        yield "FAIL0005: Reconciling and Stalled are both present"
    for kind in present:
        if conditions[kind]["status"] != "True":
            yield f"WARN0003, WARN0004: {kind} is present and not True"
        if ready == "True":
            yield f"FAIL0001, WARN0001: Ready is True beside {kind}"
    if "Stalled" in conditions and ready != "False":
        yield f"FAIL0004: Ready is {ready} beside Stalled"


def _generation_faults(thing: dict[str, Any], conditions: Conditions) -> Iterator[str]:
    observed = thing["status"].get("observedGeneration", -1)
    generation = thing["metadata"].get("generation", observed)
    if observed > generation:
        yield f"FAIL0006: generation {observed} is observed and {generation} is the latest"
    is_ready = conditions.get("Ready", {}).get("status") == "True"
    for kind, condition in conditions.items():
        told_for = condition.get("observedGeneration", 0)
        if told_for > generation:
            yield f"{kind} speaks of generation {told_for}, and {generation} is the latest"
        if is_ready and told_for != observed:
            yield f"FAIL0007 to FAIL0009: Ready is True, and {kind} is of another generation than the status"
