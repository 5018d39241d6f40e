"""YAML written by others, read without being taken apart by it.

The text is first looked at as events: depth, and how large it is once every alias stands for what it names. A
few lines of aliases or merge keys can stand for more than fits into memory.
"""

from collections.abc import Mapping
from typing import Any, Final

import yaml
from yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, NodeEvent

from mlregistry_operator.api.inline import MAX_DEPTH, is_yaml

MAX_DOCUMENT: Final = 1024 * 1024
MAX_NODES: Final = 100_000


class DocumentError(ValueError):
    """A text is no YAML mapping that can be read; the message says why, and what to do."""


def read_mapping(text: str) -> Mapping[str, Any]:
    """The one YAML mapping that a text holds. Keys that are no strings are left out.

    Raises:
        DocumentError: it is too large, not well formed, not one document, or no mapping.
    """
    if len(text.encode(errors="replace")) > MAX_DOCUMENT:
        raise DocumentError(
            f"The document is larger than {MAX_DOCUMENT} bytes. Keep it to the specification."
        )
    if not is_yaml(text):
        raise DocumentError(f"The text is no YAML document that nests at most {MAX_DEPTH} deep. Correct it.")
    if _expanded(text) > MAX_NODES:
        raise DocumentError(
            f"The document's aliases refer to themselves or stand for more than {MAX_NODES} values. Write"
            " them out."
        )
    try:
        found = yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # a date or number that is none
        raise DocumentError(
            f"The YAML cannot be read: {' '.join(str(error).split())}. Correct it."
        ) from error
    if not isinstance(found, dict):
        raise DocumentError("The document is no YAML mapping. Write fields and values.")
    return {key: value for key, value in found.items() if isinstance(key, str)}


def _expanded(text: str) -> int:
    """Nodes of the document with every alias written out; beyond `MAX_NODES` where it has no end."""
    anchored: dict[str | None, int] = {}
    open_nodes: list[tuple[str | None, int]] = []
    count = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        match event:
            case AliasEvent():
                count += anchored.get(event.anchor, MAX_NODES + 1)  # an anchor still open contains itself
            case CollectionStartEvent():
                anchored.pop(event.anchor, None)
                open_nodes.append((event.anchor, count))
                count += 1
            case CollectionEndEvent():
                anchor, before = open_nodes.pop()
                anchored[anchor] = count - before
            case NodeEvent():
                anchored[event.anchor] = 1
                count += 1
        if count > MAX_NODES:
            break
    return count
