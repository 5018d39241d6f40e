"""What Flux, Helm and kpt take an object's state for: kstatus, as far as it reads objects of custom kinds.

Source: kubernetes-sigs/cli-utils, pkg/kstatus/status/{generic,status}.go; the order of the checks is theirs.
"""

from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """The answers that kstatus gives for an object that exists."""

    IN_PROGRESS = "InProgress"
    FAILED = "Failed"
    CURRENT = "Current"
    TERMINATING = "Terminating"


def kstatus(thing: dict[str, Any]) -> Status:
    """The state of an object, computed from the object alone."""
    if thing["metadata"].get("deletionTimestamp"):
        return Status.TERMINATING
    return _by_generation(thing) or _by_standard_conditions(thing) or _by_ready(thing) or Status.CURRENT


def _by_generation(thing: dict[str, Any]) -> Status | None:
    generation = thing["metadata"].get("generation")
    observed = thing.get("status", {}).get("observedGeneration")
    if generation is None or observed is None or observed == generation:
        return None
    return Status.IN_PROGRESS


def _by_standard_conditions(thing: dict[str, Any]) -> Status | None:
    for condition in _conditions(thing):
        match condition["type"], condition["status"]:
            case "Reconciling", "True":
                return Status.IN_PROGRESS
            case "Stalled", "True":
                return Status.FAILED
    return None


def _by_ready(thing: dict[str, Any]) -> Status | None:
    for condition in _conditions(thing):
        match condition["type"], condition["status"]:
            case "Ready", "True":
                return Status.CURRENT
            case "Ready", "False" | "Unknown":
                return Status.IN_PROGRESS
    return None


def _conditions(thing: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = thing.get("status", {}).get("conditions", [])
    return found
