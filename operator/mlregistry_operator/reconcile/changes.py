"""What about an object, when it changes, is looked at at once; our own status writes are not among it."""

from mlregistry_operator.api.group import ADOPT, FINALIZER, FORCE_DETACH, RECONCILE_AT, RESYNC_INTERVAL
from mlregistry_operator.kube.ports import Body

Change = tuple[object, ...]


def change_of(body: Body) -> Change:
    """Equal for two bodies between which nothing has changed that a pass would act on."""
    metadata = body.get("metadata", {})
    annotations = metadata.get("annotations") or {}
    asked = (annotations.get(name) for name in (RECONCILE_AT, RESYNC_INTERVAL, ADOPT, FORCE_DETACH))
    held = FINALIZER in (metadata.get("finalizers") or ())
    return (metadata.get("generation"), metadata.get("deletionTimestamp"), held, *asked)
