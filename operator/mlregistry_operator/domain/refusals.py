"""What admission refuses of an object for itself, where CEL cannot: it may not have been asked.

The controller holds the same rules in the same words. A spec that breaks one is not acted upon; an annotation
that does is not obeyed, and that is said.
"""

from collections.abc import Iterator
from dataclasses import replace

from mlregistry_operator.api.conditions import ConditionType
from mlregistry_operator.api.group import ASSET_KIND, REGISTRY_KIND
from mlregistry_operator.api.objects import MLAsset, MLRegistry
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.api.rule import Violation
from mlregistry_operator.api.rules import rules_of
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.conditions import Verdict
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.verdicts import MESSAGE_LIMIT

_ANNOTATIONS = "metadata."


def refused_spec(thing: MLRegistry | MLAsset) -> Failure | None:
    """Why nothing is done for an object with this spec; None where only an edit of it was at fault."""
    told = [str(one) for one in _broken(thing) if not one.path.startswith(_ANNOTATIONS)]
    if not told:
        return None
    remedy = "Correct the spec." if isinstance(thing, MLRegistry) else "Correct it in a new MLAsset."
    return Failure(ArmId(""), Reason.INVALID_SPEC, Severity.STALLED, "; ".join(told), remedy=remedy)


def unheeded(thing: MLRegistry | MLAsset) -> tuple[str, ...]:
    """A sentence for each annotation that is not obeyed."""
    found = [one for one in _broken(thing) if one.path.startswith(_ANNOTATIONS)]
    return tuple(f"It is not obeyed: {one}." for one in found)


def with_unheeded(verdicts: tuple[Verdict, ...], thing: MLRegistry | MLAsset) -> tuple[Verdict, ...]:
    """The same, with what is not obeyed behind what `Ready` says."""
    notes = " ".join(unheeded(thing))
    return tuple(
        replace(one, message=f"{one.message} {notes}"[:MESSAGE_LIMIT])
        if notes and one.type is ConditionType.READY
        else one
        for one in verdicts
    )


def _broken(thing: MLRegistry | MLAsset) -> Iterator[Violation]:
    kind = REGISTRY_KIND if isinstance(thing, MLRegistry) else ASSET_KIND
    for rule in rules_of(kind):
        if rule.cel is None and not rule.transition:
            yield from rule.broken_in(None, thing)
