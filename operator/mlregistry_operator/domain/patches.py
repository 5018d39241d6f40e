"""What has to be written so that a stored status becomes the new one."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel


def dump(status: BaseModel) -> dict[str, Any]:
    """A status as JSON, without what it does not say."""
    full: dict[str, Any] = status.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {key: value for key, value in full.items() if value not in ([], {})}


def status_patch(stored: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """A merge patch, empty where nothing is to be written; null takes a field away (RFC 7396)."""
    changed = {key: value for key, value in wanted.items() if stored.get(key) != value}
    return {**changed, **{key: None for key in stored if key not in wanted}}
