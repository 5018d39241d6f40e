"""What failures do to the conditions of either kind: still going on, or waiting for a person.

`Reconciling` while anything moves or all that fails passes by itself; `Stalled` once only a person can help.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from mlregistry_operator.api.conditions import ConditionType
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.conditions import Verdict
from mlregistry_operator.domain.failures import Failure, Severity

MESSAGE_LIMIT: Final = 8192


def needs_a_person(failure: Failure) -> bool:
    """Whether waiting alone will not do. An unknown code is given the benefit of the doubt."""
    return failure.severity is not Severity.RETRY and failure.reason is not Reason.UNKNOWN_AZURE_ERROR


def failed_verdicts(failure: Failure) -> tuple[Verdict, ...]:
    """Not ready for this one failure, and nothing else to say."""
    return tuple(failing("", (failure,), moving=False))


def failing(
    count: str,
    wrong: tuple[Failure, ...],
    *,
    moving: bool,
    passing: Reason | None = None,
) -> Iterator[Verdict]:
    """Not ready, for at least one failure; `count` begins the message.

    `moving` says whether anything goes on beside what fails, `passing` is the reason that `Ready` gives while
    it is tried again, where that is no defect of the operator.
    """
    message = f"{count} {told(wrong)}".strip()[:MESSAGE_LIMIT]
    blocking = next((one for one in wrong if needs_a_person(one)), None)
    if blocking is None or moving:
        yield Verdict(ConditionType.READY, "False", _passing(wrong, passing), message)
        yield Verdict(ConditionType.RECONCILING, "True", Reason.PROGRESSING_WITH_RETRY, message)
        return
    yield Verdict(ConditionType.READY, "False", blocking.reason, message)
    yield Verdict(ConditionType.STALLED, "True", blocking.reason, message)


def _passing(wrong: tuple[Failure, ...], wanted: Reason | None) -> Reason:
    """A defect passes by itself at best, and is never taken for an ordinary retry."""
    if any(one.reason is Reason.DEFECT for one in wrong):
        return Reason.DEFECT
    return wanted or Reason.PROGRESSING_WITH_RETRY


def told(wrong: Iterable[Failure]) -> str:
    """Each cause once: what failed alike in many places is told for one, and the others are counted."""
    causes: dict[tuple[str, Reason], list[Failure]] = {}
    for one in wrong:
        causes.setdefault((one.code, one.reason), []).append(one)
    return " ".join(
        first.sentence + (f" (And {len(others)} more alike.)" if others else "")
        for first, *others in causes.values()
    )
