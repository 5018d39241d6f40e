"""The cluster as the webhook sees it, in memory."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.kube.ports import ASSETS, REGISTRIES, Body, ClusterError, Kind, Namespace
from mlregistry_operator.kube.slimming import slim, without_text


@dataclass(slots=True)
class MemoryNeighbours:
    """Implements `Neighbours`. `fails` raises at every call, `hangs` never answers; `calls` are noted."""

    objects: list[Body] = field(default_factory=list)
    namespaces: dict[str, Namespace] = field(default_factory=dict)
    fails: bool = False
    hangs: bool = False
    calls: list[str] = field(default_factory=list)
    watched: frozenset[str] = frozenset()

    async def read(self, kind: Kind, key: ObjectKey) -> Body | None:
        await self._called("read")
        return next((one for one in self._of(kind) if _key(one) == key), None)

    async def registries(self) -> AsyncIterator[Body]:
        await self._called("registries")
        for one in self._of(REGISTRIES):
            yield one

    def sees(self, namespace: str) -> bool:
        return not self.watched or namespace in self.watched

    async def assets(self, registry_name: str, *, texts: bool) -> AsyncIterator[Body]:
        await self._called("assets")
        for one in self._in(registry_name):
            yield slim(one) if texts else without_text(one)

    async def versions(self, registry_name: str, kind: AssetType, version: str) -> tuple[Body, ...]:
        await self._called("versions")
        wanted = (kind.value, version)
        return tuple(
            one for one in self._in(registry_name) if (one["spec"]["type"], one["spec"]["version"]) == wanted
        )

    async def namespace(self, name: str) -> Namespace | None:
        await self._called("namespace")
        return self.namespaces.get(name, Namespace({}, terminating=False))

    async def _called(self, what: str) -> None:
        self.calls.append(what)
        if self.hangs:
            await asyncio.Event().wait()
        if self.fails:
            raise ClusterError(f"could not {what}: 503 Service Unavailable")

    def _of(self, kind: Kind) -> tuple[Body, ...]:
        return tuple(one for one in self.objects if one["kind"] == kind.kind)

    def _in(self, registry_name: str) -> tuple[Body, ...]:
        return tuple(one for one in self._of(ASSETS) if one["spec"]["registryRef"]["name"] == registry_name)


def _key(body: Body) -> ObjectKey:
    return ObjectKey(body["metadata"]["namespace"], body["metadata"]["name"])
