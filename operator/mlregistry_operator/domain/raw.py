"""Objects as the API server has them, of which nothing is known to have its form."""

from collections.abc import Iterator, Mapping
from typing import Any

from mlregistry_operator.api.metadata import ObjectKey


def key_of(body: Mapping[str, Any]) -> ObjectKey:
    """Which object it is."""
    metadata = mapping(body.get("metadata"))
    return ObjectKey(str(metadata.get("namespace", "")), str(metadata.get("name", "")))


def mapping(found: object) -> Mapping[str, Any]:
    """What was found, if it is a mapping; else one with nothing in it."""
    return found if isinstance(found, Mapping) else {}


def mappings(found: object) -> Iterator[Mapping[str, Any]]:
    """The mappings in what was found, if it is a list."""
    yield from (one for one in (found if isinstance(found, list | tuple) else ()) if isinstance(one, Mapping))
