"""Every version of every asset that the API server ever held, and what each of them must keep to."""

import json
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import httpx
from support.clusters import OURS, Ref, Thing, condition
from support.conditions import assert_conditions_sane
from support.kstatus import Status, kstatus
from support.manifests import Manifest

from hack.controlplane.plane import ControlPlane

COLLECTION = f"{OURS}/mlassets"
SILENCE_SECONDS = 1.0
CATCH_UP_SECONDS = 10.0


class AssetWatch:
    """One watch on all assets of an API server, from its making to `stop`."""

    def __init__(self, plane: ControlPlane) -> None:
        self._http = plane.client(timeout=SILENCE_SECONDS)
        self._versions: list[Manifest] = []
        self._ended = threading.Event()
        self._from = str(self._list()["metadata"]["resourceVersion"])
        self._thread = threading.Thread(target=self._follow, name="asset watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()
        self._http.close()

    def present(self) -> list[Manifest]:
        """The assets that there are now."""
        found: list[Manifest] = self._list()["items"]
        return found

    def __len__(self) -> int:
        """How many versions there are so far."""
        return len(self._versions)

    def since(self, position: int, thing: Thing | None = None) -> list[Manifest]:
        """What came after so many versions, of one object where one is named, at least up to now."""
        deadline = time.monotonic() + CATCH_UP_SECONDS
        wanted = {_version(item) for item in self.present()}
        while not wanted <= {_version(one) for one in self._versions}:
            assert time.monotonic() < deadline, "the watch has fallen behind the API server"
            time.sleep(0.02)
        found = [{"kind": "MLAsset", **one} for one in self._versions[position:]]
        return found if thing is None else [one for one in found if Ref.of(one) == Ref.of(thing)]

    def _list(self) -> Manifest:
        found: Manifest = self._http.get(COLLECTION).raise_for_status().json()
        return found

    def _follow(self) -> None:
        while not self._ended.is_set():
            try:
                for version in self._events():
                    self._versions.append(version)
            except httpx.TransportError:  # silence
                self._ended.wait(0.05)

    def _events(self) -> Iterator[Manifest]:
        asked = {"watch": "1", "resourceVersion": self._from}
        with self._http.stream("GET", COLLECTION, params=asked) as answer:
            for line in answer.iter_lines():
                event = json.loads(line)
                assert event["type"] != "ERROR", f"the watch broke: {event['object']}"
                self._from = event["object"]["metadata"]["resourceVersion"]
                yield event["object"]


@dataclass(frozen=True, slots=True)
class AssetHistory:
    """The part of a watch that one test has made."""

    watch: AssetWatch
    position: int

    def versions(self, thing: Thing | None = None) -> list[Manifest]:
        """Every version since the test began, of one object where one is named; oldest first."""
        return self.watch.since(self.position, thing)


def judge(versions: Iterable[Manifest]) -> None:
    """Fail where a status has insane conditions, where kstatus reads another state than they tell, where
    the time of a condition moves without its status, or where a digest that was told is not told any more.
    """
    last: dict[str, Manifest] = {}
    for version in versions:
        assert_conditions_sane(version)
        assert kstatus(version) is told_by(version), f"kstatus reads {version.get('status')} otherwise"
        before = last.get(version["metadata"]["uid"])
        if before is not None:
            _assert_times_tell_of_transitions(before, version)
            _assert_the_digest_stays(before, version)
        last[version["metadata"]["uid"]] = version


def told_by(version: Manifest) -> Status:
    """The state that an object's own conditions claim, by what the kinds' documentation promises."""
    if version["metadata"].get("deletionTimestamp"):
        return Status.TERMINATING
    if version.get("status", {}).get("observedGeneration") != version["metadata"]["generation"]:
        return Status.IN_PROGRESS
    if condition(version, "Stalled"):
        return Status.FAILED
    return Status.CURRENT if condition(version, "Ready")["status"] == "True" else Status.IN_PROGRESS


def _assert_times_tell_of_transitions(before: Manifest, after: Manifest) -> None:
    old = {one["type"]: one for one in before.get("status", {}).get("conditions", [])}
    for new in after.get("status", {}).get("conditions", []):
        known = old.get(new["type"], new)
        if known["status"] == new["status"]:
            assert known["lastTransitionTime"] == new["lastTransitionTime"], f"{new['type']} has not changed"
        else:
            assert known["lastTransitionTime"] <= new["lastTransitionTime"]


def _assert_the_digest_stays(before: Manifest, after: Manifest) -> None:
    known, now = (one.get("status", {}).get("digest") for one in (before, after))
    assert known in {None, now}, f"a version's digest never changes: it was {known} and is {now}"


def _version(thing: Manifest) -> tuple[str, str]:
    return thing["metadata"]["uid"], thing["metadata"]["resourceVersion"]
