"""Shared access signatures: an account's, a service's, and those that a user delegated.

What is signed is on Microsoft's pages "Create an account SAS", "Create a service SAS" and "Create a user
delegation SAS"; lines were added over the years, so that a signature is tried against each form from
2020-02-10 on. Stored access policies are not served.
"""

from __future__ import annotations

import base64
import hmac
import time
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING, Final

from mockcloud.data.blob.errors import BlobError
from mockcloud.data.blob.times import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mockcloud.data.blob.accounts import Account
    from mockcloud.data.blob.requests import Address
    from mockcloud.world import World

    Query = Mapping[str, str]

_REPLIES: Final = ("rscc", "rscd", "rsce", "rscl", "rsct")
_WHOLE: Final = "sr"
_KEY: Final = ("skoid", "sktid", "skt", "ske", "sks", "skv")


@dataclass(frozen=True, slots=True)
class Signature:
    """A genuine one: what it allows (`sp`), for which resource types (`srt`, an account's only), and whose
    rights stand behind it (a user's only).
    """

    letters: str
    kinds: str | None
    delegator: str | None


def check(world: World, query: Query, account: Account, address: Address, remote: str | None) -> Signature:
    """What the signature in this query gives at this address.

    Raises:
        BlobError: 403; it is not genuine, not in its time, or account keys are not taken.
    """
    delegated = "skoid" in query
    if not delegated and not account.takes_keys:
        raise BlobError("KeyBasedAuthenticationNotPermitted")
    _check_time(query, "st", "se")
    if query.get("sip") and not _within(remote, query["sip"]):
        raise BlobError("AuthorizationSourceIPMismatch")
    if "srt" in query:
        if "b" not in query.get("ss", ""):
            raise BlobError("AuthorizationServiceMismatch")
        _check_genuine(query, account.keys, list(_account_forms(query, account)))
        return Signature(query.get("sp", ""), query["srt"], None)
    resource = _resource(query, account, address)
    if not delegated:
        _check_genuine(query, account.keys, list(_service_forms(query, resource)))
        return Signature(query.get("sp", ""), None, None)
    _check_time(query, "skt", "ske")
    key = delegation_key(world, account.name, [query.get(name, "") for name in (*_KEY, "skdutid")])
    _check_genuine(query, [key], list(_delegated_forms(query, resource)))
    return Signature(query.get("sp", ""), None, query["skoid"])


def delegation_key(world: World, account: str, fields: list[str]) -> str:
    """The key of these fields (skoid, sktid, skt, ske, sks, skv, skdutid): nothing needs to be kept."""
    return base64.b64encode(world.signer.derived("delegation", account, *fields)).decode()


def _account_forms(query: Query, account: Account) -> Iterator[str]:
    head = [account.name, *_values(query, "sp", "ss", "srt", "st", "se", "sip", "spr", "sv")]
    yield "\n".join([*head, query.get("ses", ""), ""])
    yield "\n".join([*head, ""])


def _service_forms(query: Query, resource: str) -> Iterator[str]:
    head = [*_values(query, "sp", "st", "se"), resource, *_values(query, "si", "sip", "spr", "sv", _WHOLE)]
    for scope in (("snapshot", "ses"), ("snapshot",)):
        yield "\n".join([*head, *_values(query, *scope, *_REPLIES)])


def _delegated_forms(query: Query, resource: str) -> Iterator[str]:
    head = [*_values(query, "sp", "st", "se"), resource, *_values(query, *_KEY, "saoid", "suoid", "scid")]
    middle = _values(query, "sip", "spr", "sv", _WHOLE, "snapshot")
    for user in (("skdutid", "sduoid"), ()):
        for scope in ((query.get("ses", ""), "", ""), (query.get("ses", ""),), ()):
            yield "\n".join([*head, *_values(query, *user), *middle, *scope, *_values(query, *_REPLIES)])


def _values(query: Query, *names: str) -> list[str]:
    return [query.get(name, "") for name in names]


def _resource(query: Query, account: Account, address: Address) -> str:
    """The canonical name of what was signed: this blob, its container, or a directory above it."""
    root, kind = f"/blob/{account.name}/{address.container}", query.get(_WHOLE, "")
    if kind == "c":
        return root
    if kind == "d":
        depth = int(query.get("sdd") or 0)
        return "/".join([root, *address.blob.split("/")[:depth]])
    return f"{root}/{address.blob}"


def _check_genuine(query: Query, keys: list[str], forms: list[str]) -> None:
    said = query.get("sig", "")
    if not any(hmac.compare_digest(signed(key, form), said) for key in keys for form in forms):
        raise BlobError(
            "AuthenticationFailed",
            detail=f"Signature did not match. String to sign used was {forms[0]}",
        )


def signed(key: str, text: str) -> str:
    """HMAC-SHA256 under a base64 key, as base64."""
    return base64.b64encode(hmac.digest(base64.b64decode(key), text.encode(), "sha256")).decode()


def _check_time(query: Query, start: str, end: str) -> None:
    """Now lies between the two; a time that is not there at the start does not bound."""
    now = time.time()
    if not query.get(end):
        raise BlobError("AuthenticationFailed", detail=f"{end} is mandatory. Cannot be empty")
    try:
        first = moment(query[start]) if query.get(start) else 0.0
        last = moment(query[end])
    except ValueError as error:
        raise BlobError("AuthenticationFailed", detail=f"{start} or {end} is not a time") from error
    if not first <= now < last:
        shown = [formatdate(at, usegmt=True) for at in (first, last, now)]
        raise BlobError(
            "AuthenticationFailed",
            detail="Signature not valid in the specified time frame: "
            f"Start [{shown[0]}] - Expiry [{shown[1]}] - Current [{shown[2]}]",
        )


def _within(remote: str | None, allowed: str) -> bool:
    """An address, or a range of two with `-`."""
    if remote is None:
        return False
    first, _, last = allowed.partition("-")
    parts = [tuple(int(part) for part in text.split(".")) for text in (first, remote, last or first)]
    return parts[0] <= parts[1] <= parts[2]
