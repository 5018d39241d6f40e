"""What a region that leaves has alone, by the word of the assets' status."""

from collections.abc import Iterable

from mlregistry_operator.api.asset_status import CopyState
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLAsset, MLRegistry
from mlregistry_operator.domain.assets.references import merely_shares


def leaving_regions(old: MLRegistry, new: MLRegistry) -> frozenset[str]:
    """The regions that were declared and are not any more."""
    return declared_regions(old) - declared_regions(new)


def declared_regions(registry: MLRegistry) -> frozenset[str]:
    return frozenset(region.location for region in registry.spec.replication_locations)


def sole_copies(
    old: MLRegistry, new: MLRegistry, assets: Iterable[MLAsset]
) -> dict[str, tuple[ObjectKey, ...]]:
    """By leaving region, the assets that are complete there and in no region that stays.

    Who merely shares a version is not asked: its publisher is.
    """
    leaving, staying = leaving_regions(old, new), declared_regions(new)
    found: dict[str, list[ObjectKey]] = {}
    for asset in (one for one in assets if not merely_shares(one)):
        whole = {row.location for row in asset.status.regions if row.state is CopyState.READY}
        if not whole & staying:
            for location in whole & leaving:
                found.setdefault(location, []).append(asset.key)
    return {location: tuple(sorted(found[location])) for location in sorted(found)}
