"""The one writer of an object's status: one patch a pass, none where nothing has changed."""

import logging
from collections.abc import Iterable
from typing import Any, Final

from pydantic import BaseModel

from mlregistry_operator.api.group import RECONCILE_AT
from mlregistry_operator.api.metadata import ObjectMeta
from mlregistry_operator.domain.events import EventNote
from mlregistry_operator.domain.patches import dump, status_patch
from mlregistry_operator.kube.ports import Body, Cluster, ConflictError, Kind

_TRIES: Final = 5
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
    """Where only metadata has changed meanwhile, such as the finalizer, what was found out still holds.

    So it does where another look was asked for: who asks faster than a pass lasts would see no status at all.
    """
    key, version = ObjectMeta.model_validate(body["metadata"]).key, body["metadata"]["resourceVersion"]
    for left in reversed(range(_TRIES)):
        try:
            await cluster.write_status(kind, key, version, patch)
        except ConflictError:
            newer = await cluster.read(kind, key)
            if not left or newer is None or _essence(newer) != _essence(body):
                raise
            version = newer["metadata"]["resourceVersion"]
        else:
            return


def _essence(body: Body) -> tuple[object, ...]:
    metadata = body["metadata"]
    annotations = {**(metadata.get("annotations") or {}), RECONCILE_AT: None}
    return metadata["uid"], metadata["generation"], annotations, body.get("status")
