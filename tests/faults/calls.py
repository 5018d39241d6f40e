"""What a run asked of the cloud, in words that are the same in every run: the calls that can fail."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from urllib.parse import parse_qsl

from mockcloud.client import Body, is_write

OPERATION = "{operation}"
POLL = re.compile(r"/(asyncoperations|operationStatuses|operationResults)/[^/?]+", re.IGNORECASE)
ANY = "{guid}"
TOKEN = "/{tenant}/oauth2/v2.0/token"
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TELLING = ("comp", "restype")  # what makes another operation of the same path
_NOTHING_TELLING = r"^(?!(.*&)?(comp|restype)=)"


class Plane(Enum):
    """Which service is asked: each has its own codes."""

    ARM = "Azure Resource Manager"
    BLOBS = "the blob service"
    IMAGES = "a container registry"
    ENTRA = "Microsoft Entra"


@dataclass(frozen=True, slots=True, order=True)
class Call:
    """One kind of request of a scenario. In `path`, names stand as `{what they name}`."""

    method: str
    path: str
    query: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path}" + (f"?{self.query}" if self.query else "")

    @property
    def plane(self) -> Plane:
        if self.path.startswith("/subscriptions/"):
            return Plane.ARM
        if self.path.startswith("/{registry}/"):
            return Plane.IMAGES
        return Plane.ENTRA if self.path == TOKEN else Plane.BLOBS

    @property
    def writes(self) -> bool:
        """Whether it means to change something: a token, a key or a look by POST does not."""
        reads = self.plane is Plane.ENTRA or "userdelegationkey" in self.query or "/oauth2/" in self.path
        return is_write({"method": self.method, "path": self.path}) and not reads

    @property
    def polls(self) -> bool:
        """Whether it looks at a long-running operation."""
        return OPERATION in self.path

    @property
    def provider(self) -> str:
        """The resource provider in lower case; empty for groups and for the data planes."""
        found = re.search(r"/providers/(microsoft\.[a-z]+)", self.path, re.IGNORECASE)
        return found.group(1).casefold() if found else ""


@dataclass(frozen=True, slots=True)
class Names:
    """What stands for what in the paths of one lane. Keys are as the cloud writes them."""

    words: Mapping[str, str]

    def call(self, entry: Body) -> Call:
        """The call that an entry of the audit log is one of."""
        path = POLL.sub(lambda found: f"/{found.group(1)}/{OPERATION}", entry["path"])
        path = "/".join(self._part(part) for part in path.split("/"))
        told = [(name, value) for name, value in parse_qsl(entry["query"]) if name in _TELLING]
        return Call(entry["method"], path, "&".join(f"{name}={value}" for name, value in sorted(told)))

    def match(self, call: Call) -> Body:
        """The part of a fault that says which requests it concerns."""
        concrete = {told: re.escape(name) for name, told in self.words.items()}
        concrete |= dict.fromkeys((OPERATION, ANY, "{tenant}"), "[^/?]+")
        parts = [concrete.get(part, re.escape(part)) for part in call.path.split("/")]
        queries = [rf"(?=(.*&)?{re.escape(one)}(&|$))" for one in call.query.split("&") if one]
        return {
            "method": call.method,
            "pathRegex": f"^{'/'.join(parts)}$",
            "queryRegex": f"^{''.join(queries)}" if queries else _NOTHING_TELLING,
        }

    def told(self, text: str) -> str:
        """A text with what the names stand for, wherever they are in it."""
        for name in sorted(self.words, key=len, reverse=True):
            text = re.sub(
                rf"(?<![\w-]){re.escape(name)}(?![\w-])", self.words[name], text, flags=re.IGNORECASE
            )
        return text

    def _part(self, part: str) -> str:
        whole = self.words.get(part.casefold())
        if whole is None and _GUID.fullmatch(part):
            return ANY
        return whole or part


def counted(entries: Iterable[Body], names: Names) -> Counter[Call]:
    """How often each call was made."""
    return Counter(names.call(entry) for entry in entries)


def made_every_time(runs: Iterable[Counter[Call]]) -> dict[Call, int]:
    """The calls that every one of these runs has made, as often as the one that made it least."""
    counts = list(runs)
    shared = set.intersection(*(set(one) for one in counts)) if counts else set()
    return {call: min(one[call] for one in counts) for call in sorted(shared)}
