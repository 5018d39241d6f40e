"""Retention on a container: what lies there can be neither replaced nor deleted before its time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mockcloud.data.blob.errors import BlobError

if TYPE_CHECKING:
    from mockcloud.data.blob.blobs import Blob
    from mockcloud.store import Resource

_DAY: Final = 86_400.0


def check_mutable(container: Resource, blob: Blob, now: float) -> None:
    """The blob may be replaced or deleted now.

    Raises:
        BlobError: 409 `BlobImmutableDueToPolicy`.
    """
    if has_legal_hold(container) or now < blob.created + retention_days(container) * _DAY:
        raise BlobError("BlobImmutableDueToPolicy")


def retention_days(container: Resource) -> int:
    """Of a time-based policy, locked or not; 0 without one."""
    policy: dict[str, Any] = container.properties.get("immutabilityPolicy") or {}
    said = policy.get("properties") or policy
    return int(said.get("immutabilityPeriodSinceCreationInDays") or 0)


def has_legal_hold(container: Resource) -> bool:
    hold: dict[str, Any] = container.properties.get("legalHold") or {}
    return bool(container.properties.get("hasLegalHold") or hold.get("hasLegalHold") or hold.get("tags"))
