"""Failures that the engine itself finds, where every call went well."""

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.failures import Failure, Severity


def failed(
    reason: Reason, message: str, remedy: str, *, severity: Severity = Severity.RETRY, code: str = ""
) -> CloudError:
    """An error to raise; the message says what was found, the remedy what follows."""
    return CloudError(Failure(ArmId(""), reason, severity, message, code, remedy))
