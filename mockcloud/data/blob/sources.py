"""The source of a copy: found in any account of this cloud, by its own rules and with its own credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from mockcloud.data.blob.access import READ, Anybody, Caller, bearer, challenge, signed
from mockcloud.data.blob.accounts import account_at, contents_of
from mockcloud.data.blob.conditions import check_source
from mockcloud.data.blob.damage import seen
from mockcloud.data.blob.errors import BlobError
from mockcloud.data.blob.requests import Address
from mockcloud.identity.audiences import is_own

if TYPE_CHECKING:
    from mockcloud.data.blob.accounts import Account
    from mockcloud.data.blob.blobs import Blob
    from mockcloud.data.blob.requests import Request


def source_of(request: Request, *, takes_bearer: bool = True) -> Blob:
    """The blob that `x-ms-copy-source` names, as a copy sees it.

    Raises:
        BlobError: `CannotVerifyCopySource` with the status and the sentence of what is wrong with it, or
            412 `SourceConditionNotMet`.
    """
    try:
        blob = _found(request, request.required("x-ms-copy-source"), takes_bearer=takes_bearer)
    except BlobError as error:
        raise _unverified(error) from error
    blob = seen(blob, request.call.fault)
    check_source(request.header, blob)
    return blob


def _found(request: Request, source: str, *, takes_bearer: bool) -> Blob:
    url, world = urlsplit(source), request.world
    if not is_own(url.netloc.lower(), request.call.host):
        raise BlobError("ResourceNotFound")
    address, query = Address.parse(url.path), dict(parse_qsl(url.query, keep_blank_values=True))
    account = account_at(world, address.account)
    reader = _reader(request, query, account, address, takes_bearer=takes_bearer)
    reader.check(READ, account, address)
    blob = contents_of(world, account, address.container).get(address.blob, world.now())
    if blob is None or blob.directory:
        raise BlobError("BlobNotFound")
    return blob


def shown_source(request: Request) -> str:
    """Where it came from, without what is secret in the address."""
    return request.required("x-ms-copy-source").partition("?")[0]


def _reader(
    request: Request, query: dict[str, str], account: Account, address: Address, *, takes_bearer: bool
) -> Caller:
    """Whoever reads the source: the signature in its address, the token that was sent for it, the caller
    himself within his own account, or nobody in particular.
    """
    world, call = request.world, request.call
    if "sig" in query:
        return signed(world, call, query, account, address)
    scheme, _, token = (request.header("x-ms-copy-source-authorization") or "").partition(" ")
    if takes_bearer and scheme.lower() == "bearer":
        return bearer(world, call, token)
    if account.id == request.account.id and request.caller is not None:
        return request.caller
    return Anybody(world, versioned=True, challenge=challenge(world, call))


def _unverified(error: BlobError) -> BlobError:
    return BlobError(
        "CannotVerifyCopySource",
        error.message,
        status=error.status,
        detail=error.detail,
        headers={
            "x-ms-copy-source-status-code": str(error.status),
            "x-ms-copy-source-error-code": error.code,
        },
    )
