"""From a pass over an asset to the truth about it: conditions, rows and figures, in one status."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mlregistry_operator.api.asset import Lineage
from mlregistry_operator.api.asset_status import CopyState, Evidence, MLAssetStatus, PromotedFrom
from mlregistry_operator.api.conditions import Condition, ConditionType
from mlregistry_operator.api.group import RECONCILE_AT
from mlregistry_operator.api.metadata import ObjectMeta
from mlregistry_operator.api.objects import MLAsset
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.assets.ids import AssetId
from mlregistry_operator.domain.assets.references import Resolution
from mlregistry_operator.domain.assets.rows import (
    RegionView,
    amount,
    declared_only,
    progress,
    ready_regions,
    rows,
)
from mlregistry_operator.domain.conditions import Verdict, conditions
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.verdicts import (
    MESSAGE_LIMIT,
    failed_verdicts,
    failing,
    needs_a_person,
    told,
)

WRITE_INTERVAL: Final = 5.0  # seconds between two writes of nothing but progress
_ARCHIVED: Final = "It is archived: hidden from those who look for a version, usable as before."
_PARTS: Final = (
    ConditionType.REFERENCES_RESOLVED,
    ConditionType.PUBLISHED,
    ConditionType.REPLICATED,
)
_ON_THE_WAY: Final = (CopyState.PENDING, CopyState.COPYING)


@dataclass(frozen=True, slots=True)
class Publication:
    """A version as it is published: its manifest's digest, and what the manifest says of its files.

    Size and count are None for an image, of which the registry does not tell them. `caution` is what is to be
    said of the names of its files.
    """

    digest: str
    size_bytes: int | None = None
    file_count: int | None = None
    caution: str = ""


@dataclass(frozen=True, slots=True)
class AssetPass:
    """What one pass found and did.

    `references` is None where they were not looked at; `published` is the failure where it failed, None while
    it is under way or was not begun. `regions` has every declared region, and those on their way out.
    `unread` tells that the object shares what another one published, and has shown no bytes of its own.
    """

    asset: MLAsset
    asset_id: AssetId
    references: Resolution | None
    published: Publication | Failure | None
    regions: tuple[RegionView, ...]
    promoted_from: PromotedFrom | None = None
    derived_from: PromotedFrom | None = None
    lineage: Lineage | None = None
    notes: tuple[str, ...] = ()
    unread: bool = False

    @property
    def declared(self) -> tuple[RegionView, ...]:
        return declared_only(self.regions)

    @property
    def count(self) -> str:
        ready = sum(view.is_ready for view in self.declared)
        return f"{ready} of {len(self.declared)} regions have the version."

    @property
    def wrong(self) -> tuple[Failure, ...]:
        """Everything that is wrong at this moment; a region on its way out holds nothing up."""
        found = self.references.failures if self.references is not None else ()
        if isinstance(self.published, Failure):
            found = (*found, self.published)
        return (*found, *(view.failure for view in self.declared if view.failure is not None))


def summarise_asset(result: AssetPass, *, now: datetime) -> MLAssetStatus:
    """The status to write; equal to the one before where nothing has changed.

    What was published stays known while it cannot be looked at, for a version never changes.
    """
    asset, before = result.asset, result.asset.status
    published = result.published if isinstance(result.published, Publication) else None
    figures = (
        {
            "digest": published.digest,
            "size_bytes": published.size_bytes,
            "file_count": published.file_count,
        }
        if published is not None
        else {}
    )
    generation = asset.metadata.generation
    return before.model_copy(
        update={
            **figures,
            "observed_generation": generation,
            "asset_id": str(result.asset_id),
            "progress": progress(result.regions),
            "promoted_from": result.promoted_from or before.promoted_from,
            "derived_from": result.derived_from or before.derived_from,
            "lineage": asset.spec.lineage or result.lineage or before.lineage,
            "regions": rows(result.regions, before.regions, now=now),
            "ready_regions": ready_regions(result.regions),
            "last_handled_reconcile_at": asset.metadata.annotations.get(RECONCILE_AT),
            "conditions": conditions(_verdicts(result), before.conditions, generation=generation, now=now),
        }
    )


def failed_asset_status(
    metadata: ObjectMeta,
    before: MLAssetStatus,
    failure: Failure,
    *,
    now: datetime,
    asset_id: AssetId | None = None,
) -> MLAssetStatus:
    """The status of a version of which nothing could be found out, and why; what was known stays."""
    verdicts = conditions(
        failed_verdicts(failure), before.conditions, generation=metadata.generation, now=now
    )
    kept = tuple(one for one in before.conditions if one.type in _PARTS)
    return before.model_copy(
        update={
            "observed_generation": metadata.generation,
            "asset_id": str(asset_id) if asset_id is not None else before.asset_id,
            "last_handled_reconcile_at": metadata.annotations.get(RECONCILE_AT),
            "conditions": (*verdicts, *kept),
        }
    )


def suspended_asset_status(asset: MLAsset, *, now: datetime) -> MLAssetStatus:
    """Suspending freezes the status; only an object that was never seen is told so."""
    if asset.status.observed_generation >= 0:
        return asset.status
    generation = asset.metadata.generation
    verdict = Verdict(
        ConditionType.READY, "Unknown", Reason.SUSPENDED, "spec.suspend is true; nothing was looked at yet."
    )
    told_so: tuple[Condition, ...] = conditions((verdict,), (), generation=generation, now=now)
    return asset.status.model_copy(update={"observed_generation": generation, "conditions": told_so})


def worth_writing(
    before: MLAssetStatus,
    after: MLAssetStatus,
    seconds_since_last_write: float | None,
    *,
    interval: float = WRITE_INTERVAL,
) -> bool:
    """Whether to write the status now: at once what is new, from time to time what only counts bytes.

    `seconds_since_last_write` is None where this process has not written it yet.
    """
    if before == after:
        return False
    if _without_progress(before) != _without_progress(after):
        return True
    return seconds_since_last_write is None or seconds_since_last_write >= interval


def _without_progress(status: MLAssetStatus) -> MLAssetStatus:
    still = tuple(row.model_copy(update={"bytes_copied": None}) for row in status.regions)
    return status.model_copy(update={"progress": None, "regions": still})


def _verdicts(result: AssetPass) -> Iterator[Verdict]:
    yield from _overall(result)
    yield _references(result.references)
    yield _published(result)
    yield _replicated(result)


def _overall(result: AssetPass) -> Iterator[Verdict]:
    wrong = result.wrong
    if wrong:
        unavailable = any(one.reason is Reason.REGION_UNAVAILABLE for one in wrong)
        passing = Reason.REGION_UNAVAILABLE if unavailable else None
        yield from failing(result.count, wrong, moving=_moving(result), passing=passing)
        return
    if _complete(result):
        archived = (_ARCHIVED,) if result.asset.spec.archived else ()
        message = " ".join((result.count, *result.notes, *archived))[:MESSAGE_LIMIT]
        yield Verdict(ConditionType.READY, "True", Reason.SUCCEEDED, message)
        return
    message = f"{result.count} {_under_way(result)}"
    yield Verdict(ConditionType.READY, "Unknown", Reason.PROGRESSING, message)
    yield Verdict(ConditionType.RECONCILING, "True", Reason.PROGRESSING, message)


def _complete(result: AssetPass) -> bool:
    everywhere = bool(result.declared) and all(view.is_ready for view in result.declared)
    looked = result.references is not None
    return looked and everywhere and isinstance(result.published, Publication)


def _moving(result: AssetPass) -> bool:
    """Whether anything goes on beside what fails."""
    if isinstance(result.published, Publication):
        return any(view.state in _ON_THE_WAY and view.failure is None for view in result.declared)
    return result.published is None and result.references is not None and result.references.resolved


def _under_way(result: AssetPass) -> str:
    if not isinstance(result.published, Publication):
        return "It is being published."
    waits = ", ".join(view.location for view in result.declared if not view.is_ready)
    return f"In progress: {waits}." if waits else "What it needs is being looked at."


def _references(found: Resolution | None) -> Verdict:
    kind = ConditionType.REFERENCES_RESOLVED
    if found is None:
        return Verdict(kind, "Unknown", Reason.PROGRESSING, "They were not looked at yet.")
    if found.failures:
        return _failed(kind, found.failures)
    note = f" {found.note}" if found.note else ""
    if not found.wanted:
        told = note.strip() or "The version needs no other."
        return Verdict(kind, "True", Reason.NOT_DECLARED, told[:MESSAGE_LIMIT])
    names = ", ".join(map(str, found.wanted))
    return Verdict(kind, "True", Reason.SUCCEEDED, f"Published: {names}.{note}"[:MESSAGE_LIMIT])


def _published(result: AssetPass) -> Verdict:
    kind, found, before = ConditionType.PUBLISHED, result.published, result.asset.status
    match found:
        case Publication():
            told = " ".join((_described(found), *result.notes)) if result.unread else _described(found)
            reason = Reason.SHARED if result.unread else Reason.SUCCEEDED
            return Verdict(kind, "True", reason, told[:MESSAGE_LIMIT])
        case Failure() if before.digest is not None and found.severity is Severity.RETRY:
            message = f"{before.digest} was published and cannot be looked at. {found.sentence}"
            return Verdict(kind, "Unknown", found.reason, message[:MESSAGE_LIMIT])
        case Failure():
            return _failed(kind, (found,))
        case None:
            waits = result.references is not None and not result.references.resolved
            message = "It waits for what the version needs." if waits else "It is being published."
            return Verdict(kind, "False", Reason.PROGRESSING, message)


def _described(found: Publication) -> str:
    if found.size_bytes is None or found.file_count is None:
        return f"{found.digest} is published."
    files = "1 file" if found.file_count == 1 else f"{found.file_count} files"
    told = f"{found.digest} is published: {files}, {amount(found.size_bytes)}."
    return f"{told} {found.caution}".rstrip()


def _replicated(result: AssetPass) -> Verdict:
    kind, declared = ConditionType.REPLICATED, result.declared
    wrong = tuple(view.failure for view in declared if view.failure is not None)
    if wrong:
        return _failed(kind, wrong, result.count)
    if declared and all(view.is_ready for view in declared):
        return Verdict(kind, "True", Reason.SUCCEEDED, f"{result.count}{_weaker(declared)}")
    if not isinstance(result.published, Publication):
        return Verdict(kind, "False", Reason.PROGRESSING, "It waits for the publication.")
    return Verdict(kind, "False", Reason.PROGRESSING, f"{result.count} {_under_way(result)}")


def _weaker(declared: tuple[RegionView, ...]) -> str:
    """Where Azure's word is all there is, that is said."""
    by_word = [view.location for view in declared if view.evidence is Evidence.REPLICATION_STATUS]
    return f" By the state of Azure's replication alone: {', '.join(by_word)}." if by_word else ""


def _failed(kind: ConditionType, wrong: tuple[Failure, ...], count: str = "") -> Verdict:
    blocking = next((one for one in wrong if needs_a_person(one)), wrong[0])
    return Verdict(kind, "False", blocking.reason, f"{count} {told(wrong)}".strip()[:MESSAGE_LIMIT])
