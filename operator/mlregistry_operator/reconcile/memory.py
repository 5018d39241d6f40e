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
from mlregistry_operator.domain.assets.ids import AssetKey
from mlregistry_operator.domain.plan import Action
from mlregistry_operator.domain.resources import OperationPhase, OperationState
from mlregistry_operator.kube.ports import Body
from mlregistry_operator.reconcile.changes import Change
from mlregistry_operator.reconcile.counting import Counting
from mlregistry_operator.reconcile.defects import Defects
from mlregistry_operator.reconcile.flights import Flights
from mlregistry_operator.reconcile.jobs import Jobs
from mlregistry_operator.reconcile.pace import Pace
from mlregistry_operator.reconcile.retries import Patience, Retries


@dataclass(slots=True)
class LoopMemory:
    """What every loop remembers: how to be woken, what it saw last, how often a look has failed.

    `change` is what the last pass saw of the object, `shown` what the watch showed last. `edited` says that
    the object itself has changed since the last pass, whatever else has woken the loop.
    """

    patience: Patience
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    edited: bool = False
    change: Change | None = None
    shown: Change | None = None
    failed_looks: int = 0
    conflicts: int = 0
    defects: Defects = field(default_factory=Defects)
    pace: Pace = field(default_factory=Pace)
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

    def starts_with(self, change: Change) -> None:
        """A pass has read the object; what the watch told of it meanwhile is seen by this pass."""
        if self.shown == change:
            self.begin_pass()
        self.sees(change)

    def is_shown(self, change: Change) -> None:
        """The watch shows the object; a pass may have seen it before."""
        self.shown = change
        if self.change != change:
            self.edited = True
            self.wake.set()

    def begin_pass(self) -> None:
        """Whatever woke the loop, a pass that begins now sees it."""
        self.edited = False
        self.wake.clear()

    def start_over(self) -> None:
        """Forget what has failed: everything may be tried at once."""


@dataclass(slots=True)
class DrainMemory:
    """What is known of leaving regions: the copies under way out of them, and what was proved elsewhere.

    `proved` has the ETag of the commit mark and the time of the proof, by the monotonic clock.
    """

    jobs: Jobs
    proved: dict[tuple[str, AssetKey], tuple[str, float]] = field(default_factory=dict)

    async def forget(self) -> None:
        """No region leaves any more."""
        self.proved.clear()
        await self.jobs.cancel()


@dataclass(slots=True)
class Memory(LoopMemory):
    """A registry's. `names` are the names chosen after a collision, by region.

    `nothing_to_lose` says that a registry which is being deleted holds no content, `awaits_assets` that it
    waits for assets to go or to be copied, `contested` that another registry goes first.
    """

    counting: Counting = field(default_factory=Counting)
    flights: Flights = field(init=False)
    retries: Retries = field(init=False)
    drain: DrainMemory = field(init=False)
    operations: dict[ArmId, OperationEntry] = field(default_factory=dict)
    look_again: dict[ArmId, float] = field(default_factory=dict)
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    absent_looks: dict[ArmId, int] = field(default_factory=dict)
    unreadable: frozenset[ArmId] = frozenset()
    eager_passes: int = 0
    nothing_to_lose: bool = False
    awaits_assets: bool = False
    contested: bool = False
    seeded: bool = False

    def __post_init__(self) -> None:
        self.flights = Flights(self.wake.set, self.defects)
        self.retries = Retries(self.patience)
        self.drain = DrainMemory(Jobs(self.wake.set, self.patience, self.defects))

    def seed(self, operations: tuple[OperationEntry, ...]) -> None:
        """Take up the operations that an earlier process has noted in the status."""
        if not self.seeded:
            self.operations = {ArmId(entry.target): entry for entry in operations}
            self.seeded = True

    def start_over(self) -> None:
        self.retries.forget()
        self.drain.jobs.retries.forget()

    def assets_changed(self) -> None:
        """An asset of the registry has changed: who waits for that looks at once."""
        if self.awaits_assets:
            self.wake.set()

    def remember(self, action: Action, url: str, now: datetime) -> None:
        """Note a long-running operation until its end is seen."""
        self.operations[action.target] = OperationEntry(
            target=action.target, action=action.kind, url=url, start_time=now.replace(microsecond=0)
        )

    def ask_the_resource(self, target: ArmId) -> None:
        """The operation has ended, and is followed on at the resource itself."""
        self.operations[target] = self.operations[target].model_copy(update={"url": str(target)})
        self.look_again.pop(target, None)

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
        self.absent_looks.pop(target, None)
        self.unreadable -= {target}
