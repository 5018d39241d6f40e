"""What a resource type has, property by property, as data; and what follows from it for a request.

A row says when Azure sends the property, what it keeps of what a caller sends, what it holds where nobody
said anything, and how its words are spelled. Bodies are read and filled by these rows, `docs/mockcloud.md`
prints them, and a test asks the cloud about each.

A path is dotted; `[]` stands for each item of a list, `*` for each name in a map. What has no rows below it
is taken and shown whole. What no row knows, Azure drops without a word, and so it is dropped here.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockcloud.store import Body


class Sent(StrEnum):
    """When an answer has the property."""

    ALWAYS = "always"
    WHEN_SET = "when set"
    AT_TIMES = "at times"
    NEVER = "never"


class Kept(StrEnum):
    """What is kept of a caller's value."""

    PUT_PATCH = "PUT, PATCH"
    PUT = "PUT"
    CREATION = "creation only"
    NEVER = "no"


class _Absent:
    def __repr__(self) -> str:
        return ""


NOTHING: Final[Any] = _Absent()


@dataclass(frozen=True, slots=True)
class Property:
    """One row. `sample` is another value than the default, as a caller may send it."""

    path: str
    sent: Sent
    kept: Kept
    default: Any = NOTHING
    words: tuple[str, ...] = ()
    sample: Any = NOTHING
    note: str = ""

    def spelled(self, value: Any) -> Any:
        """The value in Azure's own letters. Several words in one value are divided by commas."""
        if not self.words or not isinstance(value, str):
            return value
        known = {_plain(word): word for word in self.words}
        if _plain(value) in known:
            return known[_plain(value)]
        parts = [known.get(_plain(part), part) for part in value.split(",")]
        return ", ".join(part.strip() for part in parts)

    def misspelt(self, value: Any) -> bool:
        if not self.words or value is None:
            return False
        known = {_plain(word) for word in self.words}
        parts = str(value).split(",")
        return _plain(str(value)) not in known and any(_plain(part) not in known for part in parts)


def own(path: str, default: Any = NOTHING, *, note: str = "") -> Property:
    """The service's own: always there, and nobody else writes it."""
    return Property(path, Sent.ALWAYS, Kept.NEVER, default, note=note)


def at_times(path: str, note: str) -> Property:
    """The service's own, where it applies."""
    return Property(path, Sent.AT_TIMES, Kept.NEVER, note=note)


def never(path: str, note: str = "") -> Property:
    """In the models, and not in answers: Azure's do not have it either, or it is not served."""
    return Property(path, Sent.NEVER, Kept.NEVER, note=note)


def always(path: str, default: Any, sample: Any = NOTHING, *, words: str = "", note: str = "") -> Property:
    return Property(path, Sent.ALWAYS, Kept.PUT_PATCH, default, tuple(words.split()), sample, note)


def when_set(path: str, sample: Any = NOTHING, *, words: str = "", note: str = "") -> Property:
    return Property(path, Sent.WHEN_SET, Kept.PUT_PATCH, NOTHING, tuple(words.split()), sample, note)


def by_put(
    path: str, default: Any = NOTHING, sample: Any = NOTHING, *, words: str = "", note: str = ""
) -> Property:
    """Where there is no PATCH, or none that knows it."""
    sent = Sent.WHEN_SET if default is NOTHING else Sent.ALWAYS
    return Property(path, sent, Kept.PUT, default, tuple(words.split()), sample, note)


def fixed(
    path: str, default: Any = NOTHING, sample: Any = NOTHING, *, words: str = "", note: str = ""
) -> Property:
    """Said when the resource is made, and the same ever after."""
    sent = Sent.WHEN_SET if default is NOTHING else Sent.ALWAYS
    return Property(path, sent, Kept.CREATION, default, tuple(words.split()), sample, note)


def needed(path: str, kept: Kept = Kept.CREATION, *, note: str = "") -> Property:
    """What a request that makes the resource must say."""
    return Property(path, Sent.ALWAYS, kept, note=note)


@dataclass(slots=True)
class _Node:
    row: Property | None = None
    below: dict[str, _Node] = field(default_factory=dict)

    def child(self, name: str) -> _Node | None:
        return self.below.get(name) or self.below.get("*")


class Table:
    """The rows of one resource type."""

    def __init__(self, title: str, *rows: Property) -> None:
        self.title, self.rows = title, rows
        self._root = _Node()
        for row in rows:
            node = self._root
            for name in _names(row.path):
                node = node.below.setdefault(name, _Node())
            node.row = row

    def defaults(self) -> Body:
        """What a new resource holds before anybody says anything."""
        made: Body = {}
        for row in self.rows:
            names = _names(row.path)
            if row.default is NOTHING or {"[]", "*"} & set(names):
                continue
            place = made
            for name in names[:-1]:
                place = place.setdefault(name, {})
            place[names[-1]] = copy.deepcopy(row.default)
        return made

    def taken(self, body: Body) -> Body:
        """What of a request counts, in Azure's words; items of lists complete."""
        result: Body = _taken(self._root, body)
        return result

    def misspelt(self, body: Body) -> str | None:
        """The first property whose word Azure does not know, or that is no object where it must be one."""
        for path, row, value in _walk(self._root, body, ""):
            if row.misspelt(value) if row is not None else value is not None:
                return path
        return None

    def fixed_otherwise(self, held: Body, asked: Body) -> str | None:
        """The first property that the request would change, and that never changes."""
        for path, row, value in _walk(self._root, asked, ""):
            if row is None or row.kept is not Kept.CREATION or value is None or path == "location":
                continue  # places have two spellings, and an error of their own
            before = at(held, path)
            if value != (before if before is not None else _nothing_like(value)):
                return path
        return None


def at(body: Any, path: str) -> Any:
    """The value at a dotted path; None where there is none."""
    for name in path.split("."):
        body = body.get(name) if isinstance(body, dict) else None
    return body


def _nothing_like(value: Any) -> Any:
    """A switch that nobody set is off; other things that nobody set are no value at all."""
    return False if isinstance(value, bool) else None


def _taken(node: _Node, value: Any) -> Any:
    if not node.below:
        return copy.deepcopy(node.row.spelled(value) if node.row else value)
    if isinstance(value, list) and "[]" in node.below:
        return [_item(node.below["[]"], item) for item in value]
    if not isinstance(value, dict):
        return value
    kept: Body = {}
    for name, item in value.items():
        child = node.child(name)
        if child is not None and not (child.row and child.row.kept is Kept.NEVER):
            kept[name] = _taken(child, item)
    return kept


def _item(node: _Node, value: Any) -> Any:
    taken = _taken(node, value)
    if not isinstance(taken, dict):
        return taken
    rows = [(name, below.row) for name, below in node.below.items() if below.row is not None]
    added = {
        name: row.default for name, row in rows if row.default is not NOTHING and taken.get(name) is None
    }
    return {**taken, **copy.deepcopy(added)}


def _walk(node: _Node, value: Any, path: str) -> Iterator[tuple[str, Property | None, Any]]:
    if not node.below:
        yield path, node.row, value
    elif isinstance(value, list) and "[]" in node.below:
        for item in value:
            yield from _walk(node.below["[]"], item, f"{path}[]")
    elif isinstance(value, dict):
        for name, item in value.items():
            child = node.child(name)
            if child is not None:
                yield from _walk(child, item, f"{path}.{name}" if path else name)
    else:
        yield path, None, value


def _names(path: str) -> list[str]:
    return path.replace("[]", ".[]").split(".")


def _plain(word: str) -> str:
    return word.replace(" ", "").casefold()
