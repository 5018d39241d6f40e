"""What a worked example is, and how its conditions come about.

The conditions are made by the operator's own decisions, so that an example shows what an object would really
say: what fails goes through `failing`, and what Azure's codes mean comes from the operator's table.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from mlregistry_operator.api.conditions import ConditionType
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.arm import ArmId, told_name
from mlregistry_operator.domain.conditions import Verdict, conditions
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.meanings import meaning_of
from mlregistry_operator.domain.verdicts import failing, told

SINCE: Final = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
GROUP: Final = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/ml-registries"
ACCOUNT: Final = ArmId(f"{GROUP}/providers/Microsoft.Storage/storageAccounts/demoregwestusq2w4e6r8")
CONTAINER_REGISTRY: Final = ArmId(
    f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/demoregeastusa1b2c3d4"
)


@dataclass(frozen=True, slots=True)
class Case:
    """One reason: when an object gives it, what it says then, and what a person does about it.

    `verdicts` are its conditions; a reason that only an event has brings the event's note instead.
    """

    reason: Reason
    when: str
    do: str
    verdicts: tuple[Verdict, ...] = ()
    event: str = ""

    def conditions(self) -> list[dict[str, Any]]:
        """As they stand in the status."""
        written = conditions(self.verdicts, (), generation=1, now=SINCE)
        return [one.model_dump(mode="json", by_alias=True) for one in written]


def failed(
    part: ConditionType | None, count: str, failure: Failure, *, passing: Reason | None = None
) -> tuple[Verdict, ...]:
    """Not ready for this failure, with the part that it stands in the way of, where it is known."""
    return tuple(_failed(part, count, failure, passing))


def _failed(
    part: ConditionType | None, count: str, failure: Failure, passing: Reason | None
) -> Iterator[Verdict]:
    yield from failing(count, (failure,), moving=False, passing=passing or Reason.PROGRESSING_WITH_RETRY)
    if part is not None:
        yield Verdict(part, "False", failure.reason, told((failure,)))


def by_azure(code: str, status: int, doing: str, target: ArmId, text: str = "") -> Failure:
    """A failure as it is told of an answer by Azure with this code."""
    meaning = meaning_of(code, status)
    said = f": {text}" if text else ""
    return Failure(
        target,
        meaning.reason,
        meaning.severity,
        f"Could not {doing} {told_name(target)}{said}",
        code=code,
        remedy=meaning.remedy,
    )


def found(reason: Reason, severity: Severity, message: str, remedy: str = "", *, code: str = "") -> Failure:
    """A failure that the operator itself found."""
    return Failure(ArmId(""), reason, severity, message, code=code, remedy=remedy)
