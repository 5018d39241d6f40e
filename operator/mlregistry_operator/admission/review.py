"""One review: the edit alone, and then, where that is a question, beside what else is in the cluster."""

import asyncio
import logging
from typing import Final

from mlregistry_operator.admission.assets import beside_assets
from mlregistry_operator.admission.deletions import beside_users, is_guarded
from mlregistry_operator.admission.findings import verdict_of
from mlregistry_operator.admission.registries import beside_registries, beyond_boundaries
from mlregistry_operator.admission.reviews import AdmissionReview, Json, Verdict, reply
from mlregistry_operator.admission.verdict import Edit, judged
from mlregistry_operator.api.objects import MLAsset, MLRegistry
from mlregistry_operator.domain.boundaries import UNBOUNDED, Boundaries
from mlregistry_operator.kube.ports import ClusterError, Neighbours

PATIENCE: Final = 3.0
"""Seconds for all looks at other objects together; the API server waits five for the answer."""
COULD_NOT_JUDGE: Final = "a defect of the operator: the edit was not judged, and the controller decides"
COULD_NOT_LOOK: Final = "could not look at other objects; the controller decides"

_log = logging.getLogger(__name__)


async def review(
    body: Json, around: Neighbours, patience: float = PATIENCE, boundaries: Boundaries = UNBOUNDED
) -> Json:
    """The AdmissionReview that answers an AdmissionReview. `boundaries` are the operator's settings.

    Raises:
        pydantic.ValidationError: the body is no `admission.k8s.io/v1` review with a request.
    """
    request = AdmissionReview.model_validate(body).request
    try:
        verdict, edit = judged(request)
    except Exception:  # noqa: BLE001 - admission advises: a defect of its own must not stand in anybody's way
        _log.exception(COULD_NOT_JUDGE)
        verdict, edit = Verdict(warnings=(COULD_NOT_JUDGE,)), None
    if edit is not None and not verdict.refusals:
        verdict = verdict.joined(await _beside(edit, around, patience, boundaries))
    return reply(request, verdict)


async def _beside(edit: Edit, around: Neighbours, patience: float, boundaries: Boundaries) -> Verdict:
    """What other objects have to say; where they cannot be asked, the edit passes with a warning."""
    try:
        async with asyncio.timeout(patience):
            return await _asked(edit, around, boundaries)
    except (ClusterError, TimeoutError) as error:
        _log.warning(COULD_NOT_LOOK, extra={"error": str(error) or f"no answer within {patience} s"})
        return Verdict(warnings=(COULD_NOT_LOOK,))
    except Exception:  # noqa: BLE001 - as above
        _log.exception(COULD_NOT_JUDGE)
        return Verdict(warnings=(COULD_NOT_JUDGE,))


async def _asked(edit: Edit, around: Neighbours, boundaries: Boundaries) -> Verdict:
    match edit.old, edit.new:
        case (MLRegistry() | MLAsset()) as old, None:
            return await beside_users(old, around) if is_guarded(old, edit.username) else Verdict()
        case (MLRegistry() | None) as old, MLRegistry() as new:
            found = await beside_registries(old, new, around)
            return verdict_of((*found, *beyond_boundaries(old, new, boundaries)))
        case None, MLAsset() as new:
            return verdict_of(await beside_assets(new, around, boundaries))
        case _:
            return Verdict()
