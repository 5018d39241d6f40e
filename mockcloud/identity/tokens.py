"""Access tokens: signed, with an audience and an end, as Entra issues them."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from mockcloud.principals import Principal

_ALGORITHM: Final = "ES256"
_CACHED: Final = 1000


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says, checked: the signature is ours and it has not ended."""

    audience: str
    principal_id: str
    client_id: str
    expires: float


class TokenError(Exception):
    """The token is not one that counts. `expired` tells the two cases apart."""

    def __init__(self, message: str, *, expired: bool = False) -> None:
        super().__init__(message)
        self.expired = expired


class TokenIssuer:
    """Issues and checks with one key, which is part of the cloud's state."""

    def __init__(self, tenant_id: str, key: ec.EllipticCurvePrivateKey) -> None:
        self._tenant, self._key = tenant_id, key
        self._public = key.public_key()
        self._seen: dict[str, Claims] = {}

    @classmethod
    def fresh(cls, tenant_id: str) -> TokenIssuer:
        return cls(tenant_id, ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_pem(cls, tenant_id: str, pem: str) -> TokenIssuer:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("not a key that this cloud wrote")
        return cls(tenant_id, key)

    def private_pem(self) -> str:
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    def public_jwk(self) -> dict[str, Any]:
        jwk: dict[str, Any] = jwt.algorithms.ECAlgorithm.to_jwk(self._public, as_dict=True)
        return {**jwk, "use": "sig", "kid": "mockcloud"}

    def issue(self, principal: Principal, audience: str, seconds: int) -> str:
        now = int(time.time())
        claims = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{self._tenant}/",
            "iat": now,
            "nbf": now,
            "exp": now + seconds,
            "appid": principal.client_id,
            "idtyp": "app",
            "oid": principal.principal_id,
            "sub": principal.principal_id,
            "tid": self._tenant,
            "uti": uuid.uuid4().hex,
            "ver": "1.0",
        }
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM, headers={"kid": "mockcloud"})

    def check(self, token: str) -> Claims:
        """What the token says.

        Raises:
            TokenError: malformed, signed by another key, or expired.
        """
        claims = self._seen.get(token) or self._decode(token)
        if claims.expires <= time.time():
            self._seen.pop(token, None)
            raise TokenError("The access token has expired.", expired=True)
        if len(self._seen) >= _CACHED:
            self._seen.clear()
        self._seen[token] = claims
        return claims

    def _decode(self, token: str) -> Claims:
        try:
            # The end is checked by `check`, which also answers from memory.
            options: Any = {"verify_aud": False, "verify_exp": False}
            said = jwt.decode(token, self._public, algorithms=[_ALGORITHM], options=options)
            return Claims(str(said["aud"]), str(said["oid"]), str(said["appid"]), float(said["exp"]))
        except (jwt.PyJWTError, KeyError) as error:
            raise TokenError(f"The access token is invalid: {error}") from error
