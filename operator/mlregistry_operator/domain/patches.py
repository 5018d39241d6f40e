"""What has to be written so that a stored status becomes the new one."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel


def dump(status: BaseModel) -> dict[str, Any]:
    """A status as JSON, without what it does not say."""
    full: dict[str, Any] = status.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {key: value for key, value in full.items() if value not in ([], {})}


def status_patch(stored: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """A merge patch, empty where nothing is to be written; null takes a field away (RFC 7396).

    An object is patched field by field: merged whole, it would keep the fields that it has lost.
    """
    changed = {
        key: _change(stored.get(key), value) for key, value in wanted.items() if stored.get(key) != value
    }
    return {**changed, **{key: None for key in stored if key not in wanted}}


def _change(stored: Any, wanted: Any) -> Any:
    both = isinstance(stored, Mapping) and isinstance(wanted, Mapping)
    return status_patch(stored, wanted) if both else wanted
