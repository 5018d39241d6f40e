"""Whether an edit may pass, from the request alone: pure.

The API server has asked CEL before it asks here, so what is refused here is what CEL cannot know, or what a
CRD without its rules let through. The sentences come from the same table.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from mlregistry_operator.admission.reviews import AdmissionRequest, Json, Refusal, Verdict
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


@dataclass(frozen=True, slots=True)
class Edit:
    """What is asked for, by whom: a creation has no `old`, a deletion no `new`."""

    old: Resource | None
    new: Resource | None
    username: str


def judged(request: AdmissionRequest) -> tuple[Verdict, Edit | None]:
    """The verdict on the request alone, and the edit where other objects may have a say in it, too."""
    kind = request.kind.kind
    if not _is_judged(request):
        return Verdict(), None
    model, body, username = KINDS[kind], request.object, request.user_info.username
    old = _former(model, request.old_object)
    if body is None:
        return Verdict(), (Edit(old, None, username) if old is not None else None)
    same_spec = request.old_object is not None and body.get("spec") == request.old_object.get("spec")
    try:
        new = model.model_validate(body)
    except ValidationError as error:
        return (Verdict() if same_spec else Verdict(tuple(_malformed(error)))), None
    refusals = tuple(_refusals(kind, old, new, spec_too=not same_spec))
    warnings = () if same_spec else tuple(_warnings(kind, old, new))
    comparable = old is not None or request.old_object is None
    return Verdict(refusals, warnings), (Edit(old, new, username) if comparable else None)


def _is_judged(request: AdmissionRequest) -> bool:
    """Whether the edit is of the sort that is judged at all.

    Status and other people's kinds pass untouched, and so does every step of a deletion that has begun: a
    webhook in the way of a finalizer's removal would keep the object for ever.
    """
    deletes = request.operation == "DELETE"
    thing = request.old_object if deletes else request.object
    return (
        request.kind.group == GROUP
        and request.kind.kind in KINDS
        and (deletes or request.operation in JUDGED)
        and not request.sub_resource
        and thing is not None
        and not (thing.get("metadata") or {}).get("deletionTimestamp")
    )


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
                yield Refusal(violation.path, rule.reason, violation.sentence)


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
