"""Requests signed with a key of the account ("Authorize with Shared Key")."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from mockcloud.data.blob.errors import BlobError
from mockcloud.data.blob.signatures import signed

if TYPE_CHECKING:
    from mockcloud.data.blob.accounts import Account
    from mockcloud.http import Call

_HEADERS: Final = (
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-MD5",
    "Content-Type",
    "Date",
    "If-Modified-Since",
    "If-Match",
    "If-None-Match",
    "If-Unmodified-Since",
    "Range",
)


def check(call: Call, said: str, account: Account) -> None:
    """The signature `<account>:<base64>` is by a key of this account.

    Raises:
        BlobError: 403 `AuthenticationFailed`.
    """
    name, _, signature = said.partition(":")
    text = _text(call, account.name)
    if name == account.name and any(
        hmac.compare_digest(signed(key, text), signature.strip()) for key in account.keys
    ):
        return
    detail = f"The MAC signature found in the HTTP request is not the same as any computed signature. {text}"
    raise BlobError("AuthenticationFailed", detail=detail)


def _text(call: Call, account: str) -> str:
    values = [call.header(name) or "" for name in _HEADERS]
    length = _HEADERS.index("Content-Length")
    if values[length] == "0":
        values[length] = ""
    own = {
        name.lower(): value
        for name, value in call.request.headers.items()
        if name.lower().startswith("x-ms-")
    }
    # The service sorts without regard to hyphens.
    names = sorted(own, key=lambda name: (name.replace("-", ""), name))
    lines = [f"{name}:{own[name]}" for name in names]
    path, _, query = call.request.raw_path.partition("?")
    pairs = sorted(pair.partition("=")[::2] for pair in query.split("&") if pair)
    asked = [f"{name.lower()}:{unquote(value)}" for name, value in pairs]
    return "\n".join([call.method, *values, *lines, f"/{account}{path}", *asked])
