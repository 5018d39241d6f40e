"""Whether an inline document is YAML that anybody can parse.

It is looked at as a stream of events and nothing is built from it: PyYAML's C composer recurses, and a
document of nothing but brackets would take the whole process with it.
"""

from typing import Final

import yaml
from yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, DocumentStartEvent, NodeEvent

MAX_DEPTH: Final = 100


def is_yaml(text: str) -> bool:
    """Whether the text holds at least one document, is well formed, and nests no deeper than `MAX_DEPTH`."""
    try:
        return _is_sound(text)
    except yaml.YAMLError:
        return False


def _is_sound(text: str) -> bool:
    depth = documents = 0
    anchors: set[str] = set()
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, DocumentStartEvent):
            documents += 1
            anchors.clear()
        elif isinstance(event, AliasEvent) and event.anchor not in anchors:
            return False
        elif isinstance(event, NodeEvent) and event.anchor:
            anchors.add(event.anchor)
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > MAX_DEPTH:
            return False
    return documents > 0
