"""The ways in which a call can fail: what the cloud does, and for which calls it makes sense."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from faults.calls import Call, Plane

from mockcloud.client import Body

READ_SECONDS: Final = 3.0  # how long the operator waits for an answer, in the suite's worlds
LATE_SECONDS: Final = READ_SECONDS + 0.7
RETRY_AFTER: Final = 1

_THROTTLED = {Plane.IMAGES: "TOOMANYREQUESTS", Plane.ENTRA: "temporarily_unavailable"}
_FAILED = {Plane.BLOBS: "InternalError", Plane.IMAGES: "UNKNOWN", Plane.ENTRA: "server_error"}
_AWAY = {Plane.BLOBS: "ServerBusy", Plane.IMAGES: "UNAVAILABLE", Plane.ENTRA: "temporarily_unavailable"}
_EXPIRED = "The access token has expired."


@dataclass(frozen=True, slots=True)
class Way:
    """One way to fail. `lasts`: until its code was told in a status; `late`: acts when nobody waits any more;
    `slows`: the operator leaves the service alone for a while, and then asks it slowly.
    """

    name: str
    fits: Callable[[Call], bool]
    fault: Callable[[Call], Body]
    lasts: bool = False
    late: bool = False
    slows: bool = False


def throttled(call: Call) -> Body:
    code = _THROTTLED.get(call.plane, "TooManyRequests")
    return {"status": 429, "errorCode": code, "message": "There were too many requests."}


def unavailable(call: Call) -> Body:
    return {"status": 503, "errorCode": _AWAY.get(call.plane, "ServiceUnavailable")}


def serialised(call: Call) -> Body:
    """Another write holds the resource: the provider's own word for it."""
    if call.plane is Plane.BLOBS:
        code = "ContainerBeingDeleted" if "restype=container" in call.query else "PendingCopyOperation"
    else:
        words = {
            "microsoft.storage": "StorageAccountOperationInProgress",
            "microsoft.containerregistry": "Conflict",
        }
        code = words.get(call.provider, "AnotherOperationInProgress")
    return {"status": 409, "errorCode": code}


def expired(call: Call) -> Body:
    if call.plane is Plane.IMAGES:  # a registry's challenge names its own token endpoint: it comes from there
        return {"status": 401, "errorCode": "UNAUTHORIZED"}
    code = "ExpiredAuthenticationToken" if call.plane is Plane.ARM else "InvalidAuthenticationInfo"
    challenge = (
        'Bearer authorization_uri="https://login.example/tenant", error="invalid_token", '
        f'error_description="{_EXPIRED}"'
    )
    return {"status": 401, "errorCode": code, "headers": {"WWW-Authenticate": challenge}, "message": _EXPIRED}


def code_of(call: Call) -> str:
    """Azure's word that a status must tell while the service is unavailable for that call."""
    return str(unavailable(call)["errorCode"])


def _every(_call: Call) -> bool:
    return True


def _poll(call: Call) -> bool:
    return call.polls


def _exclusive(call: Call) -> bool:
    return call.writes and call.plane in {Plane.ARM, Plane.BLOBS}


def _by_token(call: Call) -> bool:
    return call.plane is not Plane.ENTRA and "/oauth2/" not in call.path


def _shown(call: Call) -> bool:
    """An operation that cannot be looked at is no failure: the resource itself is then the truth."""
    return not call.polls and call.plane is not Plane.ENTRA


WAYS: Final[dict[str, Way]] = {
    way.name: way
    for way in (
        Way("429 with Retry-After", _every, lambda c: throttled(c) | _asking(RETRY_AFTER), slows=True),
        Way("429", _every, throttled, slows=True),
        Way(
            "500", _every, lambda c: {"status": 500, "errorCode": _FAILED.get(c.plane, "InternalServerError")}
        ),
        Way("503", _every, unavailable),
        Way("409", _exclusive, serialised),
        Way("reset before", _every, lambda _: {"reset": "before"}),
        Way("reset after", _every, lambda _: {"reset": "after"}),
        Way("404 on the poll", _poll, lambda _: {"status": 404, "errorCode": "OperationNotFound"}),
        Way("403 on the poll", _poll, lambda _: {"status": 403, "errorCode": "AuthorizationFailed"}),
        Way("time-out", _every, lambda _: {"delaySeconds": LATE_SECONDS}, late=True),
        Way("expired token", _by_token, expired),
        Way("503 for a while", _shown, unavailable, lasts=True),
    )
}


def _asking(seconds: int) -> Body:
    return {"headers": {"Retry-After": str(seconds)}}
