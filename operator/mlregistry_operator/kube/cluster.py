"""The API server, as the port that reconciliation knows."""

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp
from kubernetes.aio import client

from mlregistry_operator.api.group import ASSET_PLURAL, GROUP, VERSION
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.domain.events import EventNote
from mlregistry_operator.kube.events import EventRecorder
from mlregistry_operator.kube.ports import (
    Body,
    ClusterError,
    ConflictError,
    ForbiddenError,
    GoneError,
    Kind,
)
from mlregistry_operator.kube.rest import Rest

_PAGE: Final = 500
_ERRORS: Final = {403: ForbiddenError, 404: GoneError, 409: ConflictError}


class KubernetesCluster:
    """Implements `Cluster` with the official client."""

    def __init__(self, rest: Rest, recorder: EventRecorder) -> None:
        self._rest = rest
        self._recorder = recorder
        self._cluster_id: str | None = None

    async def cluster_id(self) -> str:
        if self._cluster_id is None:
            with _errors("read namespace kube-system"):
                found = await self._rest.get("/api/v1/namespaces/kube-system")
            self._cluster_id = str(found["metadata"]["uid"])
        return self._cluster_id

    async def read(self, kind: Kind, key: ObjectKey) -> Body | None:
        try:
            with _errors(f"read {kind.kind} {key}"):
                return await self._rest.get(_path(kind, key))
        except GoneError:
            return None

    async def assets(self, registry_name: str) -> tuple[Body, ...]:
        found: list[Body] = []
        going_on = ""
        while True:
            query = {"fieldSelector": f"spec.registryRef.name={registry_name}", "limit": str(_PAGE)}
            if going_on:
                query["continue"] = going_on
            with _errors(f"list the assets of {registry_name}"):
                page = await self._rest.get(f"/apis/{GROUP}/{VERSION}/{ASSET_PLURAL}?{urlencode(query)}")
            found += page.get("items", [])
            going_on = (page.get("metadata") or {}).get("continue") or ""
            if not going_on:
                return tuple(found)

    async def namespace_labels(self, name: str) -> Mapping[str, str] | None:
        try:
            with _errors(f"read namespace {name}"):
                found = await self._rest.get(f"/api/v1/namespaces/{name}")
        except GoneError:
            return None
        return dict(found["metadata"].get("labels") or {})

    async def write_status(self, kind: Kind, key: ObjectKey, version: str, patch: Mapping[str, Any]) -> None:
        body = {"metadata": {"resourceVersion": version}, "status": dict(patch)}
        with _errors(f"write the status of {kind.kind} {key}"):
            await self._rest.patch(f"{_path(kind, key)}/status", body)

    async def secret(self, key: ObjectKey) -> Mapping[str, bytes] | None:
        try:
            with _errors(f"read Secret {key}"):
                found = await self._rest.get(f"/api/v1/namespaces/{key.namespace}/secrets/{key.name}")
        except GoneError:
            return None
        return {name: base64.b64decode(value) for name, value in (found.get("data") or {}).items()}

    async def record(self, kind: Kind, body: Body, note: EventNote) -> None:
        await self._recorder.record(kind, body, note)


def _path(kind: Kind, key: ObjectKey) -> str:
    return f"/apis/{GROUP}/{VERSION}/namespaces/{key.namespace}/{kind.plural}/{key.name}"


@contextmanager
def _errors(doing: str) -> Iterator[None]:
    try:
        yield
    except client.ApiException as error:
        kind = _ERRORS.get(error.status, ClusterError)
        raise kind(f"could not {doing}: {error.status} {error.reason}") from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise ClusterError(f"could not {doing}: {error!r}") from error
