"""Retention on a container: what lies there can be neither replaced nor deleted before its time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mockcloud.data.blob.errors import BlobError

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def protected(container: Resource, blobs: Iterable[Blob], now: float) -> str | None:
    """Why the account of this container cannot be deleted now, as the service words it; None: it can.

    An unlocked policy protects as long as the time of one blob has not come, a locked one as long as there
    are blobs.
    """
    there = list(blobs)
    if there and has_legal_hold(container):
        return "legal hold"
    ends = [blob.created + retention_days(container) * _DAY for blob in there]
    locked = (policy_of(container).get("properties") or {}).get("state") == "Locked"
    if retention_days(container) and (any(now < end for end in ends) or (there and locked)):
        return "locked immutability policy" if locked else "immutability policy"
    return None


def policy_of(container: Resource) -> dict[str, Any]:
    """The time-based policy with its etag; empty without one."""
    policy: dict[str, Any] = container.properties.get("immutabilityPolicy") or {}
    return policy


def retention_days(container: Resource) -> int:
    """Of a time-based policy, locked or not; 0 without one."""
    policy = policy_of(container)
    said = policy.get("properties") or policy
    return int(said.get("immutabilityPeriodSinceCreationInDays") or 0)


def has_legal_hold(container: Resource) -> bool:
    hold: dict[str, Any] = container.properties.get("legalHold") or {}
    return bool(container.properties.get("hasLegalHold") or hold.get("hasLegalHold") or hold.get("tags"))
