"""All of it: clean runs that count the calls, then every point that was chosen, in lanes side by side."""

import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from faults.calls import TOKEN, Call, Plane, made_every_time
from faults.judging import Clean, complaints
from faults.lanes import Lane
from faults.points import Point, points_of
from faults.runs import perform
from faults.scenarios import CYCLES, SCENARIOS, Cycle, Scenario
from faults.worlds import FaultWorld

CLEAN_ROUNDS = 2
TRIES = 8  # in the slow cloud, where a few points are left
TOKEN_SCENARIO = "create a registry"
Choose = Callable[[list[Point]], Iterable[Point]]


@dataclass(frozen=True, slots=True)
class Result:
    """How one point ended. Where it was not met, nothing failed and nothing was shown."""

    point: Point
    complaints: tuple[str, ...]
    met: bool = True

    @property
    def repeat(self) -> str:
        """The command that runs exactly this point again."""
        return f"make faults POINT='{self.point}'"


@dataclass(slots=True)
class Campaign:
    """Points are counted from clean runs, so that whatever call the operator makes is a point.

    `lanes` is how many there are for each cycle.
    """

    world: FaultWorld
    lanes: dict[str, int]
    choose: Choose
    say: Callable[[str], object]
    results: list[Result] = field(default_factory=list)
    _clean: dict[str, Clean] = field(default_factory=dict)
    _counts: dict[str, list[Counter[Call]]] = field(default_factory=lambda: defaultdict(list))
    _first: dict[str, list[Counter[Call]]] = field(default_factory=lambda: defaultdict(list))
    _todo: dict[str, deque[Point]] = field(default_factory=lambda: defaultdict(deque))
    _tries: Counter[Point] = field(default_factory=Counter)
    _unmet: list[Point] = field(default_factory=list)
    _is_slow: bool = False
    _of_tokens: list[Point] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _broken: list[BaseException] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)

    def summary(self) -> str:
        """The one line that says how it went."""
        failed = sum(1 for one in self.results if one.complaints or not one.met)
        return f"{len(self.results)} fault points, {failed} failures"

    def run(self) -> None:
        """Raises AssertionError where a clean run does not end well: nothing can be said then."""
        counted = threading.Barrier(sum(self.lanes.values()), action=self._plan)
        self._side_by_side(lambda cycle: self._count_and_work(cycle, counted), counted.abort)
        if self._unmet:
            self._slow_down()
            self._side_by_side(self._work)
        self._fail_tokens()

    def _side_by_side(self, work: Callable[[Cycle], None], stop: Callable[[], None] | None = None) -> None:
        """The work in every lane, a thread each. Raises what the first that failed has raised."""
        threads = [
            threading.Thread(
                target=self._guarded, args=(work, cycle, stop), name=f"{cycle} {number}", daemon=True
            )
            for cycle, many in self.lanes.items()
            for number in range(many)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._broken:
            raise self._broken[0]

    def _slow_down(self) -> None:
        """How often a short operation is looked at is chance; one that lasts is looked at often."""
        self.say(f"{len(self._unmet)} points were not met: again, in a cloud whose operations last longer")
        self.world.slow_down()
        self._is_slow = True
        for point in self._unmet:
            self._todo[point.scenario].append(point)

    def _fail_tokens(self) -> None:
        """One lane alone, because a token is for all of them; it lives for a second here, not for an hour."""
        if not self._of_tokens:
            return
        self.world.live_on_short_tokens()
        cycle = SCENARIOS[TOKEN_SCENARIO]
        lane = self._lane(cycle)
        for point in self._of_tokens:
            for step in cycle.steps:
                if not self._step(lane, step, point if step.name == point.scenario else None):
                    lane = self._lane(cycle)
                    break

    def _guarded(self, work: Callable[[Cycle], None], cycle: str, stop: Callable[[], None] | None) -> None:
        try:
            work(CYCLES[cycle])
        except threading.BrokenBarrierError:
            return
        except BaseException as error:  # noqa: BLE001 - the main thread raises it
            self._broken.append(error)
            if stop is not None:
                stop()

    def _count_and_work(self, cycle: Cycle, counted: threading.Barrier) -> None:
        lane = self._lane(cycle)
        for number in range(CLEAN_ROUNDS):
            self._clean_round(lane, cycle, first=number == 0)
        counted.wait()
        self._work(cycle, lane)

    def _work(self, cycle: Cycle, lane: Lane | None = None) -> None:
        """Every point of the cycle that is left, and then those of the cycle that has most of them left."""
        while True:
            if not self._left(cycle):
                cycle, lane = max(CYCLES.values(), key=self._left), None
                if not self._left(cycle):
                    return
            lane = lane or self._lane(cycle)
            if not self._round(lane, cycle):
                lane = None

    def _lane(self, cycle: Cycle) -> Lane:
        lane = Lane.of(self.world)
        cycle.prepare(lane)
        return lane

    def _clean_round(self, lane: Lane, cycle: Cycle, *, first: bool) -> None:
        for step in cycle.steps:
            run = perform(lane, step)
            if step.aside:
                continue
            with self._lock:
                (self._first if first else self._counts)[step.name].append(run.calls())
                clean = self._clean.setdefault(step.name, Clean(run.left))
                clean.add(run)
            found = complaints(run, clean)
            assert not found, f"{step.name}, without a fault: {'; '.join(found)}"

    def _plan(self) -> None:
        """What was counted becomes points, of which some or all are chosen."""
        points: list[Point] = []
        for name, counts in self._counts.items():
            always = made_every_time(counts)
            points += points_of(name, always)
            once = made_every_time(self._first[name])
            points += points_of(
                name, {call: times for call, times in once.items() if call not in always}, fresh=True
            )
            self.say(f"{name}: {len(always)} kinds of calls, {sum(always.values())} calls")
        points += points_of(TOKEN_SCENARIO, {Call("POST", TOKEN): 1})
        chosen = list(self.choose(points))
        for point in chosen:
            queue = self._of_tokens if point.call.plane is Plane.ENTRA else self._todo[point.scenario]
            queue.append(point)
        self.say(f"{len(chosen)} of {len(points)} fault points; counted in {self._seconds():.0f} s")

    def _left(self, cycle: Cycle) -> int:
        return sum(len(self._todo[step.name]) for step in cycle.steps)

    def _take(self, step: Scenario) -> Point | None:
        with self._lock:
            return self._todo[step.name].popleft() if self._todo[step.name] else None

    def _round(self, lane: Lane, cycle: Cycle) -> bool:
        """The cycle once, each step with the next of its points. False where the lane is spoilt, or slow."""
        swift = True
        for step in cycle.steps:
            point = self._take(step)
            swift = swift and not (point is not None and point.way.slows)
            if point is not None and point.fresh:
                self._on_a_fresh_lane(cycle, point)
                point = None
            if not self._step(lane, step, point):
                return False
        return swift

    def _on_a_fresh_lane(self, cycle: Cycle, point: Point) -> None:
        """What only the first run of a lane calls is failed in the first run of another."""
        lane = self._lane(cycle)
        for step in cycle.steps:
            if step.name == point.scenario:
                self._step(lane, step, point)
                return
            perform(lane, step)

    def _step(self, lane: Lane, step: Scenario, point: Point | None) -> bool:
        met = True
        try:
            run = perform(lane, step, point)
            found = [] if step.aside else complaints(run, self._clean[step.name])
            met = run.met
        except AssertionError as error:
            found = [str(error)]
        if point is not None:
            self._note(Result(point, tuple(found), met))
        elif found:
            self.say(f"a lane is given up: {step.name}: {'; '.join(found)}")
        return not found

    def _note(self, result: Result) -> None:
        """A call that a run happened not to make, because an operation ended sooner, another run may make."""
        with self._lock:
            if not result.met and not result.complaints and self._again(result.point):
                return
            self.results.append(result)
            done = len(self.results)
        if result.complaints:
            self.say(f"FAILED {result.point}\n    " + "\n    ".join(result.complaints))
        elif not result.met:
            self.say(f"NOT MET {result.point}")
        if not done % 50:
            self.say(f"{done} points after {self._seconds():.0f} s")

    def _again(self, point: Point) -> bool:
        """Whether the point, which was not met, has been kept for another run."""
        if point.call.plane is not Plane.ENTRA and not self._is_slow:
            self._unmet.append(point)
            return True
        self._tries[point] += 1
        queue = self._of_tokens if point.call.plane is Plane.ENTRA else self._todo[point.scenario]
        if self._tries[point] < TRIES:
            queue.append(point)
        return self._tries[point] < TRIES

    def _seconds(self) -> float:
        return time.monotonic() - self._began
