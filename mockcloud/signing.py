"""The long signed addresses that Azure gives out for polling: about 4.3 kB of query, new in every answer.

Azure's four parameters `t` (time), `c` (certificate chain), `s` (signature) and `h` (hash) are opaque to a
caller. Here `s` covers the path and the other three, so that a shortened or altered address is refused.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

_CHAIN_BYTES: Final = 2590
_SIGNATURE_BYTES: Final = 512
_OURS: Final = ("t", "c", "h")


class Signer:
    """Signs and checks with one secret, which is part of the cloud's state."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def query(self, path: str, fixed: Mapping[str, str], now: float) -> str:
        """The query string for this path: what is fixed (the `api-version`), then the signed part."""
        noise = os.urandom(_CHAIN_BYTES + 32)
        parts = {
            "t": str(int(now * 10_000_000) + 621_355_968_000_000_000),
            "c": _text(noise[:_CHAIN_BYTES]),
            "h": _text(noise[_CHAIN_BYTES:]),
        }
        signed = {**fixed, **parts, "s": self._signature(path, parts)}
        return urlencode(signed)

    def genuine(self, path: str, query: Mapping[str, str]) -> bool:
        parts = {name: query.get(name, "") for name in _OURS}
        return hmac.compare_digest(self._signature(path, parts), query.get("s", ""))

    def derived(self, *labels: str) -> bytes:
        """32 bytes that follow from the secret and these words, for keys that are never kept."""
        return hmac.digest(self._secret, "\n".join(labels).encode(), "sha256")

    def _signature(self, path: str, parts: Mapping[str, str]) -> str:
        message = "\n".join((path.lower(), *(parts[name] for name in _OURS))).encode()
        seed = hmac.digest(self._secret, message, "sha256")
        return _text(hashlib.shake_256(seed).digest(_SIGNATURE_BYTES))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
