"""The defects that one object's loop meets: each is logged, counted in a row, and told in a condition."""

import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from mlregistry_operator.api.conditions import Condition, ConditionType
from mlregistry_operator.api.group import RECONCILE_AT, REGISTRY_KIND
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.conditions import conditions
from mlregistry_operator.domain.defects import defect, defect_id
from mlregistry_operator.domain.events import readiness
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.verdicts import failed_verdicts
from mlregistry_operator.kube.ports import Body, Kind
from mlregistry_operator.reconcile.world import World
from mlregistry_operator.telemetry.passes import panicked, timed_out

_OVERALL: Final = frozenset({ConditionType.READY, ConditionType.RECONCILING, ConditionType.STALLED})
TOO_LONG: Final = "a pass took too long and was ended"
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Defects:
    """What the loop of one object of that kind has met."""

    kind: str = REGISTRY_KIND
    _in_a_row: Counter[str] = field(default_factory=Counter)

    def met(self, what: str, error: BaseException, *, words: str, target: ArmId | None = None) -> Failure:
        """Count it, log it under its id with `words`, and return what is said: a sentence about `what`."""
        (timed_out if words == TOO_LONG else panicked)(self.kind)
        known = defect_id(what, error)
        about = {"defectID": known} | ({"target": target} if target else {})
        _log.error(words, exc_info=error, extra=about)
        return defect(what, error, known, target)

    def once_more(self, work: str) -> int:
        """How often this work has now failed in a row."""
        self._in_a_row[work] += 1
        return self._in_a_row[work]

    def went_well(self, work: str) -> None:
        self._in_a_row.pop(work, None)


async def tell_defect(
    kind: Kind, key: ObjectKey, uid: str | None, failure: Failure, world: World
) -> Body | None:
    """Say it in the conditions of the object, of which nothing but these is read; the object as it was.

    Where the object has changed meanwhile nothing is written: the next pass looks at it anyway.

    Raises:
        ClusterError: the API server could not be asked, or the object is another one by now.
    """
    cluster, now = world.cluster, world.clock.now()
    body = await cluster.read(kind, key)
    if body is None or uid not in {None, body["metadata"].get("uid")}:
        return None
    metadata, status = body["metadata"], body.get("status") or {}
    before, strange = _conditions_in(status)
    generation = int(metadata.get("generation") or 0)
    overall = conditions(failed_verdicts(failure), before, generation=generation, now=now)
    kept = tuple(one for one in before if one.type not in _OVERALL)
    wanted = [*(one.model_dump(mode="json", by_alias=True) for one in (*overall, *kept)), *strange]
    asked = (metadata.get("annotations") or {}).get(RECONCILE_AT)
    told = {"conditions": wanted, "observedGeneration": generation, "lastHandledReconcileAt": asked}
    patch = {name: value for name, value in told.items() if status.get(name) != value}
    if patch:
        await cluster.write_status(kind, key, metadata["resourceVersion"], patch)
    for note in readiness(before, overall):
        await cluster.record(kind, body, note)
    return body


def _conditions_in(status: dict[str, Any]) -> tuple[tuple[Condition, ...], list[Any]]:
    """The conditions that can be read; and those that cannot, as they are, where they are not replaced."""
    found, strange = [], []
    for raw in status.get("conditions") or ():
        try:
            found.append(Condition.model_validate(raw))
        except ValidationError:
            if isinstance(raw, dict) and raw.get("type") not in _OVERALL:
                strange.append(raw)
    return tuple(found), strange
