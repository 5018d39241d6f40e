"""YAML written by others, read without being taken apart by it.

What is built are mappings, lists and texts. A few lines of aliases or merge keys can stand for more than fits
into memory, so that each counts as much as what it stands for.

Merge keys (`<<`) are of YAML 1.1. They are obeyed all the same: many tools that run a component obey them,
and what they bring in must not be hidden from us.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
)

from mlregistry_operator.api.inline import MAX_VALUES, BeyondBoundsError, UnsoundError, events_of
from mlregistry_operator.domain.assets.scalars import Other, ScalarError, refuse_collection, scalar

MAX_DOCUMENT: Final = 1024 * 1024
_MERGE: Final = "<<"


class DocumentError(ValueError):
    """A text is no YAML mapping that can be read; the message says why, and what to do."""


class DocumentTooLargeError(DocumentError):
    """A text is more than is read here, whether or not it could be read."""


def read_mapping(text: str) -> Mapping[str, Any]:
    """The one YAML mapping that a text holds. Keys that are no strings are left out.

    Values are mappings, lists, texts (`Located`), and `Other` for whatever else there is.

    Raises:
        DocumentTooLargeError: it is more than is read.
        DocumentError: it is not well formed, not one document, or no mapping.
    """
    if len(text.encode(errors="replace")) > MAX_DOCUMENT:
        raise DocumentTooLargeError(
            f"The document is larger than {MAX_DOCUMENT} bytes. Keep it to the specification."
        )
    try:
        found = _Builder().built(events_of(text))
    except (BeyondBoundsError, _TooMuchError) as error:
        raise DocumentTooLargeError(f"The YAML cannot be read: {error}. Correct it.") from error
    except (UnsoundError, ScalarError, _RefusedError) as error:
        raise DocumentError(f"The YAML cannot be read: {error}. Correct it.") from error
    if not isinstance(found, dict):
        raise DocumentError("The document is no YAML mapping. Write fields and values.")
    return found


class Located(str):
    """A text of a document that knows where it is written there, quotes and all: from `start` to `end`."""

    __slots__ = ("end", "start")
    start: int
    end: int

    @classmethod
    def of(cls, text: str, event: ScalarEvent) -> "Located":
        located = cls(text)
        start, end = event.start_mark, event.end_mark
        located.start, located.end = (start.index, end.index) if start and end else (0, 0)
        return located


class _RefusedError(ValueError):
    """It is YAML, and not of the sort that is read."""


class _TooMuchError(_RefusedError):
    """Its aliases and merge keys stand for more than is read."""


class _MergeKey(str):
    """`<<` without quotes: as a key it merges, as a value it is an ordinary text."""

    __slots__ = ()


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet; `before` is how much had been counted at its begin."""

    is_mapping: bool
    anchor: str | None
    before: int
    nodes: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class _Builder:
    """Builds from events, without recursion. `anchored` has what was named, and how much it stands for."""

    count: int = 0
    documents: int = 0
    root: Any = None
    open: list[_Open] = field(default_factory=list)
    anchored: dict[str, tuple[Any, int]] = field(default_factory=dict)

    def built(self, events: Iterator[Event]) -> Any:
        for event in events:
            self._take(event)
        if not self.documents:
            raise _RefusedError("it is empty")
        return self.root

    def _take(self, event: Event) -> None:
        match event:
            case DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    raise _RefusedError("it holds more than one document")
            case AliasEvent():
                self._alias(event)
            case ScalarEvent():
                self._counted(1)
                self._placed(_value_of(event), event.anchor, 1)
            case CollectionStartEvent():
                is_mapping = isinstance(event, MappingStartEvent)
                refuse_collection(event.tag, "map" if is_mapping else "seq")
                self._begun(event.anchor, is_mapping=is_mapping)
            case CollectionEndEvent():
                self._ended()

    def _counted(self, more: int) -> None:
        self.count += more
        if self.count > MAX_VALUES:
            raise _TooMuchError(f"its aliases and merge keys stand for more than {MAX_VALUES} values")

    def _alias(self, event: AliasEvent) -> None:
        if event.anchor not in self.anchored:
            raise _RefusedError(f"the alias *{event.anchor} refers to itself")
        value, size = self.anchored[event.anchor]
        self._counted(size)
        self._placed(value, None, size)

    def _begun(self, anchor: str | None, *, is_mapping: bool) -> None:
        if anchor:
            self.anchored.pop(anchor, None)
        self.open.append(_Open(is_mapping, anchor, self.count))
        self._counted(1)

    def _ended(self) -> None:
        ended = self.open.pop()
        value = self._mapping(ended.nodes) if ended.is_mapping else ended.nodes
        self._placed(value, ended.anchor, self.count - ended.before)

    def _placed(self, value: Any, anchor: str | None, size: int) -> None:
        if anchor:
            self.anchored[anchor] = (value, size)
        if self.open:
            self.open[-1].nodes.append(value)
        else:
            self.root = value

    def _mapping(self, nodes: list[Any]) -> dict[str, Any]:
        """What is written in the mapping itself goes before what is merged, and of that the first."""
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key, value in zip(nodes[::2], nodes[1::2], strict=True):
            if isinstance(key, _MergeKey):
                for one in value if isinstance(value, list) else [value]:
                    if not isinstance(one, dict):
                        raise _RefusedError("a merge key (<<) has something else than mappings")
                    self._counted(len(one))
                    for name, inner in one.items():
                        merged.setdefault(name, inner)
            elif isinstance(key, str):
                own[key] = value
            elif isinstance(key, dict | list):
                raise _RefusedError("a mapping or a list is no key")
        return {**merged, **own}


def _value_of(event: ScalarEvent) -> str | Other | None:
    plain = bool(event.implicit[0])
    if plain and event.tag is None and event.value == _MERGE:
        return _MergeKey(_MERGE)
    value = scalar(event.value, event.tag, plain=plain)
    return Located.of(value, event) if isinstance(value, str) else value
