"""What the blob service's error codes mean for us: one table, beside the one of the control plane.

Source: https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes and
https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes.
"""

from typing import Final

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.failures import Severity
from mlregistry_operator.domain.meanings import (
    AUTHENTICATION,
    EXPIRED,
    THROTTLED,
    UNAVAILABLE,
    Meaning,
    is_redirect,
    meaning_of,
)

_FORBIDDEN: Final = 403
_WAIT = "It is tried again by itself."

_ROLE = Meaning(
    Severity.SLOW_RETRY,
    Reason.AUTHORIZATION_FAILED,
    "Grant the identity Storage Blob Data Contributor on the registry's accounts, Storage Blob Data Reader on"
    " a source; a new assignment takes minutes to hold.",
)
_NETWORK = Meaning(
    Severity.SLOW_RETRY,
    Reason.AUTHORIZATION_FAILED,
    "Let the operator through the account's network rules.",
)
_SAS = Meaning(
    Severity.SLOW_RETRY,
    Reason.AUTHENTICATION_FAILED,
    "Put a shared access signature that has not expired, for this very source, with the rights to read and"
    " list, into the Secret; one whose key was renewed or whose policy was removed opens nothing.",
)
_ABSENT = Meaning(Severity.RETRY, Reason.PROGRESSING_WITH_RETRY, _WAIT)
_TAKEN = Meaning(
    Severity.STALLED,
    Reason.VERSION_CONFLICT,
    "Choose another version: what is published is never overwritten.",
)
_CHANGED = Meaning(Severity.RETRY, Reason.SOURCE_CHANGED, _WAIT)
_DAMAGED = Meaning(
    Severity.RETRY,
    Reason.CONTENT_DAMAGED,
    "The service refused the bytes, nothing of them was kept; they are sent again by themselves.",
)
_COPY_SOURCE = Meaning(
    Severity.RETRY,
    Reason.SOURCE_UNAVAILABLE,
    "The storage service must be able to read the copy's source: check that account's network rules and the"
    " identity's roles on it (Storage Blob Data Reader, which lets it sign for itself).",
)
_RETAINED = Meaning(
    Severity.SLOW_RETRY,
    Reason.RETENTION_ACTIVE,
    "A retention policy holds it for the days in the registry's spec.immutability.retentionDays, counted from"
    " when each blob was written: wait for the end, it goes on by itself; or annotate the object with"
    ' mlregistry.io/force-detach: "true" to leave everything in Azure.',
)
_HELD = Meaning(
    Severity.SLOW_RETRY,
    Reason.LOCKED,
    "A legal hold keeps it: have the hold cleared; it goes on by itself.",
)
_ARCHIVED = Meaning(
    Severity.SLOW_RETRY, Reason.SOURCE_UNAVAILABLE, "Rehydrate the blob from the archive tier."
)
_UNSUPPORTED = Meaning(
    Severity.SLOW_RETRY,
    Reason.REFUSED_BY_AZURE,
    "The storage service does not offer this operation.",
)
_DISABLED = Meaning(Severity.SLOW_RETRY, Reason.REFUSED_BY_AZURE, "Enable the storage account.")

BLOB_MEANINGS: Final[dict[str, Meaning]] = {
    # It passes by itself.
    "ServerBusy": THROTTLED,
    "InternalError": UNAVAILABLE,
    "OperationTimedOut": UNAVAILABLE,
    "ContainerBeingDeleted": _ABSENT,
    "PendingCopyOperation": _ABSENT,
    "BlobNotFound": _ABSENT,
    "ContainerNotFound": _ABSENT,
    "ResourceNotFound": _ABSENT,
    "InvalidBlockList": _ABSENT,  # a staged block was discarded meanwhile
    "InvalidBlobOrBlock": _ABSENT,
    # The bytes.
    "Md5Mismatch": _DAMAGED,
    "Crc64Mismatch": _DAMAGED,
    "InvalidMd5": _DAMAGED,
    "ConditionNotMet": _CHANGED,
    "SourceConditionNotMet": _CHANGED,
    "InvalidRange": _CHANGED,
    "BlobAlreadyExists": _TAKEN,
    "TargetConditionNotMet": _TAKEN,
    "CannotVerifyCopySource": _COPY_SOURCE,
    # Somebody has to act; it goes on by itself afterwards.
    "AuthorizationPermissionMismatch": _ROLE,
    "InsufficientAccountPermissions": _ROLE,
    "KeyBasedAuthenticationNotPermitted": _ROLE,
    "PublicAccessNotPermitted": _ROLE,
    "NoAuthenticationInformation": _ROLE,
    "AuthorizationFailure": _NETWORK,
    "AuthorizationSourceIPMismatch": _NETWORK,
    "AuthenticationFailed": AUTHENTICATION,
    "InvalidAuthenticationInfo": EXPIRED,  # so the service says that a token has expired
    "BlobImmutableDueToPolicy": _RETAINED,
    "BlobImmutableDueToLegalHold": _HELD,
    "BlobArchived": _ARCHIVED,
    "BlobBeingRehydrated": _ARCHIVED,
    "AccountIsDisabled": _DISABLED,
    # Another method may do.
    "NotImplemented": _UNSUPPORTED,
    "UnsupportedHeader": _UNSUPPORTED,
    "UnsupportedHttpVerb": _UNSUPPORTED,
    "UnsupportedQueryParameter": _UNSUPPORTED,
    "FeatureNotSupportedForAccount": _UNSUPPORTED,
    "CopyAcrossAccountsNotSupported": _UNSUPPORTED,
}

UNSUPPORTED: Final = frozenset(code for code, meaning in BLOB_MEANINGS.items() if meaning is _UNSUPPORTED)
_MEND_THE_SAS: Final = frozenset({AUTHENTICATION, EXPIRED, _ROLE})


def blob_meaning(code: str, status: int | None, *, by_sas: bool) -> Meaning:
    """What a failed answer means; `status` is the HTTP status, None where no answer came.

    With `by_sas` the caller came with a user's shared access signature, so that another one is the remedy.
    """
    known = None if is_redirect(status) else BLOB_MEANINGS.get(code)
    meaning = known or _by_status(code, status)
    return _SAS if by_sas and meaning in _MEND_THE_SAS else meaning


def _by_status(code: str, status: int | None) -> Meaning:
    return _ROLE if status == _FORBIDDEN else meaning_of(code, status)
