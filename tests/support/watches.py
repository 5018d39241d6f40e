"""Every version of every object of a kind that the API server ever held: what was said, not what one saw.

A look now and then misses what stood between two looks; a watch does not.
"""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
from support.clusters import OURS, Ref, Thing
from support.manifests import Manifest

from hack.controlplane.plane import ControlPlane

COLLECTIONS = {"MLRegistry": f"{OURS}/mlregistries", "MLAsset": f"{OURS}/mlassets"}
SILENCE_SECONDS = 1.0
CATCH_UP_SECONDS = 10.0


class KindWatch:
    """One watch on all objects of a kind of an API server, from its making to `stop`."""

    def __init__(self, plane: ControlPlane, kind: str) -> None:
        self._kind, self._collection = kind, COLLECTIONS[kind]
        self._http = plane.client(timeout=SILENCE_SECONDS)
        self._ended = threading.Event()
        listed = self._list()
        self._versions: list[Manifest] = listed["items"]
        self._from = str(listed["metadata"]["resourceVersion"])
        self._thread = threading.Thread(target=self._follow, name=f"{kind} watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()
        self._http.close()

    def __len__(self) -> int:
        """How many versions there are so far."""
        return len(self._versions)

    def since(self, position: int) -> list[Manifest]:
        """What came after so many versions, at least up to now."""
        deadline = time.monotonic() + CATCH_UP_SECONDS
        wanted = {_version(item) for item in self.present()}
        while not wanted <= {_version(one) for one in self._versions}:
            assert time.monotonic() < deadline, "the watch has fallen behind the API server"
            time.sleep(0.02)
        return [{"kind": self._kind, **one} for one in self._versions[position:]]

    def until(self, position: int) -> list[Manifest]:
        """The versions before."""
        return self._versions[:position]

    def present(self) -> list[Manifest]:
        """The objects that there are now."""
        found: list[Manifest] = self._list()["items"]
        return found

    def _list(self) -> Manifest:
        found: Manifest = self._http.get(self._collection).raise_for_status().json()
        return found

    def _follow(self) -> None:
        while not self._ended.is_set():
            try:
                for version in self._events():
                    self._versions.append(version)
            except httpx.TransportError:  # silence, or an API server that a test has stopped
                self._ended.wait(0.05)

    def _events(self) -> Iterator[Manifest]:
        asked = {"watch": "1", "resourceVersion": self._from}
        with self._http.stream("GET", self._collection, params=asked) as answer:
            for line in answer.iter_lines():
                event = json.loads(line)
                assert event["type"] != "ERROR", f"the watch broke: {event['object']}"
                self._from = event["object"]["metadata"]["resourceVersion"]
                yield event["object"]


@dataclass(frozen=True, slots=True)
class History:
    """The part of a watch that one test has made."""

    watch: KindWatch
    position: int = field(default=0)

    def versions(self, thing: Thing | None = None) -> list[Manifest]:
        """Every version since the test began, of one object only where one is named; oldest first.

        What an earlier test has made is none of it, although its end may have been seen since.
        """
        older = {version["metadata"]["uid"] for version in self.watch.until(self.position)}
        found = [one for one in self.watch.since(self.position) if one["metadata"]["uid"] not in older]
        return found if thing is None else [one for one in found if Ref.of(one) == Ref.of(thing)]


def _version(thing: Manifest) -> tuple[str, str]:
    return thing["metadata"]["uid"], thing["metadata"]["resourceVersion"]
