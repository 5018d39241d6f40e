"""The cloud's audit log, read as it grows and sorted by whose lane a request was for."""

import threading
from collections import defaultdict

from mockcloud.client import Body, MockClient


class Recording:
    """What each lane asked. A lane is known by its subscription, and by the names of what it has made."""

    def __init__(self, cloud: MockClient) -> None:
        self._cloud = cloud
        self._lock = threading.Lock()
        self._last = 0
        self._lanes: dict[str, str] = {}
        self._entries: dict[str, list[Body]] = defaultdict(list)

    def claim(self, lane: str, names: list[str]) -> None:
        """Requests for these names are the lane's, those before included."""
        with self._lock:
            for name in names:
                if name not in self._lanes:
                    self._lanes[name] = lane
                    self._entries[lane] += self._entries.pop(name, [])

    def forget(self, lane: str) -> None:
        """What the lane has asked so far."""
        self.entries(lane)
        with self._lock:
            self._entries[lane].clear()

    def entries(self, lane: str) -> list[Body]:
        """What the lane has asked and was answered until now, in order of arrival."""
        with self._lock:
            for entry in self._cloud.requests(self._last):
                self._last = entry["n"]
                self._entries[self._whose(entry)].append(entry)
            return sorted(self._entries[lane], key=lambda entry: float(entry["time"]))

    def _whose(self, entry: Body) -> str:
        """The lane, or the name that no lane has claimed yet."""
        parts = entry["path"].casefold().split("/")
        name = parts[2] if parts[1] == "subscriptions" else parts[1]
        name = name.partition(".")[0]
        return self._lanes.get(name, name)
