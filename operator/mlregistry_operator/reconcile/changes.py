"""What about an object, when it changes, is looked at at once; our own status writes are not among it."""

from typing import Final

from mlregistry_operator.api.group import (
    ADOPT,
    CONFIRM_DELETE,
    FINALIZER,
    FORCE_DETACH,
    RECONCILE_AT,
    RESYNC_INTERVAL,
)
from mlregistry_operator.kube.ports import Body

Change = tuple[object, ...]
_OBEYED: Final = (RECONCILE_AT, RESYNC_INTERVAL, ADOPT, FORCE_DETACH, CONFIRM_DELETE)


def change_of(body: Body) -> Change:
    """Equal for two bodies between which nothing has changed that a pass would act on."""
    metadata = body.get("metadata", {})
    annotations = metadata.get("annotations") or {}
    asked = (annotations.get(name) for name in _OBEYED)
    held = FINALIZER in (metadata.get("finalizers") or ())
    return (metadata.get("generation"), metadata.get("deletionTimestamp"), held, *asked)
