"""The API server, as the port that reconciliation knows."""

import base64
from collections.abc import Collection, Mapping
from typing import Any

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.domain.events import EventNote
from mlregistry_operator.kube.errors import cluster_errors
from mlregistry_operator.kube.events import EventRecorder
from mlregistry_operator.kube.neighbours import KubernetesNeighbours, path_of
from mlregistry_operator.kube.ports import Body, GoneError, Kind, Secret
from mlregistry_operator.kube.rest import Rest


class KubernetesCluster(KubernetesNeighbours):
    """Implements `Cluster` with the official client."""

    def __init__(self, rest: Rest, recorder: EventRecorder, namespaces: Collection[str] = ()) -> None:
        super().__init__(rest, namespaces)
        self._recorder = recorder
        self._cluster_id: str | None = None

    async def cluster_id(self) -> str:
        if self._cluster_id is None:
            with cluster_errors("read namespace kube-system"):
                found = await self._rest.get("/api/v1/namespaces/kube-system")
            self._cluster_id = str(found["metadata"]["uid"])
        return self._cluster_id

    async def namespace_labels(self, name: str) -> Mapping[str, str] | None:
        found = await self.namespace(name)
        return None if found is None else found.labels

    async def write_status(self, kind: Kind, key: ObjectKey, version: str, patch: Mapping[str, Any]) -> None:
        body = {"metadata": {"resourceVersion": version}, "status": dict(patch)}
        with cluster_errors(f"write the status of {kind.kind} {key}"):
            await self._rest.patch(f"{path_of(kind, key)}/status", body)

    async def secret(self, key: ObjectKey) -> Secret | None:
        try:
            with cluster_errors(f"read Secret {key}"):
                found = await self._rest.get(f"/api/v1/namespaces/{key.namespace}/secrets/{key.name}")
        except GoneError:
            return None
        data = {name: base64.b64decode(value) for name, value in (found.get("data") or {}).items()}
        annotations = dict(found["metadata"].get("annotations") or {})
        return Secret(data, annotations, str(found.get("type") or "Opaque"))

    async def record(self, kind: Kind, body: Body, note: EventNote) -> None:
        await self._recorder.record(kind, body, note)
