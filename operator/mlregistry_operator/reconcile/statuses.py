"""The one writer of an object's status: one patch a pass, none where nothing has changed."""

import logging
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from mlregistry_operator.api.metadata import ObjectMeta
from mlregistry_operator.domain.events import EventNote
from mlregistry_operator.domain.patches import dump, status_patch
from mlregistry_operator.kube.ports import Body, Cluster, ConflictError, Kind

_log = logging.getLogger(__name__)


async def write(
    cluster: Cluster, kind: Kind, body: Body, after: BaseModel, notes: Iterable[EventNote] = ()
) -> None:
    """Write what has changed, and then tell of it.

    Raises:
        ConflictError: the object has changed since `body` was read.
        ClusterError: the API server could not be asked.
    """
    patch = status_patch(body.get("status") or {}, dump(after))
    if patch:
        await _patch(cluster, kind, body, patch)
    for note in notes:
        _log.info(note.action, extra={"reason": note.reason, "note": note.note})
        await cluster.record(kind, body, note)


async def _patch(cluster: Cluster, kind: Kind, body: Body, patch: dict[str, Any]) -> None:
    """Where only metadata has changed meanwhile, such as the finalizer, what was found out still holds."""
    key = ObjectMeta.model_validate(body["metadata"]).key
    try:
        await cluster.write_status(kind, key, body["metadata"]["resourceVersion"], patch)
    except ConflictError:
        newer = await cluster.read(kind, key)
        if newer is None or _essence(newer) != _essence(body):
            raise
        await cluster.write_status(kind, key, newer["metadata"]["resourceVersion"], patch)


def _essence(body: Body) -> tuple[object, ...]:
    metadata = body["metadata"]
    return metadata["uid"], metadata["generation"], metadata.get("annotations"), body.get("status")
