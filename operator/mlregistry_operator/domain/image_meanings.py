"""What a container registry's error codes mean for us, asked directly or through `importImage`.

`importImage` fails with one code for everything; what the source's registry said stands in the message.

Sources: codes of the OCI distribution specification,
https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes; messages of failed imports
as users reported them, https://github.com/Azure/acr/issues/181 and https://github.com/Azure/acr/issues/449.
"""

import re
from dataclasses import replace
from typing import Final

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.image_sources import ImageOrigin
from mlregistry_operator.domain.meanings import THROTTLED, UNAVAILABLE, Meaning, is_redirect, meaning_of

NOT_THERE: Final = frozenset({"MANIFEST_UNKNOWN", "NAME_UNKNOWN", "TAG_UNKNOWN"})
_EXISTS: Final = "already exists in target registry"
# Where the source's registry wrote no body that tells: the status that Azure repeats.
_STATUS: Final = re.compile(r"Invalid message (?P<status>Unauthorized|Forbidden|NotFound)\b")
_OF_A_STATUS: Final = {"Unauthorized": "UNAUTHORIZED", "Forbidden": "DENIED", "NotFound": "MANIFEST_UNKNOWN"}
_MISSING: Final = frozenset({*NOT_THERE, "BLOB_UNKNOWN"})
_CLOSED: Final = frozenset({"UNAUTHORIZED", "DENIED", "LinkedAuthorizationFailed"})
_SAID: Final = re.compile(r'"code":\s*"(?P<code>[A-Z_]+)",\s*"message":\s*"(?P<text>(?:[^"\\]|\\.)*)"')

_ROLE = Meaning(
    Severity.SLOW_RETRY,
    Reason.AUTHORIZATION_FAILED,
    "Grant the identity AcrPull, and AcrDelete to delete versions, or Contributor, on the container registry;"
    " a new assignment takes minutes to hold.",
)
_TAKEN = Meaning(
    Severity.RETRY,
    Reason.VERSION_CONFLICT,
    "The tag is looked at again: the same image is kept as it is, another one is never overwritten.",
)
DAMAGED: Final = Meaning(Severity.RETRY, Reason.CONTENT_DAMAGED, "The manifest is read again by itself.")

_ASKED: Final[dict[str, Meaning]] = {
    "UNAUTHORIZED": _ROLE,
    "DENIED": _ROLE,
    "TOOMANYREQUESTS": THROTTLED,
    "UNAVAILABLE": UNAVAILABLE,
    "UNKNOWN": UNAVAILABLE,
}


def registry_meaning(code: str, status: int | None) -> Meaning:
    """What an answer of a registry means; `status` is the HTTP status, None where no answer came."""
    known = None if is_redirect(status) else _ASKED.get(code)
    return known or meaning_of(code, status)


def import_failure(failure: Failure, origin: ImageOrigin, target: str) -> Failure:
    """The failure of an import, told by what the source said; as it was where that says nothing to us."""
    if _EXISTS in failure.message:
        return _as(failure, _TAKEN, f"{target} exists already", failure.code)
    heard = origin.without_secrets(failure.message)
    found, status = _SAID.search(heard), _STATUS.search(heard)
    code = _OF_A_STATUS[status["status"]] if status is not None else failure.code
    code = found["code"] if found is not None else code
    meaning = _of_a_source(code, origin)
    if meaning is None:
        return replace(failure, message=heard)
    unsaid = "it is not there" if code in _MISSING else "the source may not be read"
    said = found["text"].replace('\\"', '"') if found is not None else unsaid
    return _as(failure, meaning, f"Could not import {origin.told}: {said}", code)


def _of_a_source(code: str, origin: ImageOrigin) -> Meaning | None:
    match code:
        case "TOOMANYREQUESTS":
            return THROTTLED
        case "UNAVAILABLE":
            return UNAVAILABLE
        case _ if code in _MISSING:
            return Meaning(Severity.SLOW_RETRY, Reason.SOURCE_UNAVAILABLE, origin.if_missing)
        case _ if code in _CLOSED:
            return Meaning(Severity.SLOW_RETRY, Reason.SOURCE_UNAVAILABLE, origin.if_closed)
        case _:
            return None


def _as(failure: Failure, meaning: Meaning, message: str, code: str) -> Failure:
    return replace(
        failure,
        reason=meaning.reason,
        severity=meaning.severity,
        message=message,
        code=code,
        remedy=meaning.remedy,
    )
