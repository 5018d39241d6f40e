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
from mlregistry_operator.domain.meanings import THROTTLED, UNAVAILABLE, Meaning, is_redirect, meaning_of

NOT_THERE: Final = frozenset({"MANIFEST_UNKNOWN", "NAME_UNKNOWN", "TAG_UNKNOWN"})
_EXISTS: Final = "already exists in target registry"
_SAID: Final = re.compile(r'"code":\s*"(?P<code>[A-Z_]+)",\s*"message":\s*"(?P<text>(?:[^"\\]|\\.)*)"')

_ROLE = Meaning(
    Severity.SLOW_RETRY,
    Reason.AUTHORIZATION_FAILED,
    "Grant the identity AcrPull, and AcrDelete to delete versions, or Contributor, on the container registry;"
    " a new assignment takes minutes to hold.",
)
_SOURCE_MISSING = Meaning(
    Severity.SLOW_RETRY,
    Reason.SOURCE_UNAVAILABLE,
    "Push the image to where spec.source.image.reference points, or publish a version with another"
    " reference.",
)
_SOURCE_CLOSED = Meaning(
    Severity.SLOW_RETRY,
    Reason.SOURCE_UNAVAILABLE,
    "Let Azure pull the image: from a public registry, or from an Azure registry where the operator's"
    " identity has AcrPull.",
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
_OF_A_SOURCE: Final[dict[str, Meaning]] = {
    "MANIFEST_UNKNOWN": _SOURCE_MISSING,
    "NAME_UNKNOWN": _SOURCE_MISSING,
    "TAG_UNKNOWN": _SOURCE_MISSING,
    "BLOB_UNKNOWN": _SOURCE_MISSING,
    "UNAUTHORIZED": _SOURCE_CLOSED,
    "DENIED": _SOURCE_CLOSED,
    "LinkedAuthorizationFailed": _SOURCE_CLOSED,
    "TOOMANYREQUESTS": THROTTLED,
    "UNAVAILABLE": UNAVAILABLE,
}


def registry_meaning(code: str, status: int | None) -> Meaning:
    """What an answer of a registry means; `status` is the HTTP status, None where no answer came."""
    known = None if is_redirect(status) else _ASKED.get(code)
    return known or meaning_of(code, status)


def import_failure(failure: Failure, source: str, target: str) -> Failure:
    """The failure of an import, told by what the source said; as it was where that says nothing to us."""
    if _EXISTS in failure.message:
        return _as(failure, _TAKEN, f"{target} exists already", failure.code)
    found = _SAID.search(failure.message)
    code = found["code"] if found is not None else failure.code
    meaning = _OF_A_SOURCE.get(code)
    if meaning is None:
        return failure
    said = found["text"].replace('\\"', '"') if found is not None else "the source may not be read"
    return _as(failure, meaning, f"Could not import {source}: {said}", code)


def _as(failure: Failure, meaning: Meaning, message: str, code: str) -> Failure:
    return replace(
        failure,
        reason=meaning.reason,
        severity=meaning.severity,
        message=message,
        code=code,
        remedy=meaning.remedy,
    )
