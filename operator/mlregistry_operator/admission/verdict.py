"""Whether an edit may pass: pure, from the request alone.

The API server has asked CEL before it asks here, so what is refused here is what CEL cannot know, or what a
CRD without its rules let through. The sentences come from the same table.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import ValidationError

from mlregistry_operator.admission.reviews import (
    AdmissionRequest,
    AdmissionReview,
    Json,
    Refusal,
    allowed,
    refused,
)
from mlregistry_operator.api.advice import advice_for
from mlregistry_operator.api.group import ASSET_KIND, GROUP, REGISTRY_KIND
from mlregistry_operator.api.objects import MLAsset, MLRegistry
from mlregistry_operator.api.rule import FieldReason
from mlregistry_operator.api.rules import rules_of

Resource = MLRegistry | MLAsset

KINDS: Final[Mapping[str, type[MLRegistry] | type[MLAsset]]] = {
    REGISTRY_KIND: MLRegistry,
    ASSET_KIND: MLAsset,
}
JUDGED: Final = frozenset({"CREATE", "UPDATE"})


def review(body: Json) -> Json:
    """The AdmissionReview that answers an AdmissionReview.

    Raises:
        pydantic.ValidationError: the body is no `admission.k8s.io/v1` review with a request.
    """
    request = AdmissionReview.model_validate(body).request
    if not _is_judged(request):
        return allowed(request.uid)
    return _judged(request, KINDS[request.kind.kind], request.object or {})


def _is_judged(request: AdmissionRequest) -> bool:
    """Whether the edit is of the sort that is judged at all.

    Status and other people's kinds pass untouched, and so does every step of a deletion: a webhook in the way
    of a finalizer's removal would keep the object for ever.
    """
    metadata = (request.object or {}).get("metadata") or {}
    return (
        request.kind.group == GROUP
        and request.kind.kind in KINDS
        and request.operation in JUDGED
        and not request.sub_resource
        and request.object is not None
        and not metadata.get("deletionTimestamp")
    )


def _judged(request: AdmissionRequest, model: type[MLRegistry] | type[MLAsset], body: Json) -> Json:
    old = _former(model, request.old_object)
    same_spec = request.old_object is not None and body.get("spec") == request.old_object.get("spec")
    try:
        new = model.model_validate(body)
    except ValidationError as error:
        return allowed(request.uid) if same_spec else refused(request, tuple(_malformed(error)))
    refusals = tuple(_refusals(request.kind.kind, old, new, spec_too=not same_spec))
    warnings = () if same_spec else tuple(_warnings(request.kind.kind, old, new))
    return refused(request, refusals, warnings) if refusals else allowed(request.uid, warnings)


def _former(model: type[MLRegistry] | type[MLAsset], body: Json | None) -> Resource | None:
    """The object before the edit, where it can be read.

    One that an older schema let in may be unreadable; then only CEL compares.
    """
    try:
        return model.model_validate(body) if body else None
    except ValidationError:
        return None


def _refusals(kind: str, old: Resource | None, new: Resource, *, spec_too: bool) -> Iterator[Refusal]:
    for rule in rules_of(kind):
        if spec_too or rule.at.startswith("metadata"):
            for violation in rule.broken_in(old, new):
                yield Refusal(violation.path, rule.reason, rule.sentence)


def _warnings(kind: str, old: Resource | None, new: Resource) -> Iterator[str]:
    for advice in advice_for(kind):
        yield from advice.given_to(old, new)


def _malformed(error: ValidationError) -> Iterator[Refusal]:
    for detail in error.errors(include_url=False, include_input=False, include_context=False):
        missing = detail["type"] == "missing"
        yield Refusal(
            field=_path(detail["loc"]),
            reason=FieldReason.REQUIRED if missing else FieldReason.INVALID,
            sentence=detail["msg"],
        )


def _path(location: tuple[Any, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).removeprefix(
        "."
    )
