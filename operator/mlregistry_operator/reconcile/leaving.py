"""What the deletions of both kinds have in common: who is forced, who waits, and what is left in Azure."""

import logging
from collections.abc import Iterable
from typing import Final

from mlregistry_operator.api.group import FORCE_DETACH
from mlregistry_operator.api.metadata import ObjectMeta
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.events import EventNote, event
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.kube.ports import Body, Kind
from mlregistry_operator.reconcile.world import Outcome, World

_SUSPENDED: Final = (
    "Deletion waits: deletionPolicy is Delete and spec.suspend is true. Set suspend to false to go on."
)
_log = logging.getLogger(__name__)


def is_forced(metadata: ObjectMeta) -> bool:
    """Whether everything is to be left in Azure, whoever uses it and whatever is in the way."""
    return metadata.annotations.get(FORCE_DETACH) == "true"


def in_use(sentence: str) -> Failure:
    """Who uses the object, as something that its deletion waits for."""
    return Failure(ArmId(""), Reason.IN_USE, Severity.SLOW_RETRY, f"Deletion waits: {sentence}")


async def wait_suspended(kind: Kind, body: Body, world: World) -> Outcome:
    """A suspended object is not deleted with its data."""
    await world.cluster.record(kind, body, event("Warning", Reason.SUSPENDED, "Delete", _SUSPENDED))
    return Outcome(world.timing.resync)


async def tell_and_let_go(kind: Kind, body: Body, notes: Iterable[EventNote], world: World) -> Outcome:
    """The last events of an object, and the same in the log: events go with their namespace."""
    for note in notes:
        _log.info(note.action, extra={"reason": note.reason, "note": note.note})
        await world.cluster.record(kind, body, note)
    return Outcome(0.0, gone=True)
