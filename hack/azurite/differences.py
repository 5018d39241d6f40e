"""Where the mock cloud's blob service and Azurite answer differently: the one list of it.

The contract tests assert both sides of every row, so that a change of either is noticed, and
`docs/mockcloud.md` prints the list.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Difference:
    """One request and both answers: `done`, or status and code of the refusal. `why` says which one follows
    Azure's documentation, and by which page of it.
    """

    what: str
    mock: str
    azurite: str
    why: str


_CODES: Final = "the mock cloud, by Blob service error codes"
_SIGNATURES: Final = "the mock cloud, by Blob service error codes; Azurite has one code for all of these"
_UNSAID: Final = "the documentation does not say; the mock cloud has our reading"
_UNSERVED: Final = "the mock cloud; Azurite does not serve it"

NEW_OVER_WAITING = Difference(
    "Put Blob with `If-None-Match: *` where only uncommitted blocks wait",
    "done",
    "409 BlobAlreadyExists",
    "the mock cloud: by Get Blob, what has no committed block does not exist, and Azurite's own "
    "Put Block List agrees",
)
WAITING_AFTER_PUT = Difference(
    "Blocks that wait when the blob is put as a whole",
    "discarded",
    "kept",
    "the mock cloud, by Put Block",
)
MATCH_OF_NOTHING = Difference(
    "Get Blob, its properties and Delete Blob with `If-Match` where there is no blob",
    "404 BlobNotFound",
    "412 ConditionNotMet",
    _UNSAID,
)
RANGE_AFTER_THE_END = Difference(
    "Get Blob with a range that begins after the end",
    "416 InvalidRange",
    "done",
    "the mock cloud, by Specifying the range header; Azurite answers 206 with nothing",
)
SOURCE_CHANGED = Difference(
    "A copy with `x-ms-source-if-match` that does not hold",
    "412 SourceConditionNotMet",
    "412 ConditionNotMet",
    _CODES,
)
COPY_OF_A_STRANGER = Difference(
    "A copy whose source in another account comes without credentials",
    "401 CannotVerifyCopySource",
    "403 CannotVerifyCopySource",
    "the mock cloud: the status is that of a read without credentials",
)
COPY_BY_TOKEN = Difference(
    "Copy Blob From URL with `x-ms-copy-source-authorization`",
    "done",
    "403 CannotVerifyCopySource",
    _UNSERVED,
)
WRONG_SOURCE_MD5 = Difference(
    "Copy Blob From URL with `x-ms-source-content-md5` that does not fit",
    "400 Md5Mismatch",
    "done",
    "the mock cloud, by Copy Blob From URL; Azurite does not look at it",
)
SOURCE_SHOWN = Difference(
    "The signature in `x-ms-copy-source` of a copy's properties",
    "left out",
    "shown",
    _UNSAID + ": a secret is not told on",
)
PUT_FROM_URL = Difference("Put Blob From URL", "done", "501 APINotImplemented", _UNSERVED)
BLOCK_FROM_URL = Difference("Put Block From URL", "done", "500 CannotVerifyCopySource", _UNSERVED)
LONG_BLOCK_ID = Difference(
    "Put Block with an id of more than 64 bytes",
    "400 InvalidQueryParameterValue",
    "400 OutOfRangeInput",
    _UNSAID,
)
BAD_SIGNATURE = Difference(
    "A signature that is not genuine, of another blob, or not in its time",
    "403 AuthenticationFailed",
    "403 AuthorizationFailure",
    _SIGNATURES,
)
ONLY_CREATE = Difference(
    "A replacement by a signature that may only create",
    "403 UnauthorizedBlobOverwrite",
    "403 AuthorizationPermissionMismatch",
    _CODES,
)
NOBODY = Difference(
    "A request without any credentials",
    "401 NoAuthenticationInformation",
    "403 AuthorizationFailure",
    _CODES,
)
WRONG_KEY = Difference(
    "A request signed with another key",
    "403 AuthenticationFailed",
    "400 InvalidAuthenticationInfo",
    "the mock cloud, by Authorize with Shared Key",
)
LONG_DELEGATION = Difference(
    "Get User Delegation Key for more than seven days",
    "400 InvalidXmlNodeValue",
    "done",
    "the mock cloud refuses, by Get User Delegation Key, which does not say the code",
)
SNAPSHOT = Difference("Snapshot Blob", "501 NotImplemented", "done", "Azurite; not needed here")
LEASE = Difference("Lease Blob", "501 NotImplemented", "done", "Azurite; not needed here")
TAGS = Difference("Set Blob Tags", "501 NotImplemented", "done", "Azurite; not needed here")
APPEND = Difference("Put Blob of an append blob", "501 NotImplemented", "done", "Azurite; not needed here")

DIFFERENCES: Final[dict[str, Difference]] = {
    name: found for name, found in list(globals().items()) if isinstance(found, Difference)
}
