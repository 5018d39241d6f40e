"""Every version of every object of ours, handed to its lane, by namespace, as soon as it is written."""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import httpx
from support.clusters import OURS
from support.manifests import Manifest

from hack.controlplane.plane import ControlPlane

KINDS = {"MLRegistry": f"{OURS}/mlregistries", "MLAsset": f"{OURS}/mlassets"}
SILENCE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Version:
    """An object as it was; `gone` with its last version."""

    thing: Manifest
    gone: bool = False


class Following:
    """One watch for each kind, from its making to `stop`."""

    def __init__(self, plane: ControlPlane) -> None:
        self._http = plane.client(timeout=SILENCE_SECONDS)
        self._versions: dict[str, list[Version]] = defaultdict(list)
        self._news = threading.Condition()
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._follow, args=one, name=f"{one[0]} watch", daemon=True)
            for one in KINDS.items()
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()
        self._http.close()

    def count(self, namespace: str) -> int:
        """How many versions there have been in a namespace."""
        with self._news:
            return len(self._versions[namespace])

    def forget(self, namespace: str) -> None:
        with self._news:
            self._versions[namespace].clear()

    def since(self, namespace: str, position: int) -> list[Version]:
        with self._news:
            return self._versions[namespace][position:]

    def until(
        self, namespace: str, position: int, fact: Callable[[Version], object], seconds: float
    ) -> Version | None:
        """The first version after so many for which the fact holds; None where none came in time."""
        deadline = time.monotonic() + seconds
        while True:
            with self._news:
                fresh = self._versions[namespace][position:]
                if not fresh:
                    left = deadline - time.monotonic()
                    if left <= 0:
                        return None
                    self._news.wait(left)
                    continue
            for version in fresh:
                if fact(version):
                    return version
            position += len(fresh)

    def _follow(self, kind: str, path: str) -> None:
        seen = "0"
        while not self._ended.is_set():
            try:
                asked = {"watch": "1", "resourceVersion": seen}
                with self._http.stream("GET", path, params=asked) as answer:
                    for line in answer.iter_lines():
                        event = json.loads(line)
                        assert event["type"] != "ERROR", f"the watch broke: {event['object']}"
                        seen = event["object"]["metadata"]["resourceVersion"]
                        self._tell(kind, event)
            except httpx.TransportError:  # silence
                self._ended.wait(0.02)

    def _tell(self, kind: str, event: Manifest) -> None:
        thing = {"kind": kind, **event["object"]}
        thing["metadata"].pop("managedFields", None)
        with self._news:
            self._versions[thing["metadata"]["namespace"]].append(Version(thing, event["type"] == "DELETED"))
            self._news.notify_all()
