"""Who calls the blob service, and what may he do: bearer tokens, account keys, signatures, nobody at all.

The control plane's rights count for nothing here: reading a blob takes a data role, as in Azure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

from mockcloud.authorization import allowed, allowed_data
from mockcloud.data.blob import sharedkey, signatures
from mockcloud.data.blob.errors import BlobError
from mockcloud.identity.tokens import TokenError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockcloud.data.blob.accounts import Account
    from mockcloud.data.blob.requests import Address
    from mockcloud.http import Call
    from mockcloud.world import World

_SERVICE: Final = "Microsoft.Storage/storageAccounts/blobServices"
_CONTAINERS: Final = f"{_SERVICE}/containers"
_BLOB_HOST: Final = ".blob.core.windows.net"


@dataclass(frozen=True, slots=True)
class Need:
    """What an operation takes: a role's action, or one of these letters of a signature. `kind` is the
    resource type of an account's signature. No letters: no signature gives it.
    """

    action: str
    data: bool
    letters: str
    kind: str


READ: Final = Need(f"{_CONTAINERS}/blobs/read", True, "r", "o")
WRITE: Final = Need(f"{_CONTAINERS}/blobs/write", True, "wc", "o")
CHANGE: Final = Need(f"{_CONTAINERS}/blobs/write", True, "w", "o")
DELETE: Final = Need(f"{_CONTAINERS}/blobs/delete", True, "d", "o")
LIST: Final = Need(f"{_CONTAINERS}/blobs/read", True, "l", "c")
READ_CONTAINER: Final = Need(f"{_CONTAINERS}/read", False, "r", "c")
MAKE_CONTAINER: Final = Need(f"{_CONTAINERS}/write", False, "wc", "c")
DELETE_CONTAINER: Final = Need(f"{_CONTAINERS}/delete", False, "d", "c")
LIST_CONTAINERS: Final = Need(f"{_CONTAINERS}/read", False, "l", "s")
READ_ACCOUNT: Final = Need(f"{_SERVICE}/getInfo/action", True, "rwdlc", "sco")
DELEGATE: Final = Need(f"{_SERVICE}/generateUserDelegationKey/action", False, "", "")


class Caller(Protocol):
    """Somebody whose word is proved. `overwrites` is False for one who may only make what is new."""

    @property
    def principal_id(self) -> str | None: ...

    @property
    def overwrites(self) -> bool: ...

    def check(self, need: Need, account: Account, address: Address) -> None:
        """Raises BlobError where he may not."""
        ...


@dataclass(frozen=True, slots=True)
class Bearer:
    """A principal with a token."""

    world: World
    principal_id: str
    overwrites: bool = True

    def check(self, need: Need, account: Account, address: Address) -> None:
        scope = account.id
        if address.container:
            scope = account.container_id(address.container) + (
                f"/blobs/{address.blob}" if address.blob else ""
            )
        may = allowed_data if need.data else allowed
        if need is not READ_ACCOUNT and not may(self.world, self.principal_id, need.action, scope):
            raise BlobError("AuthorizationPermissionMismatch")


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Somebody with a key of the account: nothing is refused, but to make user delegation keys."""

    principal_id: None = None
    overwrites: bool = True

    def check(self, need: Need, _account: Account, _address: Address) -> None:
        if need is DELEGATE:
            raise BlobError("AuthenticationFailed", detail="Only authentication scheme Bearer is supported")


@dataclass(frozen=True, slots=True)
class SignatureHolder:
    """Somebody with a signed address. What a user delegated he must be allowed himself."""

    signature: signatures.Signature
    delegator: Bearer | None

    @property
    def principal_id(self) -> str | None:
        return self.delegator.principal_id if self.delegator else None

    @property
    def overwrites(self) -> bool:
        return "w" in self.signature.letters

    def check(self, need: Need, account: Account, address: Address) -> None:
        kinds = self.signature.kinds
        if kinds is None and need.kind not in {"o", "sco"} and need is not LIST:
            raise BlobError("AuthorizationPermissionMismatch")
        if kinds is not None and not set(need.kind) & set(kinds):
            raise BlobError("AuthorizationResourceTypeMismatch")
        if not set(need.letters) & set(self.signature.letters):
            raise BlobError("AuthorizationPermissionMismatch")
        if self.delegator is not None:
            self.delegator.check(need, account, address)


@dataclass(frozen=True, slots=True)
class Anybody:
    """Nobody in particular: what the container shows in public."""

    world: World
    versioned: bool
    challenge: str
    principal_id: None = None
    overwrites: bool = False

    def check(self, need: Need, account: Account, address: Address) -> None:
        container = self.world.store.get(account.container_id(address.container))
        public = str(container.properties.get("publicAccess", "None")) if container else "None"
        if account.takes_anonymous and (
            (need is READ and public in {"Blob", "Container"})
            or (need in {LIST, READ_CONTAINER} and public == "Container")
        ):
            return
        if self.versioned:
            raise BlobError("NoAuthenticationInformation", headers={"WWW-Authenticate": self.challenge})
        raise BlobError("ResourceNotFound" if account.takes_anonymous else "PublicAccessNotPermitted")


def caller_of(world: World, call: Call, account: Account, address: Address) -> Caller:
    """Who sent this request.

    Raises:
        BlobError: what he says of himself is not proved.
    """
    authorization = call.header("Authorization")
    if "sig" in call.query:
        return signed(world, call, call.query, account, address)
    scheme, _, said = (authorization or "").partition(" ")
    if scheme.lower() == "bearer":
        return bearer(world, call, said)
    if scheme.lower() == "sharedkey":
        if not account.takes_keys:
            raise BlobError("KeyBasedAuthenticationNotPermitted")
        sharedkey.check(call, said, account)
        return KeyHolder()
    if authorization:
        raise BlobError("InvalidAuthenticationInfo", headers={"WWW-Authenticate": challenge(world, call)})
    return Anybody(world, versioned="x-ms-version" in call.request.headers, challenge=challenge(world, call))


def signed(
    world: World, call: Call, query: Mapping[str, str], account: Account, address: Address
) -> SignatureHolder:
    """Whoever holds this signature; raises BlobError where it is not genuine, not in its time, or not for
    this address.
    """
    signature = signatures.check(world, query, account, address, call.request.remote)
    delegator = Bearer(world, signature.delegator) if signature.delegator else None
    return SignatureHolder(signature, delegator)


def bearer(world: World, call: Call, token: str) -> Bearer:
    """The principal of a token; raises BlobError where it is none for this service."""
    try:
        claims = world.issuer.check(token.strip())
    except TokenError as error:
        raise BlobError(
            "InvalidAuthenticationInfo",
            detail=str(error),
            headers={"WWW-Authenticate": challenge(world, call)},
        ) from error
    netloc = urlsplit(claims.audience).netloc.lower()
    known = netloc == "storage.azure.com" or netloc.endswith(_BLOB_HOST)
    if not known:
        raise BlobError(
            "InvalidAuthenticationInfo",
            detail="Audience validation failed. Audience did not match.",
            headers={"WWW-Authenticate": challenge(world, call)},
        )
    return Bearer(world, claims.principal_id)


def challenge(world: World, call: Call) -> str:
    return (
        f"Bearer authorization_uri={call.base}/{world.tenant_id}/oauth2/authorize "
        "resource_id=https://storage.azure.com"
    )
