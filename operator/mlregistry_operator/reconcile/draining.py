"""Regions that leave: a fresh look at what their accounts hold, and copies of what lies there alone.

It is the bytes that are asked, not the assets' statuses: content whose object is gone counts as much. What an
object has published, its own loop copies; all else is copied here.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.policies import ManagementPolicy
from mlregistry_operator.cloud.content import BlobStore
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.ids import AssetKey
from mlregistry_operator.domain.assets.layout import place_of, version_of
from mlregistry_operator.domain.departures import leaving_accounts
from mlregistry_operator.domain.draining import Hold, Whereabouts, hold_of, unread
from mlregistry_operator.domain.ownership import is_ours
from mlregistry_operator.domain.resources import Observed, ObservedAccount
from mlregistry_operator.reconcile.assets.content import Content
from mlregistry_operator.reconcile.assets.looking import RegionLook, is_whole, look_everywhere
from mlregistry_operator.reconcile.content.checksums import Origin
from mlregistry_operator.reconcile.content.lanes import each
from mlregistry_operator.reconcile.content.replicate import Copying, replicate
from mlregistry_operator.reconcile.memory import DrainMemory
from mlregistry_operator.reconcile.scene import Scene

_WIDTH: Final = 8
_PROOF_SECONDS: Final = 600.0


async def find_holds(
    scene: Scene, observed: Observed, drain: DrainMemory, content: Content, now: float
) -> dict[str, Hold]:
    """What keeps each leaving region from being taken down. Never raises: what cannot be read holds it.

    `now` is by the monotonic clock.
    """
    leaving = leaving_accounts(scene.desired, observed, scene.owner)
    if not leaving:
        await drain.forget()
        return {}
    drain.jobs.take_ended(now)
    try:
        staying = await _staying(scene, observed, content)
    except CloudError as error:
        return {location: unread(location, error.failure) for location in leaving}
    found = await asyncio.gather(
        *(
            _Drain(location, scene, staying, drain, content, now).hold(account)
            for location, account in leaving.items()
        )
    )
    return {location: hold for location, hold in zip(leaving, found, strict=True) if hold is not None}


async def _staying(scene: Scene, observed: Observed, content: Content) -> dict[str, BlobStore]:
    """The accounts of ours in the declared regions that are there, the primary first."""
    primary = scene.desired.container_registry.location
    there = {
        location: seen.blob_endpoint
        for location in sorted(scene.desired.accounts, key=lambda one: one != primary)
        for seen in observed.accounts[location].values()
        if isinstance(seen, ObservedAccount) and is_ours(scene.owner, seen) and seen.blob_endpoint is not None
    }
    return {
        location: await content.stores.open(scene.identity, endpoint) for location, endpoint in there.items()
    }


@dataclass(frozen=True, slots=True)
class _Drain:
    """One leaving region in one pass."""

    location: str
    scene: Scene
    staying: Mapping[str, BlobStore]
    memory: DrainMemory
    content: Content
    now: float

    async def hold(self, account: ObservedAccount) -> Hold | None:
        if account.blob_endpoint is None:
            return None
        try:
            store = await self.content.stores.open(self.scene.identity, account.blob_endpoint)
            there = await versions_in(store)
            asked = [key for key, etag in there.items() if not self._is_proved(key, etag)]
            looks = await each(asked, _WIDTH, lambda key: self._whereabouts(key, store))
        except CloudError as error:
            return unread(self.location, error.failure)
        found = dict(zip(asked, looks, strict=True))
        for key, where in found.items():
            if where is Whereabouts.ELSEWHERE:
                self.memory.proved[self.location, key] = (there[key], self.now)
        troubles = (self.memory.jobs.trouble(self._job(key)) for key in found)
        return hold_of(self.location, found, [one for one in troubles if one is not None])

    def _is_proved(self, key: AssetKey, etag: str) -> bool:
        mark, proved_at = self.memory.proved.get((self.location, key), ("", 0.0))
        return mark == etag and self.now - proved_at < _PROOF_SECONDS

    async def _whereabouts(self, key: AssetKey, store: BlobStore) -> Whereabouts:
        looks = await look_everywhere({self.location: store, **self.staying}, place_of(key), key.type)
        here = looks.pop(self.location)
        if here.failure is not None:
            raise CloudError(here.failure)
        if here.version is None or any(_has_all(look, here) for look in looks.values()):
            return Whereabouts.ELSEWHERE
        if not is_whole(here):
            return Whereabouts.NOWHERE
        self._copy(key, here, store, looks)
        return Whereabouts.ONLY_HERE

    def _copy(
        self, key: AssetKey, here: RegionLook, store: BlobStore, looks: Mapping[str, RegionLook]
    ) -> None:
        """To the first region that answers, unless an object has published the version and copies it."""
        place, name = place_of(key), self._job(key)
        target = next((one for one in self.staying if looks[one].failure is None), None)
        copied = self.content.fleet.is_copied(self.scene.registry.key, key)
        acts = self.scene.registry.spec.management_policy is ManagementPolicy.FULL
        if target is None or copied or not acts or here.version is None:
            return
        if self.memory.jobs.may_start(name, self.now):
            registry = str(self.scene.registry.key)
            copying = Copying(here.version, [Origin(store, place)], self.staying[target], place, registry)
            self.memory.jobs.start(name, replicate(copying, self.content.capacity))

    def _job(self, key: AssetKey) -> str:
        return f"{self.location}: {key}"


async def versions_in(store: BlobStore) -> dict[AssetKey, str]:
    """Every version that has a commit mark in an account, with the mark's ETag. Raises `CloudError`."""
    containers = await store.container_names()
    found: dict[AssetKey, str] = {}
    for kind in AssetType:
        if kind.plural in containers:
            async for blob in store.blobs(kind.plural, ""):
                key = version_of(kind, blob.name)
                if key is not None:
                    found[key] = blob.etag
    return found


def _has_all(look: RegionLook, here: RegionLook) -> bool:
    """Whether the other region has the same version, its commit mark and all its files."""
    return (
        look.version is not None
        and here.version is not None
        and look.version.digest == here.version.digest
        and is_whole(look)
    )
