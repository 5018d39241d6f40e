"""Get User Delegation Key, and what the account tells of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from mockcloud.data.blob.errors import BlobError
from mockcloud.data.blob.signatures import delegation_key
from mockcloud.data.blob.times import iso, moment
from mockcloud.data.blob.writing import XML
from mockcloud.http import Answer

if TYPE_CHECKING:
    from mockcloud.data.blob.requests import Request

_LONGEST: Final = 7 * 86_400
_MOST: Final = 65_536


async def get_delegation_key(request: Request) -> Answer:
    """A key for at most seven days, with which its caller signs what he may do himself."""
    raw = (await request.body(_MOST)).read()
    try:
        root = ET.fromstring(raw)  # noqa: S314  (its callers are programs of the same machine)
        said = {entry.tag: (entry.text or "").strip() for entry in root}
        now = request.world.now()
        start = moment(said["Start"]) if said.get("Start") else now
        end = moment(said["Expiry"])
    except (ET.ParseError, KeyError, ValueError) as error:
        raise BlobError("InvalidXmlDocument") from error
    if end <= start or end <= now or end - now > _LONGEST + 1:
        raise BlobError(
            "InvalidXmlNodeValue",
            "The value for one of the XML nodes is not in the correct format.",
            status=400,
        )
    oid = request.caller.principal_id if request.caller else None
    fields = {
        "SignedOid": oid or "",
        "SignedTid": request.world.tenant_id,
        "SignedStart": iso(start),
        "SignedExpiry": iso(end),
        "SignedService": "b",
        "SignedVersion": request.header("x-ms-version") or "",
    }
    user = said.get("DelegatedUserTid", "")
    value = delegation_key(request.world, request.account.name, [*fields.values(), user])
    if user:
        fields["SignedDelegatedUserTid"] = user
    shown = "".join(f"<{name}>{text}</{name}>" for name, text in {**fields, "Value": value}.items())
    body = f'<?xml version="1.0" encoding="utf-8"?><UserDelegationKey>{shown}</UserDelegationKey>'
    return Answer(200, body.encode(), content_type=XML)


async def get_account(request: Request) -> Answer:
    resource = request.account.resource
    return Answer(
        200,
        headers={
            "x-ms-sku-name": str(resource.body["sku"]["name"]),
            "x-ms-account-kind": str(resource.body["kind"]),
            "x-ms-is-hns-enabled": str(request.account.hns).lower(),
        },
    )
