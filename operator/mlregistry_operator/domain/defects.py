"""What is said of a defect of the operator: where it was met, the id of its line in the log, what to do.

What the exception says stays in the log: it may quote anything, a secret included.
"""

import hashlib
import traceback
from typing import Final

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.failures import Failure, Severity

REMEDY: Final = (
    "It is tried again by itself, less and less often. Report it with the line of the operator's log that has"
    " this defectID."
)


def defect(what: str, error: BaseException, defect_id: str, target: ArmId | None = None) -> Failure:
    """The failure of `what`, which begins a sentence; the log has more under `defect_id`."""
    return Failure(
        target or ArmId(""),
        Reason.DEFECT,
        Severity.RETRY,
        f"{what} met a defect of the operator ({type(error).__name__}, defectID {defect_id})",
        remedy=REMEDY,
    )


def defect_id(what: str, error: BaseException) -> str:
    """The same for the same exception of the same line at the same work, so that it is told once.

    Every line of the log that has it tells of that defect.
    """
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return hashlib.sha256(f"{what}\0{type(error).__name__}\0{where}".encode()).hexdigest()[:8]
