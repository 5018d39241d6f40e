"""What the SDKs raise, turned into what it means for us.

The code decides, never the class or the status: every conflict arrives as the same exception.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.identity import CredentialUnavailableError

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.azure.bodies import ResponseTooLargeError
from mlregistry_operator.cloud.azure.gates import HeldBackError
from mlregistry_operator.cloud.azure.unexpected import nothing_else
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId, told_name
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.meanings import (
    AUTHENTICATION,
    THROTTLED,
    TOO_LARGE,
    UNREACHABLE,
    Meaning,
    meaning_of,
)

_ENTRA_CODE: Final = re.compile(r"\bAADSTS\d+\b")
_TEXT_LIMIT: Final = 600


@contextmanager
def azure_errors(target: ArmId, doing: str) -> Iterator[None]:
    """Raise `CloudError` for whatever the SDK raises; `doing` completes "Azure refused to …"."""
    with nothing_else(target, f"The attempt to {doing} {told_name(target)}"):
        try:
            yield
        except HeldBackError as error:
            raise CloudError(_failure(target, doing, THROTTLED, wait=error.seconds)) from error
        except CredentialUnavailableError as error:
            raise CloudError(no_credentials(target, str(error))) from error
        except ResponseTooLargeError as error:
            raise CloudError(_failure(target, doing, TOO_LARGE, text=str(error))) from error
        except ClientAuthenticationError as error:
            raise CloudError(_authentication(target, doing, error)) from error
        except HttpResponseError as error:
            raise CloudError(_answered(target, doing, error)) from error
        except (ServiceRequestError, ServiceResponseError, AzureError, TimeoutError, OSError) as error:
            raise CloudError(_failure(target, doing, UNREACHABLE, text=str(error))) from error


def no_credentials(target: ArmId, why: str) -> Failure:
    """The identity is not there to be used at all."""
    return Failure(
        target,
        Reason.CREDENTIALS_UNAVAILABLE,
        Severity.SLOW_RETRY,
        f"No Azure identity: {_short(why)}",
        remedy="Give the operator an identity (workload identity, managed identity or AZURE_CLIENT_SECRET), "
        "or name a Secret in spec.azure.credentials.secretRef.",
    )


def code_of(error: HttpResponseError) -> str:
    """Azure's own word for what went wrong; empty where the answer has none."""
    parsed = getattr(error.error, "code", None)
    return str(parsed) if parsed else str(error_body(error).get("code", ""))


def error_body(error: HttpResponseError) -> dict[str, Any]:
    """The `error` object of an ARM answer, or nothing."""
    try:
        body = json.loads(error.response.text()) if error.response is not None else {}
    except (ValueError, AttributeError, RuntimeError):  # no JSON, or a body that was not read
        return {}
    inner = body.get("error", body) if isinstance(body, dict) else {}
    return inner if isinstance(inner, dict) else {}


def _answered(target: ArmId, doing: str, error: HttpResponseError) -> Failure:
    code = code_of(error)
    message = getattr(error.error, "message", None) or error_body(error).get("message") or error.reason or ""
    wait = retry_after(getattr(error.response, "headers", {}), str(message))
    meaning = meaning_of(code, error.status_code)
    return _failure(target, doing, meaning, code=code, text=str(message), wait=wait)


def _authentication(target: ArmId, doing: str, error: ClientAuthenticationError) -> Failure:
    """A refusal by Entra carries its code in the text; one by ARM carries it as any other error does."""
    found = _ENTRA_CODE.search(str(error))
    if found is None and code_of(error):
        return _answered(target, doing, error)
    text = str(error).partition("\n")[0]
    return _failure(target, doing, AUTHENTICATION, code=found.group() if found else "", text=text)


def _failure(
    target: ArmId, doing: str, meaning: Meaning, *, code: str = "", text: str = "", wait: float | None = None
) -> Failure:
    said = f": {_short(text)}" if text else ""
    return Failure(
        target=target,
        reason=meaning.reason,
        severity=meaning.severity,
        message=f"Could not {doing} {told_name(target)}{said}",
        code=code,
        remedy=meaning.remedy,
        retry_after=wait,
    )


def retry_after(headers: Any, message: str = "") -> float | None:
    """Seconds that the service asked us to wait: by header, or by the text where the header is missing."""
    said = headers.get("Retry-After") or headers.get("retry-after")
    if said is not None and str(said).strip().isdigit():
        return float(said)
    found = re.search(r"try again after '?(\d+)'? seconds", message)
    return float(found.group(1)) if found else None


def _short(text: str) -> str:
    """One line, without the volatile parts (trace ids, times) that would make every condition new."""
    line = " ".join(text.split())
    line = re.sub(r"\s*(Trace ID|Correlation ID|Timestamp|Diagnostic information|RequestId):.*$", "", line)
    line = re.sub(r"\s*Please try again after '?\d+'? seconds\.?", "", line)
    line = re.sub(r"\b[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b(?=[.'\"]*$)", "…", line)
    return line[:_TEXT_LIMIT].rstrip()
