"""What the blob client raises, turned into what it means for us.

The service names its code in the header `x-ms-error-code`; an answer to HEAD has nothing else to tell.
"""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError
from azure.identity import CredentialUnavailableError

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.azure.addresses import PrivateAddressError, is_private
from mlregistry_operator.cloud.azure.bodies import ResponseTooLargeError
from mlregistry_operator.cloud.azure.errors import azure_errors, no_credentials, retry_after
from mlregistry_operator.cloud.azure.gates import HeldBackError
from mlregistry_operator.cloud.azure.unexpected import nothing_else
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.blob_meanings import blob_meaning
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.meanings import THROTTLED, TOO_LARGE, UNAVAILABLE
from mlregistry_operator.signatures import without_signatures

_UNAVAILABLE: Final = 503
_TEXT_LIMIT: Final = 300
_WORDS_OF_HEAD: Final = "the service said no more"


@contextmanager
def blob_errors(target: ArmId, doing: str, *, by_sas: bool) -> Iterator[None]:
    """Raise `CloudError` for whatever the SDK raises; `doing` says what was tried, with its object."""
    with nothing_else(target, f"The attempt to {doing}"):
        try:
            yield
        except HeldBackError as error:
            raise CloudError(_held_back(target, doing, error.seconds)) from error
        except CredentialUnavailableError as error:
            raise CloudError(no_credentials(target, str(error))) from error
        except ClientAuthenticationError as error:
            if not _code(error):  # Entra refused the token, before storage was asked
                with azure_errors(target, doing):
                    raise
            raise CloudError(_answered(target, doing, error, by_sas=by_sas)) from error
        except HttpResponseError as error:
            raise CloudError(_answered(target, doing, error, by_sas=by_sas)) from error
        except (AzureError, TimeoutError, OSError, ValueError) as error:
            if is_private(error):
                raise CloudError(_private(target, doing)) from error
            raise CloudError(_unanswered(target, doing, error)) from error


def _answered(target: ArmId, doing: str, error: HttpResponseError, *, by_sas: bool) -> Failure:
    code, status = _code(error), error.status_code
    wait = retry_after(getattr(error.response, "headers", {}))
    meaning = blob_meaning(code, status, by_sas=by_sas)
    if meaning is THROTTLED and wait is None and status == _UNAVAILABLE:
        meaning = UNAVAILABLE  # so answers an account that is overloaded, and one whose region is down
    said = _first_sentence(error.message or error.reason or "") + _both_digests(error)
    return Failure(
        target=target,
        reason=meaning.reason,
        severity=meaning.severity,
        message=f"Could not {doing}: {said or _WORDS_OF_HEAD}",
        code=code or (f"HTTP {status}" if status else ""),
        remedy=meaning.remedy,
        retry_after=wait,
    )


def _held_back(target: ArmId, doing: str, seconds: float) -> Failure:
    said, told = f"Could not {doing}: the account asked to wait", THROTTLED
    return Failure(target, told.reason, told.severity, said, remedy=told.remedy, retry_after=seconds)


def _unanswered(target: ArmId, doing: str, error: Exception) -> Failure:
    too_large = isinstance(error, ResponseTooLargeError)
    meaning = TOO_LARGE if too_large else blob_meaning("", None, by_sas=False)
    said = _first_sentence(str(error)) or type(error).__name__
    return Failure(target, meaning.reason, meaning.severity, f"Could not {doing}: {said}", "", meaning.remedy)


def _private(target: ArmId, doing: str) -> Failure:
    """A host outside the cloud whose name leads inside."""
    why = PrivateAddressError().strerror
    remedy = "Give a host with a public address, or copy the content into a storage account of the cloud."
    message = f"Could not {doing}: {why}"
    return Failure(target, Reason.SOURCE_NOT_ALLOWED, Severity.SLOW_RETRY, message, remedy=remedy)


def _code(error: HttpResponseError) -> str:
    """The service's own word; empty where the answer has none."""
    known = getattr(error, "error_code", None)
    if known:
        return str(getattr(known, "value", known))
    headers = getattr(error.response, "headers", None) or {}
    return str(headers.get("x-ms-error-code") or "")


def _both_digests(error: HttpResponseError) -> str:
    """What was expected and what came, where the service compared checksums."""
    details = getattr(error, "additional_info", None) or {}
    told = {str(name).lower(): text for name, text in details.items()}
    expected, came = told.get("userspecifiedmd5"), told.get("servercalculatedmd5")
    return f" Expected MD5 {_hex(expected)}, found MD5 {_hex(came)}." if expected and came else ""


def _hex(digest: str) -> str:
    """As everything else here writes digests; what is no base64 stays as it is."""
    try:
        return base64.b64decode(digest, validate=True).hex()
    except ValueError:
        return digest


def _first_sentence(text: str) -> str:
    """One line without what changes from call to call (request ids, times) and without any query string."""
    line = without_signatures(text).partition("\n")[0].partition("RequestId:")[0]
    return " ".join(word.partition("?")[0] for word in line.split())[:_TEXT_LIMIT].rstrip()
