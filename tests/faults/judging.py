"""What every run is judged by, and what each complaint says."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from faults.calls import Call, Names, Plane
from faults.following import Version
from faults.runs import Run
from faults.snapshots import Snapshot
from faults.ways import LATE_SECONDS
from support.statuses import judge

from mockcloud.client import Body

_FOUND_DONE = {"DELETE": {404}, "PUT": {409, 412}}
_LOOKS = {"GET", "HEAD"}
_SAME_REQUEST = ("comp", "restype", "blockid")
_IMPORT = "/importImage"


@dataclass(slots=True)
class Clean:
    """What a scenario's runs do without a fault: what they leave, and how often they write the same thing."""

    left: Snapshot
    writes: Counter[Call] = field(default_factory=Counter)

    def add(self, run: Run) -> None:
        for call, times in _most_writes(run).items():
            self.writes[call] = max(self.writes[call], times)


def complaints(run: Run, clean: Clean) -> list[str]:
    """One sentence for everything that is wrong with the run; none where all is well."""
    return [
        *run.told,
        *_of_statuses(run.versions),
        *_of_what_is_left(run.left, clean.left),
        *_of_writes(run, clean),
    ]


def _of_statuses(versions: Iterable[Version]) -> Iterator[str]:
    for kind in ("MLRegistry", "MLAsset"):
        try:
            judge(one.thing for one in versions if one.thing["kind"] == kind)
        except AssertionError as error:
            yield f"a status is not sane: {str(error).partition(chr(10))[0][:400]}"


def _of_what_is_left(left: Snapshot, wanted: Snapshot) -> Iterator[str]:
    for place in sorted(left.keys() | wanted.keys()):
        there, expected = left.get(place), wanted.get(place)
        if there is None or expected is None:
            yield f"{place} is {'there' if expected is None else 'not there'}, other than without a fault"
        elif there != expected:
            yield f"{place} is {there}, and without a fault {expected}"


def _of_writes(run: Run, clean: Clean) -> Iterator[str]:
    for (call, _), entries in _writes(run.entries, run.lane.names).items():
        allowed = max(1, clean.writes[call])
        done = _in_turn([entry for entry in entries if _took_effect(entry)], run)
        if call.path.endswith(_IMPORT):
            done = _seen(done, run)
        if len(done) > allowed:
            yield f"{call} was done {len(done)} times: {_times(entries)}"
        elif done:
            end = _end(done[-1], run)
            again = [one for one in entries if float(one["time"]) > end and not _asks_by_condition(one, call)]
            if any(_could_know(one, end, run) for one in again):
                yield f"{call} was sent again after it had taken effect: {_times(entries)}"


def _most_writes(run: Run) -> Counter[Call]:
    most: Counter[Call] = Counter()
    for (call, _), entries in _writes(run.entries, run.lane.names).items():
        most[call] = max(most[call], sum(1 for one in entries if _took_effect(one)))
    return most


def _writes(entries: Iterable[Body], names: Names) -> dict[tuple[Call, str], list[Body]]:
    """Writes by what they would do: two blocks of one file are two things."""
    found: dict[tuple[Call, str], list[Body]] = defaultdict(list)
    for entry in entries:
        call = names.call(entry)
        if call.writes:
            telling = [pair for pair in parse_qsl(entry["query"]) if pair[0] in _SAME_REQUEST]
            found[call, f"{entry['path'].casefold()} {telling}"].append(entry)
    return found


def _took_effect(entry: Body) -> bool:
    if entry["method"] == "DELETE" and entry["servedStatus"] == 204:
        return False
    return 200 <= entry["servedStatus"] < 300


def _in_turn(done: list[Body], run: Run) -> list[Body]:
    """Without what acted so late that another one, which nothing forbade, had come before it."""
    hit = run.hit()
    if hit not in done or not any(hit["time"] < one["time"] < _end(hit, run) for one in done):
        return done
    return [one for one in done if one != hit]


def _seen(imports: list[Body], run: Run) -> list[Body]:
    """Without an import whose answer was lost, if it was begun again before any look could show its image.

    It has no resource of its own: until it has ended, Azure shows nothing of it to who does not know its URL.
    The second one ends without an effect, because the tag is taken by then.
    """
    if run.hit() not in imports[:1] or len(imports) < 2:
        return imports
    first, second = imports[0]["time"], imports[1]["time"]
    shown = any(
        one["method"] in _LOOKS and "/manifests/" in one["path"] and 200 <= one["status"] < 300
        for one in run.entries
        if first < one["time"] < second
    )
    return imports if shown else imports[1:]


def _end(entry: Body, run: Run) -> float:
    """When it took effect. What acts late is not to be seen before."""
    late = run.point is not None and run.point.way.late and entry == run.hit()
    return float(entry["time"]) + (LATE_SECONDS if late else 0.0)


def _could_know(entry: Body, end: float, run: Run) -> bool:
    """Whether a look could have shown what was done: what acts late may do so between a look and a write."""
    if run.point is None or not run.point.way.late:
        return True
    return any(
        one["method"] in _LOOKS and one["path"] == entry["path"] and end < one["time"] < entry["time"]
        for one in run.entries
    )


def _asks_by_condition(entry: Body, call: Call) -> bool:
    """In the data planes a write that finds itself done already is the look, and changes nothing."""
    done = _FOUND_DONE.get(entry["method"], set())
    return call.plane in {Plane.BLOBS, Plane.IMAGES} and entry["status"] in done


def _times(entries: list[Body]) -> str:
    first = float(entries[0]["time"])
    return ", ".join(f"{entry['status']} after {float(entry['time']) - first:.2f} s" for entry in entries)
