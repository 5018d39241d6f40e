"""One run of one scenario in a lane, with one fault or with none, until everything is at rest."""

import secrets
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from faults.calls import Call
from faults.following import Version
from faults.lanes import Lane
from faults.points import Point
from faults.scenarios import Scenario
from faults.snapshots import Snapshot, snapshot
from faults.ways import LATE_SECONDS, code_of
from support.clusters import is_ready

from mockcloud.client import Body

PATIENCE_SECONDS = 120.0
LOOKS = 4
LAST_CALLS = 5


class NotConvergedError(AssertionError):
    """The run did not come to its end; the message says what it waited for."""


@dataclass(slots=True)
class Run:
    """What was asked, said and left. `told` are complaints that could only be made on the spot."""

    lane: Lane
    scenario: Scenario
    point: Point | None
    began: float = field(default_factory=time.time)
    told: list[str] = field(default_factory=list)
    met: bool = True
    entries: list[Body] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)
    left: Snapshot = field(default_factory=dict)

    def calls(self) -> Counter[Call]:
        """How often each call was made."""
        names = self.lane.names
        return Counter(names.call(entry) for entry in self.entries)

    def matching(self) -> list[Body]:
        """The requests that the run's fault concerned, in order of arrival."""
        if self.point is None:
            return []
        names, call = self.lane.names, self.point.call
        return [entry for entry in self._asked() if names.call(entry) == call]

    def hit(self) -> Body | None:
        """The request that was made to fail, where it was one."""
        point, found = self.point, self.matching()
        if point is None or point.way.lasts or len(found) < point.occurrence:
            return None
        return found[point.occurrence - 1]

    def is_met(self) -> bool:
        if self.point is None:
            return True
        return len(self.matching()) >= self.point.occurrence

    def close(self) -> None:
        """Take up what the lane has heard; nothing more belongs to the run."""
        self.entries, self.versions = self._asked(), self.lane.versions()
        self.left = snapshot(self.lane)

    def _asked(self) -> list[Body]:
        return [entry for entry in self.lane.entries() if float(entry["time"]) >= self.began]


def perform(lane: Lane, scenario: Scenario, point: Point | None = None) -> Run:
    """The run, closed.

    Raises:
        NotConvergedError: it did not come to its end.
    """
    scenario.begin(lane)
    run = Run(lane, scenario, point)
    with _fault(lane, point) as lift:
        scenario.act(lane)
        found = None if scenario.ends else lane.world.cluster.find(scenario.subject(lane))
        generation = found["metadata"]["generation"] if found is not None else 0
        if point is not None and point.way.lasts:
            _until_told(run, code_of(point.call))
            lift()
        _until_over(run, generation)
        if not scenario.ends:
            _at_rest(run)
    run.met = point is None or lift.hits > 0
    if point is not None and point.way.late:
        time.sleep(LATE_SECONDS)  # what acts late has acted then
    run.close()
    return run


@contextmanager
def _fault(lane: Lane, point: Point | None) -> Iterator["_Lift"]:
    """The point's fault while the body runs, or until it is lifted."""
    lift = _Lift(lane, None)
    if point is not None:
        way = point.way
        often = {"times": None} if way.lasts else {"times": 1, "skip": point.occurrence - 1}
        lift.fault = lane.world.cloud.fault(**lane.names.match(point.call), **often, **way.fault(point.call))
    try:
        yield lift
    finally:
        lift()


@dataclass(slots=True)
class _Lift:
    lane: Lane
    fault: str | None
    hits: int = 0

    def __call__(self) -> None:
        if self.fault is not None:
            self.hits = self.lane.world.cloud.remove_fault(self.fault)["hits"]
            self.fault = None


def _until_told(run: Run, code: str) -> None:
    """A failure that lasts is told with Azure's code, in any condition or row, or the end does without."""
    lane = run.lane

    def tells(version: Version) -> bool:
        if run.scenario.ends and run.scenario.is_over(lane, version, 0):
            return True
        status = version.thing.get("status", {})
        messages = [
            one.get("message", "") for one in (*status.get("conditions", []), *status.get("regions", []))
        ]
        return any(code in message for message in messages)

    if lane.world.following.until(lane.namespace, 0, tells, PATIENCE_SECONDS) is None:
        run.told.append(f"the call failed all the time, and no status tells of {code}; {_last_words(run)}")


def _until_over(run: Run, generation: int) -> None:
    """The scenario's own end; what was declared is there when it is told, not later."""
    lane, scenario = run.lane, run.scenario

    def over(version: Version) -> bool:
        if not scenario.is_over(lane, version, generation):
            return False
        lacking = scenario.lacks(lane)
        if lacking:
            said = "it is gone" if scenario.ends else "it is Ready"
            run.told.append(f"the status said that {said}, and there was lacking: {', '.join(lacking)}")
        return True

    if lane.world.following.until(lane.namespace, 0, over, PATIENCE_SECONDS) is None:
        raise NotConvergedError(f"not over after {PATIENCE_SECONDS:.0f} s; {_last_words(run)}")


def _at_rest(run: Run) -> None:
    """Another look or two change nothing; what the run itself did not call, they may."""
    for _ in range(LOOKS):
        _look(run)
        if run.is_met():
            break
    else:
        return
    if run.point is not None and run.hit() is not None:
        _look(run)


def _look(run: Run) -> None:
    lane, subject = run.lane, run.scenario.subject(run.lane)
    position, token = lane.world.following.count(lane.namespace), secrets.token_hex(4)
    lane.world.cluster.annotate(subject, reconcile_at=token)

    def looked(version: Version) -> bool:
        thing = version.thing
        handled = thing.get("status", {}).get("lastHandledReconcileAt") == token
        return handled and thing["kind"] == subject.kind and is_ready(thing)

    if lane.world.following.until(lane.namespace, position, looked, PATIENCE_SECONDS) is None:
        raise NotConvergedError(f"not Ready again after a look; {_last_words(run)}")


def _last_words(run: Run) -> str:
    subject = run.scenario.subject(run.lane)
    thing = run.lane.world.cluster.find(subject)
    if thing is None:
        return f"{subject} is not there"
    said = [
        f"{one['type']}={one['status']} {one.get('reason')}: {one.get('message')}"
        for one in thing.get("status", {}).get("conditions", [])
    ]
    goes = " goes, and" if "deletionTimestamp" in thing["metadata"] else ""
    asked = [
        f"{run.lane.names.call(entry)}: {entry['status']} {time.time() - entry['time']:.1f} s ago"
        for entry in run.lane.entries()[-LAST_CALLS:]
    ]
    return f"{subject}{goes} says: {'; '.join(said) or 'nothing'}; it asked last for {'; '.join(asked)}"
