"""What one object's loop remembers between passes.

Nothing here decides what exists: all of it can be lost at any moment. It only keeps a pass from repeating a
request that has no answer yet, or from trying a failed one too early.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mlregistry_operator.api.registry_status import OperationEntry
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.plan import Action
from mlregistry_operator.domain.resources import OperationPhase, OperationState
from mlregistry_operator.kube.ports import Body
from mlregistry_operator.reconcile.changes import Change
from mlregistry_operator.reconcile.counting import Counting
from mlregistry_operator.reconcile.flights import Flights
from mlregistry_operator.reconcile.retries import Patience, Retries


@dataclass(slots=True)
class LoopMemory:
    """What every loop remembers: how to be woken, what it saw last, how often a look has failed."""

    patience: Patience
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    change: Change | None = None
    failed_looks: int = 0
    uid: str | None = None

    def own(self, body: Body | None) -> Body | None:
        """The object, if it is the loop's: an object that has its name after it is another loop's."""
        if body is None or self.uid not in {None, body["metadata"]["uid"]}:
            return None
        return body

    def sees(self, change: Change) -> None:
        """A change of the object is looked at at once, whatever was being waited for."""
        if self.change is not None and self.change != change:
            self.failed_looks = 0
            self.start_over()
        self.change = change

    def start_over(self) -> None:
        """Forget what has failed: everything may be tried at once."""


@dataclass(slots=True)
class Memory(LoopMemory):
    """A registry's. `names` are the names chosen after a collision, by region."""

    counting: Counting = field(default_factory=Counting)
    flights: Flights = field(init=False)
    retries: Retries = field(init=False)
    operations: dict[ArmId, OperationEntry] = field(default_factory=dict)
    look_again: dict[ArmId, float] = field(default_factory=dict)
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    unreadable: frozenset[ArmId] = frozenset()
    eager_passes: int = 0
    seeded: bool = False

    def __post_init__(self) -> None:
        self.flights = Flights(self.wake.set)
        self.retries = Retries(self.patience)

    def seed(self, operations: tuple[OperationEntry, ...]) -> None:
        """Take up the operations that an earlier process has noted in the status."""
        if not self.seeded:
            self.operations = {ArmId(entry.target): entry for entry in operations}
            self.seeded = True

    def start_over(self) -> None:
        self.retries.forget()

    def remember(self, action: Action, url: str, now: datetime) -> None:
        """Note a long-running operation until its end is seen."""
        self.operations[action.target] = OperationEntry(
            target=action.target, action=action.kind, url=url, start_time=now.replace(microsecond=0)
        )

    def note_unreadable(self, states: Mapping[ArmId, OperationState]) -> None:
        """Keep which operations told nothing when asked, so that each is spared the next time alone."""
        blind = {target for target, state in states.items() if state.phase is OperationPhase.UNREADABLE}
        self.unreadable = (self.unreadable - states.keys()) | (blind - self.unreadable)

    def busy(self) -> frozenset[ArmId]:
        """What is being written, or worked on by Azure: its end is waited for already."""
        return self.flights.targets() | self.operations.keys()

    def forget_operation(self, target: ArmId) -> None:
        self.operations.pop(target, None)
        self.look_again.pop(target, None)
        self.unreadable -= {target}
