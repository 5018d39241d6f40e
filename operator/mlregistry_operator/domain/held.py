"""What is said while Azure has asked not to be looked at: what was seen last, and until when that is all.

A look that is refused is no news of what there is. So a registry that was ready stays ready, a region too,
and no event is told.
"""

from datetime import datetime, timedelta
from typing import Final

from mlregistry_operator.api.conditions import ConditionType
from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.api.registry_status import MLRegistryStatus
from mlregistry_operator.domain.conditions import find
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.plan import Assessment, Plan, Standing

_NOTE: Final = " Azure has asked not to be looked at"


def is_held(assessment: Assessment) -> bool:
    """Whether it was not seen for no other reason than that Azure asked to wait."""
    failure = assessment.failure
    return assessment.standing is Standing.UNSEEN and failure is not None and _asked_to_wait(failure)


def last_truth(registry: MLRegistry, plan: Plan, *, now: datetime) -> MLRegistryStatus | None:
    """The status as it was, where that is all that is known and all was well; None where more can be said.

    What is asked for by annotation is not done before there was a look: `lastHandledReconcileAt` stays too.
    """
    before = registry.status
    ready = find(before.conditions, ConditionType.READY)
    held = [one.failure for one in plan.assessments() if one.failure is not None and is_held(one)]
    if ready is None or (ready.status, ready.observed_generation) != ("True", registry.metadata.generation):
        return None
    if not held or not all(map(_may_be_as_it_was, plan.assessments())):
        return None
    told = ready.model_copy(update={"message": f"{ready.message.partition(_NOTE)[0]}{_until(held, now)}"})
    kept = tuple(told if one.type == ConditionType.READY else one for one in before.conditions)
    return before.model_copy(update={"conditions": kept})


def _may_be_as_it_was(assessment: Assessment) -> bool:
    """What is not seen takes along what lies in it: that waits for it, and nothing is known of it either."""
    if assessment.standing is Standing.UNSEEN:
        return assessment.failure is None or _asked_to_wait(assessment.failure)
    waits = assessment.action is not None and assessment.action.waits_for is not None
    return assessment.standing is Standing.SETTLED or waits


def _asked_to_wait(failure: Failure) -> bool:
    return failure.reason is Reason.THROTTLED


def _until(held: list[Failure], now: datetime) -> str:
    """A note with the moment, to the second, after which all of it may be looked at again."""
    waits = [one.retry_after for one in held if one.retry_after is not None]
    if not waits:
        return f"{_NOTE} for a while; this is what was seen last."
    end = now + timedelta(seconds=max(waits))
    return f"{_NOTE} before {end:%Y-%m-%dT%H:%M:%SZ}; this is what was seen last."
