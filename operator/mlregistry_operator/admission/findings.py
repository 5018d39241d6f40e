"""What a look at other objects has brought up, as refusals and warnings."""

from collections.abc import Iterable
from dataclasses import dataclass

from mlregistry_operator.admission.reviews import Refusal, Verdict
from mlregistry_operator.api.relations import Relation
from mlregistry_operator.api.rule import FieldReason


@dataclass(frozen=True, slots=True)
class Finding:
    """A relation that an object stands in: the sentence, and the field where it is another."""

    relation: Relation
    sentence: str
    field: str = ""

    @property
    def at(self) -> str:
        return self.field or self.relation.field


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """What follows for the edit."""
    found = tuple(findings)
    return Verdict(
        tuple(Refusal(one.at, FieldReason.FORBIDDEN, one.sentence) for one in found if one.relation.refused),
        tuple(f"{one.at}: {one.sentence}" for one in found if not one.relation.refused),
    )
