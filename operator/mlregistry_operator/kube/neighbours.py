"""Objects of ours and namespaces, read afresh from the API server: what the webhook asks, and every pass."""

from collections.abc import AsyncIterator, Collection, Mapping

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.group import ASSET_PLURAL, REGISTRY_PLURAL
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.kube.errors import cluster_errors
from mlregistry_operator.kube.kinds import API, served_kinds
from mlregistry_operator.kube.ports import Body, GoneError, Kind, Namespace
from mlregistry_operator.kube.rest import Rest
from mlregistry_operator.kube.slimming import slim, without_text


class KubernetesNeighbours:
    """Implements `Neighbours` with the official client, for all namespaces or for those that are watched."""

    def __init__(self, rest: Rest, namespaces: Collection[str] = ()) -> None:
        self._rest = rest
        self._namespaces = frozenset(namespaces)
        self._places = [f"{API}/namespaces/{name}" for name in namespaces] or [API]

    async def read(self, kind: Kind, key: ObjectKey) -> Body | None:
        if not self.sees(key.namespace):
            return None  # somebody else's: there may be no right to look
        return await self._one(path_of(kind, key), f"read {kind.kind} {key}")

    def sees(self, namespace: str) -> bool:
        return not self._namespaces or namespace in self._namespaces

    async def registries(self) -> AsyncIterator[Body]:
        with cluster_errors("list the registries"):
            for place in self._places:
                async for one in self._rest.listed(f"{place}/{REGISTRY_PLURAL}"):
                    yield slim(one)

    async def assets(self, registry_name: str, *, texts: bool) -> AsyncIterator[Body]:
        fields = {"spec.registryRef.name": registry_name}
        async for one in self._selected(registry_name, fields):
            yield slim(one) if texts else without_text(one)

    async def versions(self, registry_name: str, kind: AssetType, version: str) -> tuple[Body, ...]:
        fields = {"spec.registryRef.name": registry_name, "spec.type": kind, "spec.version": version}
        return tuple([without_text(one) async for one in self._selected(registry_name, fields)])

    async def namespace(self, name: str) -> Namespace | None:
        found = await self._one(f"/api/v1/namespaces/{name}", f"read namespace {name}")
        if found is None:
            return None
        metadata = found["metadata"]
        return Namespace(dict(metadata.get("labels") or {}), "deletionTimestamp" in metadata)

    async def _one(self, path: str, doing: str) -> Body | None:
        try:
            with cluster_errors(doing):
                return await self._rest.get(path)
        except GoneError:
            return None

    async def _selected(self, registry_name: str, fields: Mapping[str, str]) -> AsyncIterator[Body]:
        """A kind that is not served any more has no objects."""
        query = {"fieldSelector": ",".join(f"{name}={value}" for name, value in fields.items())}
        try:
            with cluster_errors(f"list the assets of {registry_name}"):
                for place in self._places:
                    async for one in self._rest.listed(f"{place}/{ASSET_PLURAL}", query):
                        yield one
        except GoneError:
            if ASSET_PLURAL in await served_kinds(self._rest):
                raise


def path_of(kind: Kind, key: ObjectKey) -> str:
    """Where the API server has the object."""
    return f"{API}/namespaces/{key.namespace}/{kind.plural}/{key.name}"
