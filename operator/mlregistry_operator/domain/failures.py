"""What went wrong, in the terms of what follows from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.arm import ArmId


class Severity(Enum):
    """How a failure is treated: tried again soon, tried again slowly, or left to a person."""

    RETRY = "retry"
    SLOW_RETRY = "slow retry"
    STALLED = "stalled"


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed call or check.

    `code` is Azure's own word, empty where Azure said none. `retry_after` is in seconds, None where nobody
    asked for a wait.
    """

    target: ArmId
    reason: Reason
    severity: Severity
    message: str
    code: str = ""
    remedy: str = ""
    retry_after: float | None = None

    @property
    def sentence(self) -> str:
        """What failed, Azure's code, and what the user can do."""
        code = f" ({self.code})" if self.code and self.code not in self.message else ""
        end = "" if self.message.endswith((".", "!", "?")) else "."
        return f"{self.message}{code}{end} {self.remedy}".strip()


def gravest(failures: Iterable[Failure]) -> Failure | None:
    """One of these: the first that a person must mend, else the first; None where there is none."""
    found = tuple(failures)
    return next((one for one in found if one.severity is not Severity.RETRY), found[0] if found else None)
