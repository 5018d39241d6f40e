"""The states that an object of ours can be in, with what kstatus makes of each, and why."""

from dataclasses import dataclass
from typing import Any

from support.kstatus import Status


@dataclass(frozen=True, slots=True)
class State:
    """An object as somebody finds it, what kstatus makes of it, and why."""

    status: dict[str, Any] | None
    answer: Status
    because: str
    deleting: bool = False

    def thing(self) -> dict[str, Any]:
        """An object in that state, of generation 2."""
        metadata: dict[str, Any] = {"name": "a", "generation": 2}
        if self.deleting:
            metadata["deletionTimestamp"] = "2026-11-24T00:00:00Z"
        return {"metadata": metadata} | ({"status": self.status} if self.status else {})


def told(generation: int = 2, **conditions: str) -> dict[str, Any]:
    """A status with these conditions, computed for a generation."""
    return {
        "observedGeneration": generation,
        "conditions": [
            {
                "type": kind,
                "status": status,
                "reason": "Because",
                "message": "It is so.",
                "observedGeneration": generation,
                "lastTransitionTime": "2026-11-24T00:00:00Z",
            }
            for kind, status in conditions.items()
        ],
    }


STATES = [
    State(None, Status.CURRENT, because="no status at all passes for done: the trap that the default avoids"),
    State({"observedGeneration": -1}, Status.IN_PROGRESS, because="the schema's default says: not seen yet"),
    State(told(1, Ready="True"), Status.IN_PROGRESS, because="an edit makes an old Ready=True worthless"),
    State(told(Ready="Unknown", Reconciling="True"), Status.IN_PROGRESS, because="the first pass goes on"),
    State(told(Ready="False", Reconciling="True"), Status.IN_PROGRESS, because="a retry is no failure"),
    State(told(Ready="False", Stalled="True"), Status.FAILED, because="a person has to act"),
    State(told(Ready="True"), Status.CURRENT, because="it is done"),
    State(told(Ready="False"), Status.IN_PROGRESS, because="Ready alone cannot say that something failed"),
    State(told(Ready="Unknown"), Status.IN_PROGRESS, because="nobody knows, so it is not done"),
    State(told(Ready="True"), Status.TERMINATING, because="deletion comes before all", deleting=True),
]
