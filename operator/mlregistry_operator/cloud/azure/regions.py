"""Where in the world a request is served: the address rarely says, so what was seen or made is remembered.

A nested resource is served where its parent is, but for a replication, which is served in its own region.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

_MOST: Final = 20_000
_LOCATION: Final = re.compile(r"/locations/([^/]+)")
_REPLICATION: Final = re.compile(r"/replications/([^/]+)")


@dataclass(slots=True)
class Regions:
    """The regions of resources, by their ids; the oldest are forgotten."""

    _known: OrderedDict[str, str] = field(default_factory=OrderedDict)

    def learn(self, resource: str, location: str) -> None:
        """Remember where a resource is, or is to be."""
        if location:
            self._known[resource.casefold()] = location
            self._known.move_to_end(resource.casefold())
            if len(self._known) > _MOST:
                self._known.popitem(last=False)

    def of(self, url: str) -> str:
        """The region that serves an address; empty where nobody knows."""
        path = urlsplit(url).path.casefold()
        if (named := _LOCATION.search(path)) is not None:
            return named[1]
        if (replication := _REPLICATION.search(path)) is not None:
            return self._known.get(path[: replication.end()], replication[1])
        while path and path not in self._known:
            path = path.rpartition("/")[0]
        return self._known.get(path, "")
