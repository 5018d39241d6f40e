"""What an account looks like from outside: what was asked for, and all that the service adds by itself."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING, Any, Final

from mockcloud.arm.call import merged, timestamp
from mockcloud.arm.storage.rules import TYPE, tier_of
from mockcloud.regions import PAIRS, canonical
from mockcloud.store import AUTHORITY, Resource

if TYPE_CHECKING:
    from mockcloud.store import Body
    from mockcloud.world import World

_SERVICES: Final = ("dfs", "web", "blob", "queue", "table", "file")
_GEO: Final = ("GRS", "GZRS")
# What a caller may send, and the service never takes from him.
_READ_ONLY: Final = frozenset(
    {
        "creationTime",
        "keyCreationTime",
        "primaryEndpoints",
        "primaryLocation",
        "privateEndpointConnections",
        "provisioningState",
        "secondaryEndpoints",
        "secondaryLocation",
        "statusOfPrimary",
        "statusOfSecondary",
    }
)


def new_account(account_id: str, body: Body, now: float) -> Resource:
    """The account as it is once made, out of a create request that passed the rules."""
    when, location = timestamp(now), canonical(str(body["location"]))
    account = Resource(
        {
            "sku": {},
            "kind": body["kind"],
            "id": account_id,
            "name": account_id.rsplit("/", 1)[-1],
            "type": TYPE,
            "location": location,
            "tags": {},
            "properties": _defaults(account_id, location, when),
        },
        hidden={"keys": {name: new_key(when) for name in ("key1", "key2")}},
    )
    if body["kind"] != "Storage":
        account.properties["accessTier"] = "Hot"
    apply(account, body)
    return account


def apply(account: Resource, body: Body) -> None:
    """Lay a create or update request over the account. Tags are replaced as a whole where they are given."""
    if body.get("tags") is not None:
        account.body["tags"] = merged({}, body["tags"])
    if body.get("kind") is not None:
        account.body["kind"] = body["kind"]
    if body.get("identity") is not None:
        account.body["identity"] = merged({}, body["identity"])
    asked = {key: value for key, value in (body.get("properties") or {}).items() if key not in _READ_ONLY}
    account.body["properties"] = merged(account.properties, asked)
    sku = (body.get("sku") or {}).get("name")
    if sku is not None:
        account.body["sku"] = {"name": sku, "tier": tier_of(sku)}
        _place_secondary(account, sku)


def shown(world: World, account: Resource) -> Body:
    """The body that a GET answers now; while it is being made the state moves on as Azure's does."""
    operation = world.operations.on(account.id)
    body: Body = merged({}, account.body)
    if operation is not None and operation.verb == "Creating":
        halfway = operation.progress(world.now()) > 0.5  # noqa: PLR2004  (half of the operation's time)
        # So spelled on the wire.
        body["properties"]["provisioningState"] = "ResolvingDns" if halfway else "Creating"
    return body


def new_key(when: str) -> dict[str, str]:
    return {"creationTime": when, "value": base64.b64encode(os.urandom(64)).decode()}


def _place_secondary(account: Resource, sku: str) -> None:
    """Geo-redundant accounts have a secondary; only the readable ones show its endpoints."""
    properties = account.properties
    for key in ("secondaryLocation", "statusOfSecondary", "secondaryEndpoints"):
        properties.pop(key, None)
    if not sku.endswith(_GEO):
        return
    properties["secondaryLocation"] = PAIRS.get(account.location, account.location)
    properties["statusOfSecondary"] = "available"
    if "_RA" in sku:
        services = tuple(name for name in _SERVICES if name != "file")
        properties["secondaryEndpoints"] = _endpoints(account.id, services, "-secondary")


def _endpoints(account_id: str, services: tuple[str, ...], suffix: str = "") -> dict[str, str]:
    """The blob service lies at `/<account>/`; the others have an address, and nobody there."""
    name = account_id.rsplit("/", 1)[-1] + suffix
    return {
        service: f"https://{AUTHORITY}/{name}/"
        if service == "blob"
        else f"https://{AUTHORITY}/{name}-{service}/"
        for service in services
    }


def _defaults(account_id: str, location: str, when: str) -> Body:
    """What the service answers for an account that asked for nothing (as of API version 2025-06-01)."""
    return {
        "allowCrossTenantDelegationSas": False,
        "keyCreationTime": {"key1": when, "key2": when},
        "allowCrossTenantReplication": False,
        "privateEndpointConnections": [],
        "minimumTlsVersion": "TLS1_2",
        "allowBlobPublicAccess": False,
        "networkAcls": {
            "ipv6Rules": [],
            "bypass": "AzureServices",
            "virtualNetworkRules": [],
            "ipRules": [],
            "defaultAction": "Allow",
        },
        "supportsHttpsTrafficOnly": True,
        "encryption": {
            "services": {name: _encrypted(when) for name in ("file", "blob")},
            "keySource": "Microsoft.Storage",
        },
        "provisioningState": "Creating",
        "creationTime": when,
        "primaryEndpoints": _endpoints(account_id, _SERVICES),
        "primaryLocation": location,
        "statusOfPrimary": "available",
    }


def _encrypted(when: str) -> dict[str, Any]:
    return {"keyType": "Account", "enabled": True, "lastEnabledTime": when}
