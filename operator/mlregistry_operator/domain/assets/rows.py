"""The rows of `status.regions`: what is true of one version in each region at this moment.

A row changes when what it says does: the time in it is that of the verdict, not of the look, and the bytes in
it are rounded, so that a settled version writes nothing and a long copy writes seldom.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mlregistry_operator.api.asset_status import AssetRegionStatus, CopyState, Evidence
from mlregistry_operator.domain.assets.blocks import MIB
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.verdicts import MESSAGE_LIMIT

_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_STEP: Final = 1024
_VERDICTS: Final = (CopyState.READY, CopyState.FAILED)


@dataclass(frozen=True, slots=True)
class RegionView:
    """What a pass has found out about the version in one region.

    `verified_time` is when a copy that is Ready was last looked at; `failure` is what keeps this region from
    being Ready; `awaits` is a sentence on what it waits for. A region that is not `declared` is on its way
    out: it has a row, and counts for nothing.
    """

    location: str
    state: CopyState
    evidence: Evidence | None = None
    uri: str | None = None
    bytes_copied: int | None = None
    bytes_total: int | None = None
    verified_time: datetime | None = None
    failure: Failure | None = None
    awaits: str = ""
    declared: bool = True

    @property
    def is_ready(self) -> bool:
        return self.state is CopyState.READY and self.failure is None


def rows(
    views: Iterable[RegionView], before: Iterable[AssetRegionStatus], *, now: datetime
) -> tuple[AssetRegionStatus, ...]:
    """A row for every region, in the order of the views; `before` are the rows as they were written last."""
    written = {row.location: row for row in before}
    return tuple(_row(view, written.get(view.location), now) for view in views)


def declared_only(views: Iterable[RegionView]) -> tuple[RegionView, ...]:
    """The regions that count."""
    return tuple(view for view in views if view.declared)


def ready_regions(views: Iterable[RegionView]) -> str:
    """Regions that have the version, of those declared, such as `2/3`."""
    counted = declared_only(views)
    return f"{sum(view.is_ready for view in counted)}/{len(counted)}"


def progress(views: Iterable[RegionView]) -> str | None:
    """Bytes that are there of bytes that are to be there, over all declared regions; None where unknown."""
    known = [(view, view.bytes_total) for view in declared_only(views) if view.bytes_total is not None]
    if not known:
        return None
    copied = sum(rounded(view.bytes_copied or 0, total) for view, total in known)
    return f"{amount(copied)}/{amount(sum(total for _, total in known))}"


def rounded(copied: int, total: int) -> int:
    """The bytes to show: in steps of a hundredth, at least 1 MiB, and all only when all are there."""
    step = max(MIB, total // 100)
    return total if copied >= total else copied // step * step


def amount(size: int) -> str:
    """A number of bytes for people, such as `1.5GiB`; rounded down, so that 100 % is all of it."""
    unit = 0
    while size >= _STEP ** (unit + 1) and unit < len(_UNITS) - 1:
        unit += 1
    tenths = size * 10 // _STEP**unit
    whole, tenth = divmod(tenths, 10)
    return f"{whole}.{tenth}{_UNITS[unit]}" if tenth else f"{whole}{_UNITS[unit]}"


def _row(view: RegionView, before: AssetRegionStatus | None, now: datetime) -> AssetRegionStatus:
    message = view.failure.sentence if view.failure is not None else view.awaits
    total, copied = view.bytes_total, view.bytes_copied
    return AssetRegionStatus(
        location=view.location,
        state=view.state,
        evidence=view.evidence,
        uri=view.uri,
        bytes_copied=copied if copied is None or total is None else rounded(copied, total),
        bytes_total=total,
        last_verified_time=_verified_time(view, before, now),
        message=message[:MESSAGE_LIMIT] or None,
    )


def _verified_time(view: RegionView, before: AssetRegionStatus | None, now: datetime) -> datetime | None:
    if view.state not in _VERDICTS:
        return None
    if before is not None and before.last_verified_time is not None and _same_verdict(view, before):
        return before.last_verified_time
    return (view.verified_time or now).replace(microsecond=0)


def _same_verdict(view: RegionView, before: AssetRegionStatus) -> bool:
    return (view.state, view.evidence) == (before.state, before.evidence)
