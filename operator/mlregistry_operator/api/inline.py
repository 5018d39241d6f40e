"""YAML written by others, as a stream of events: well formed, not too deep, not too much of it.

Nothing is built from it here. PyYAML's scanner in C is asked for events alone, because its composer recurses,
so that a document of nothing but brackets would take the whole process with it.
"""

from collections.abc import Iterator
from typing import Final

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    NodeEvent,
)

MAX_DEPTH: Final = 100
MAX_VALUES: Final = 10_000  # as many as are read in 50 ms, in which the event loop does nothing else
BOUNDS: Final = f"nests at most {MAX_DEPTH} deep and has at most {MAX_VALUES} values"


class UnsoundError(ValueError):
    """A text is no YAML that anybody can parse; the message says what is wrong."""


class BeyondBoundsError(UnsoundError):
    """A text may be YAML, and is more of it than anybody reads here."""


def is_yaml(text: str) -> bool:
    """Whether the text holds at least one document, is well formed, and stays within the bounds."""
    try:
        return sum(isinstance(event, DocumentStartEvent) for event in events_of(text)) > 0
    except UnsoundError:
        return False


def events_of(text: str) -> Iterator[Event]:
    """What the text holds, piece by piece.

    Raises:
        UnsoundError: from here on it is not well formed, names what is not there, or exceeds the bounds.
    """
    try:
        yield from _sound(text)
    except UnsoundError:
        raise
    except Exception as error:  # whatever the parser raises, the text is to blame
        raise UnsoundError(" ".join(str(error).split()) or type(error).__name__) from error


def _sound(text: str) -> Iterator[Event]:
    depth = values = 0
    anchors: set[str] = set()
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, DocumentStartEvent):
            anchors.clear()
        elif isinstance(event, AliasEvent) and event.anchor not in anchors:
            raise UnsoundError(f"the alias *{event.anchor} names nothing")
        elif isinstance(event, NodeEvent):
            values += 1
            if event.anchor:
                anchors.add(event.anchor)
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise BeyondBoundsError(f"it nests more than {MAX_DEPTH} deep")
        if values > MAX_VALUES:
            raise BeyondBoundsError(f"it has more than {MAX_VALUES} values")
        yield event
