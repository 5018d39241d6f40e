"""Token buckets as Azure Resource Manager has them: one for each subscription, principal and verb class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from mockcloud.settings import RateLimit

VerbClass = Literal["reads", "writes", "deletes"]

# What recent subscriptions were seen to start with, and the refill that goes with it.
_FULL: Final[dict[VerbClass, int]] = {"reads": 16499, "writes": 11999, "deletes": 11999}
_REFILL: Final[dict[VerbClass, int]] = {"reads": 275, "writes": 200, "deletes": 200}


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Throttle:
    """Counts every request; refuses only where `rateLimit` names a rate."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str, VerbClass, float | None], _Bucket] = {}

    def take(self, scope: tuple[str, str], verb: VerbClass, limit: RateLimit, now: float) -> int | None:
        """Take one token; how many whole ones remain, or None where there was none to take."""
        rate: float | None = getattr(limit, verb)
        full = max(1.0, rate) if rate is not None else float(_FULL[verb])
        refill = rate if rate is not None else float(_REFILL[verb])
        bucket = self._buckets.setdefault((*scope, verb, rate), _Bucket(full, now))
        bucket.tokens = min(full, bucket.tokens + max(0.0, now - bucket.at) * refill)
        bucket.at = now
        if bucket.tokens < 1:
            return None
        bucket.tokens -= 1
        return int(bucket.tokens)
