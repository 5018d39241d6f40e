"""The one writer of a registry's status: one patch a pass, none where nothing has changed."""

import logging
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from mlregistry_operator.api.metadata import ObjectMeta
from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.api.registry import MLRegistrySpec
from mlregistry_operator.api.registry_status import MLRegistryStatus
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.events import EventNote, transitions
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.patches import dump, status_patch
from mlregistry_operator.kube.ports import REGISTRIES, Body, Cluster, ConflictError

_log = logging.getLogger(__name__)


def read_registry(body: Body) -> MLRegistry:
    """The object as models.

    Raises:
        CloudError: the spec is one that this version cannot read.
    """
    metadata, before = head_of(body)
    try:
        spec = MLRegistrySpec.model_validate(body.get("spec", {}))
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5])
        failure = Failure(
            ArmId(""), Reason.INVALID_SPEC, Severity.STALLED, f"spec: {told}", remedy="Correct the spec."
        )
        raise CloudError(failure) from error
    return MLRegistry(metadata=metadata, spec=spec, status=before)


def head_of(body: Body) -> tuple[ObjectMeta, MLRegistryStatus]:
    """Metadata and status; a status that somebody has mangled counts as none."""
    try:
        before = MLRegistryStatus.model_validate(body.get("status") or {})
    except ValidationError:
        before = MLRegistryStatus()
    return ObjectMeta.model_validate(body["metadata"]), before


async def write(
    cluster: Cluster,
    body: Body,
    before: MLRegistryStatus,
    after: MLRegistryStatus,
    notes: Iterable[EventNote] = (),
) -> None:
    """Write what has changed, and tell of it.

    Raises:
        ConflictError: the object has changed since `body` was read.
        ClusterError: the API server could not be asked.
    """
    patch = status_patch(body.get("status") or {}, dump(after))
    if patch:
        await _patch(cluster, body, patch)
    for note in (*notes, *transitions(before, after)):
        _log.info("registry", extra={"key": _name(body), "reason": note.reason, "note": note.note})
        await cluster.record(REGISTRIES, body, note)


async def _patch(cluster: Cluster, body: Body, patch: dict[str, Any]) -> None:
    """Where only metadata has changed meanwhile, such as the finalizer, what was found out still holds."""
    key = ObjectMeta.model_validate(body["metadata"]).key
    try:
        await cluster.write_status(REGISTRIES, key, body["metadata"]["resourceVersion"], patch)
    except ConflictError:
        newer = await cluster.read(REGISTRIES, key)
        if newer is None or _essence(newer) != _essence(body):
            raise
        await cluster.write_status(REGISTRIES, key, newer["metadata"]["resourceVersion"], patch)


def _name(body: Body) -> str:
    return f"{body['metadata']['namespace']}/{body['metadata']['name']}"


def _essence(body: Body) -> tuple[object, ...]:
    metadata = body["metadata"]
    return metadata["uid"], metadata["generation"], metadata.get("annotations"), body.get("status")
