"""Whether what a version needs is there: resolved, awaited, missing, failed, or needed in a circle.

A reference is resolved once its version is published, whatever region it is in. What is missing or not yet
there may still come, for objects are applied in any order: that is waited for. A circle and an unpinned
reference only a person can undo.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from mlregistry_operator.api.asset import MLAssetSpec
from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.conditions import ConditionType
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLAsset
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.assets.components import ComponentReading, told
from mlregistry_operator.domain.assets.ids import AssetId, AssetKey
from mlregistry_operator.domain.conditions import find
from mlregistry_operator.domain.failures import Failure, Severity

_NAMED: Final = 10  # versions that one message names


class Standing(Enum):
    """How far a version is that others refer to."""

    PUBLISHED = "is published"
    WAITING = "is not published yet"
    FAILED = "cannot be published as it is"
    LEAVING = "is being deleted"


@dataclass(frozen=True, slots=True)
class Known:
    """A version that exists in the registry: how far it is, who declares it, and what it needs itself.

    `held_by` is None where the content is there and no object declares it any more.
    """

    standing: Standing
    held_by: ObjectKey | None = None
    needs: frozenset[AssetKey] = frozenset()


@dataclass(frozen=True, slots=True)
class Resolution:
    """What became of a version's references; `failures` is empty where all are resolved.

    `note` says what is true besides, and stands in nobody's way.
    """

    wanted: tuple[AssetId, ...]
    failures: tuple[Failure, ...] = ()
    note: str | None = None

    @property
    def resolved(self) -> bool:
        return not self.failures


def wanted_references(
    spec: MLAssetSpec, registry: str, reading: ComponentReading | None = None
) -> tuple[AssetId, ...]:
    """Everything that a version needs, each once: declared, its environment, what its specification says."""
    declared = [AssetId(registry, ref.type, ref.asset_name, ref.version) for ref in spec.references]
    if spec.component is not None and spec.component.environment_ref is not None:
        ref = spec.component.environment_ref
        declared.append(AssetId(registry, AssetType.ENVIRONMENT, ref.asset_name, ref.version))
    found = (*declared, *(reading.references if reading is not None else ()))
    return tuple({one.key: one for one in reversed(found)}.values())[::-1]


def standing_of(asset: MLAsset) -> Standing:
    """How far the version is that an object declares, by its own status.

    What was published is published, though it cannot be looked at for a while.
    """
    if asset.metadata.deletion_timestamp is not None:
        return Standing.LEAVING
    published = find(asset.status.conditions, ConditionType.PUBLISHED)
    if published is not None and published.status != "False":
        return Standing.PUBLISHED
    stalled = find(asset.status.conditions, ConditionType.STALLED) is not None
    return Standing.FAILED if stalled else Standing.WAITING


def merely_shares(asset: MLAsset) -> bool:
    """Whether another object published what this one declares, and this one has shown no bytes of its own."""
    published = find(asset.status.conditions, ConditionType.PUBLISHED)
    return published is not None and published.reason == Reason.SHARED


def resolve(
    own: AssetId,
    wanted: tuple[AssetId, ...],
    known: Mapping[AssetKey, Known],
    refusals: tuple[str, ...] = (),
) -> Resolution:
    """What becomes of the references of the version `own`, given what exists in its registry.

    `refusals` are the sentences of a specification that must be written otherwise.
    """
    return Resolution(wanted, tuple(_failures(own, wanted, known, refusals)))


def cycle_of(
    own: AssetKey, wanted: Iterable[AssetKey], known: Mapping[AssetKey, Known]
) -> tuple[AssetKey, ...]:
    """The shortest way by which a version needs itself, from it and back to it; empty where there is none."""
    reached: dict[AssetKey, AssetKey] = {}
    front = [own]
    while front:
        needed: list[AssetKey] = []
        for one in front:
            for other in wanted if one == own else _needs(one, known):
                if other == own:
                    return (*_way(own, one, reached), own)
                if other not in reached:
                    reached[other] = one
                    needed.append(other)
        front = needed
    return ()


def _needs(key: AssetKey, known: Mapping[AssetKey, Known]) -> tuple[AssetKey, ...]:
    return tuple(sorted(known[key].needs)) if key in known else ()


def _way(own: AssetKey, last: AssetKey, reached: Mapping[AssetKey, AssetKey]) -> tuple[AssetKey, ...]:
    way = [last]
    while way[-1] != own:
        way.append(reached[way[-1]])
    return tuple(reversed(way))


def _failures(
    own: AssetId, wanted: tuple[AssetId, ...], known: Mapping[AssetKey, Known], refusals: tuple[str, ...]
) -> Iterator[Failure]:
    if refusals:
        yield _failure(Reason.INVALID_SPEC, Severity.STALLED, told(refusals))
    if cycle := cycle_of(own.key, (one.key for one in wanted), known):
        yield _failure(
            Reason.REFERENCE_CYCLE,
            Severity.STALLED,
            f"The version needs itself: {', which needs '.join(map(str, cycle))}.",
            "Publish one of them, under another version, without that reference.",
        )
    if missing := [one for one in wanted if one.key not in known]:
        yield _failure(
            Reason.DEPENDENCY_NOT_FOUND,
            Severity.RETRY,
            f"Not in the registry {own.registry}: {_names(missing)}.",
            "Apply an MLAsset for each of them, or promote it with this one; it goes on by itself then.",
        )
    for standing, severity, remedy in _AWAITED:
        if awaited := [one for one in wanted if one.key in known and known[one.key].standing is standing]:
            held = _names(awaited, known)
            yield _failure(Reason.DEPENDENCY_NOT_READY, severity, f"{held} {standing.value}.", remedy)


_AWAITED: Final = (
    (
        Standing.FAILED,
        Severity.SLOW_RETRY,
        "Its own conditions say what to do; this one goes on by itself then.",
    ),
    (
        Standing.LEAVING,
        Severity.SLOW_RETRY,
        "Keep it, or apply it again; this one goes on by itself then.",
    ),
    (Standing.WAITING, Severity.RETRY, "It goes on by itself as soon as that is."),
)


def _names(ids: list[AssetId], known: Mapping[AssetKey, Known] | None = None) -> str:
    told = [f"{one}{_held((known or {}).get(one.key))}" for one in ids[:_NAMED]]
    rest = len(ids) - _NAMED
    return ", ".join(told) + (f" and {rest} more" if rest > 0 else "")


def _held(known: Known | None) -> str:
    return f" (MLAsset {known.held_by})" if known is not None and known.held_by is not None else ""


def _failure(reason: Reason, severity: Severity, message: str, remedy: str = "") -> Failure:
    return Failure(ArmId(""), reason, severity, message, remedy=remedy)
