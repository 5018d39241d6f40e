"""How the blob service says no: a status, a code in `x-ms-error-code`, an XML document that repeats it."""

from __future__ import annotations

import datetime as dt
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# The code, its status and its sentence (Blob service error codes, and answers on record).
SENTENCES: Final[dict[str, tuple[int, str]]] = {
    "AuthenticationFailed": (
        403,
        (
            "Server failed to authenticate the request. Make sure the value of Authorization header is "
            "formed correctly including the signature."
        ),
    ),
    "AuthorizationPermissionMismatch": (
        403,
        "This request is not authorized to perform this operation using this permission.",
    ),
    "AuthorizationProtocolMismatch": (
        403,
        "This request is not authorized to perform this operation using this protocol.",
    ),
    "AuthorizationResourceTypeMismatch": (
        403,
        "This request is not authorized to perform this operation using this resource type.",
    ),
    "AuthorizationServiceMismatch": (
        403,
        "This request is not authorized to perform this operation using this service.",
    ),
    "AuthorizationSourceIPMismatch": (
        403,
        "This request is not authorized to perform this operation using this source IP.",
    ),
    "BlobAlreadyExists": (409, "The specified blob already exists."),
    "BlobImmutableDueToPolicy": (
        409,
        "This operation is not permitted as the blob is immutable due to a policy.",
    ),
    "BlobNotFound": (404, "The specified blob does not exist."),
    "BlockListTooLong": (400, "The block list may not contain more than 50,000 blocks."),
    "CannotVerifyCopySource": (400, "Could not verify the copy source within the specified time."),
    "ConditionNotMet": (
        412,
        "The condition specified using HTTP conditional header(s) is not met.",
    ),
    "ContainerAlreadyExists": (409, "The specified container already exists."),
    "ContainerNotFound": (404, "The specified container does not exist."),
    "Crc64Mismatch": (
        400,
        (
            "The CRC64 value specified in the request did not match with the CRC64 value calculated by the "
            "server."
        ),
    ),
    "ContainerProtectedFromDeletion": (
        409,
        "This container has blobs in it that a retention policy or a legal hold protects.",
    ),
    "CopyIdMismatch": (
        409,
        "The specified copy ID did not match the copy ID for the pending copy operation.",
    ),
    "DirectoryIsNotEmpty": (409, "This operation is not permitted on a non-empty directory."),
    "IncompleteBody": (400, "The request body ended before its declared length."),
    "InternalError": (500, "Server encountered an internal error. Please try again after some time."),
    "InvalidAuthenticationInfo": (
        401,
        (
            "Server failed to authenticate the request. Please refer to the information in the "
            "www-authenticate header."
        ),
    ),
    "InvalidBlobOrBlock": (400, "The specified blob or block content is invalid."),
    "InvalidBlockList": (400, "The specified block list is invalid."),
    "InvalidHeaderValue": (400, "The value for one of the HTTP headers is not in the correct format."),
    "InvalidInput": (400, "One of the request inputs is not valid."),
    "InvalidMd5": (
        400,
        "The MD5 value specified in the request is invalid. MD5 value must be 128 bits and base64 encoded.",
    ),
    "InvalidQueryParameterValue": (
        400,
        "Value for one of the query parameters specified in the request URI is invalid.",
    ),
    "InvalidRange": (
        416,
        "The range specified is invalid for the current size of the resource.",
    ),
    "InvalidResourceName": (400, "The specified resource name contains invalid characters."),
    "InvalidStructuredMessage": (400, "The structured message in the body is invalid."),
    "InvalidUri": (400, "The requested URI does not represent any resource on the server."),
    "InvalidXmlDocument": (400, "XML specified is not syntactically valid."),
    "KeyBasedAuthenticationNotPermitted": (
        403,
        "Key based authentication is not permitted on this storage account.",
    ),
    "Md5Mismatch": (
        400,
        "The MD5 value specified in the request did not match with the MD5 value calculated by the server.",
    ),
    "MetadataTooLarge": (400, "The metadata specified exceeds the maximum permissible limit (8KB)."),
    "MissingContentLengthHeader": (411, "Content-Length HTTP header was not specified."),
    "MissingRequiredHeader": (
        400,
        "An HTTP header that's mandatory for this request is not specified.",
    ),
    "NoAuthenticationInformation": (
        401,
        (
            "Server failed to authenticate the request. Please refer to the information in the "
            "www-authenticate header."
        ),
    ),
    "NoPendingCopyOperation": (409, "There is currently no pending copy operation."),
    "NotImplemented": (501, "The requested operation is not implemented by the mock cloud."),
    "OutOfRangeInput": (400, "One of the request inputs is out of range."),
    "PathConflict": (
        409,
        (
            "The specified path, or an element of the path, exists and its resource type is "
            "invalid for this operation."
        ),
    ),
    "PendingCopyOperation": (409, "There is currently a pending copy operation."),
    "PublicAccessNotPermitted": (409, "Public access is not permitted on this storage account."),
    "RequestBodyTooLarge": (
        413,
        "The request body is too large and exceeds the maximum permissible limit.",
    ),
    "ResourceNotFound": (404, "The specified resource does not exist."),
    "ServerBusy": (503, "The server is busy."),
    "SourceConditionNotMet": (
        412,
        "The source condition specified using HTTP conditional header(s) is not met.",
    ),
    "UnauthorizedBlobOverwrite": (
        403,
        "This request is not authorized to perform blob overwrites.",
    ),
    "UnsupportedHeader": (400, "One of the HTTP headers specified in the request is not supported."),
    "UnsupportedHttpVerb": (405, "The resource doesn't support specified Http Verb."),
    "WriteOperationNotSupportedOnSecondary": (
        403,
        "Write operations are not allowed on the secondary endpoint.",
    ),
}


class BlobError(Exception):
    """A refusal. Status and sentence come from the table where they are not given; `detail` is told in the
    document beside them, and so is what `told` names.
    """

    def __init__(
        self,
        code: str,
        message: str | None = None,
        *,
        status: int | None = None,
        detail: str | None = None,
        headers: Mapping[str, str] | None = None,
        told: Mapping[str, str] | None = None,
    ) -> None:
        known = SENTENCES.get(code, (500, code))
        super().__init__(message or known[1])
        self.code, self.status, self.message = code, status or known[0], message or known[1]
        self.headers = dict(headers or {})
        self.told = {"AuthenticationErrorDetail": detail, **(told or {})} if detail else dict(told or {})
        self.detail = detail


def document(error: BlobError, request_id: str) -> bytes:
    """The XML that goes with an error."""
    when = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"
    message = f"{error.message}\nRequestId:{request_id}\nTime:{when}"
    told = "".join(f"<{name}>{escape(text, quote=False)}</{name}>" for name, text in error.told.items())
    return (
        f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{error.code}</Code>'
        f"<Message>{escape(message, quote=False)}</Message>{told}</Error>"
    ).encode()
