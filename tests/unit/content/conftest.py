"""A registry of three accounts in memory, a team's account with a source, and small limits."""

from dataclasses import dataclass, field

import pytest
from support.memory_blobs import MemoryAccount, MemoryAccounts

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.domain.assets.blocks import MIB
from mlregistry_operator.domain.assets.copies import CopyLimits
from mlregistry_operator.domain.assets.ids import AssetId
from mlregistry_operator.domain.assets.layout import Place, place_of
from mlregistry_operator.domain.assets.uploads import UploadLimits
from mlregistry_operator.reconcile.content.budget import MemoryBudget
from mlregistry_operator.reconcile.content.capacity import Capacity
from mlregistry_operator.reconcile.content.checksums import Origin
from mlregistry_operator.reconcile.content.insistence import Insistence
from mlregistry_operator.reconcile.content.lanes import LaneLimits, Lanes
from mlregistry_operator.reconcile.content.publish import Publication, publish
from mlregistry_operator.reconcile.content.replicate import Copying
from mlregistry_operator.reconcile.content.sources import BlobSource
from mlregistry_operator.reconcile.content.versions import CommittedVersion

ASSET = AssetId("DemoRegistry1", AssetType.MODEL, "taxi-fare", "3")
PLACE = place_of(ASSET.key)
OWNER = {"mlregistry_uid": "u-1"}


@dataclass
class Registry:
    """One version's way. `block` is the size of a block of an upload."""

    cloud: MemoryAccounts = field(default_factory=MemoryAccounts)
    asset: AssetId = ASSET
    place: Place = PLACE
    block: int = 16

    @property
    def primary(self) -> MemoryAccount:
        return self.cloud.account("primary")

    @property
    def replica(self) -> MemoryAccount:
        return self.cloud.account("replica")

    @property
    def team(self) -> MemoryAccount:
        return self.cloud.account("team")

    @property
    def source(self) -> BlobSource:
        return BlobSource(self.team, "drop", "model")

    def capacity(self) -> Capacity:
        return Capacity(
            budget=MemoryBudget(16 * self.block),
            lanes=Lanes(LaneLimits(8, 4)),
            upload=UploadLimits(memory=8 * self.block, block=self.block),
            copies=CopyLimits(copy_from_url=MIB, put_from_url=2 * MIB, block=MIB),
            insist=Insistence(attempts=3, shortest=0.0001, longest=0.001),
            poll=0.0001,
        )

    def give(self, **files: bytes) -> None:
        """The source has exactly these files."""
        for name in self.team.names("drop"):
            del self.team.stored[self.team.ref("drop", name)]
        for name, data in files.items():
            self.team.plant("drop", f"model/{name}", data)

    def publication(self, *, pinned: str | None = None, alone: bool = False) -> Publication:
        return Publication(self.asset, self.source, pinned, OWNER, alone=alone)

    async def published(self) -> CommittedVersion:
        return await publish(self.publication(), self.primary, self.capacity())

    def copying(self, version: CommittedVersion, *origins: MemoryAccount) -> Copying:
        held = [Origin(account, self.place) for account in origins or (self.primary,)]
        return Copying(version, held, self.replica, self.place, "DemoRegistry1")

    def files_in(self, account: MemoryAccount) -> dict[str, bytes]:
        """The version's files, as they are committed."""
        found = ((self.place.path_of(blob.name), stored) for blob, stored in account.stored.items())
        return {path: stored.data for path, stored in found if path is not None}

    def is_committed(self, account: MemoryAccount) -> bool:
        return account.ref(self.place.container, self.place.manifest) in account.stored


@pytest.fixture
def registry() -> Registry:
    return Registry()
