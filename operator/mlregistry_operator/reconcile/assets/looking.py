"""One look at a version in every region, side by side."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.content import BlobStore
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.layout import Place
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.reconcile.content.lying import Lying, look
from mlregistry_operator.reconcile.content.verify import compared
from mlregistry_operator.reconcile.content.versions import CommittedVersion, committed_version


@dataclass(frozen=True, slots=True)
class RegionLook:
    """What lies in one region: `version` where it is committed, `failure` where it could not be read."""

    location: str
    lying: Lying | None = None
    version: CommittedVersion | None = None
    failure: Failure | None = None


async def look_everywhere(
    stores: Mapping[str, BlobStore], place: Place, kind: AssetType
) -> dict[str, RegionLook]:
    """Every region that has a store. Never raises: what could not be read is in its row."""
    looks = await asyncio.gather(*(_look(location, store, place, kind) for location, store in stores.items()))
    return {one.location: one for one in looks}


async def _look(location: str, store: BlobStore, place: Place, kind: AssetType) -> RegionLook:
    try:
        lying = await look(store, place)
        return RegionLook(location, lying, await committed_version(store, place, kind, lying))
    except CloudError as error:
        return RegionLook(location, failure=in_region(location, error.failure))


def is_whole(look: RegionLook, version: CommittedVersion | None = None) -> bool:
    """Whether the region has this version (else the one that it says it has), all of it and as published."""
    wanted = version or look.version
    return wanted is not None and look.lying is not None and compared(wanted.manifest, look.lying).complete


def in_region(location: str, failure: Failure) -> Failure:
    """The same failure, naming its region; an account that does not answer is a region that is away."""
    away = failure.reason is Reason.AZURE_UNAVAILABLE
    return replace(
        failure,
        reason=Reason.REGION_UNAVAILABLE if away else failure.reason,
        message=f"{location}: {failure.message}",
    )
