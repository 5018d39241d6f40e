"""What an account looks like from outside: what was asked for, and all that the service adds by itself."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mockcloud.arm.call import merged, timestamp
from mockcloud.arm.identities import identity_of
from mockcloud.arm.storage.rules import TYPE, tier_of
from mockcloud.arm.storage.table import ACCOUNT
from mockcloud.regions import PAIRS, canonical
from mockcloud.store import AUTHORITY, Resource

if TYPE_CHECKING:
    from mockcloud.store import Body
    from mockcloud.world import World

_SERVICES: Final = ("dfs", "web", "blob", "queue", "table", "file")
# The oldest kind has neither web pages nor directories.
_SERVICES_OF: Final = {"Storage": ("blob", "queue", "table", "file")}
_GEO: Final = ("GRS", "GZRS")
_TIERS: Final = {"Storage": None, "BlockBlobStorage": "Premium"}


@dataclass(frozen=True, slots=True)
class _Way:
    """Further endpoints, for who asked for them."""

    preference: str
    switch: str
    shown: str
    suffix: str
    without: tuple[str, ...] = ()


_DUAL: Final = "dualStackEndpointPreference"
_ROUTES: Final = "routingPreference"
_WAYS: Final = (
    _Way(_DUAL, "publishIpv4Endpoint", "ipv4Endpoints", "ipv4"),
    _Way(_DUAL, "publishIpv6Endpoint", "ipv6Endpoints", "ipv6"),
    _Way(_ROUTES, "publishMicrosoftEndpoints", "microsoftEndpoints", "microsoftrouting"),
    _Way(_ROUTES, "publishInternetEndpoints", "internetEndpoints", "internetrouting", ("queue", "table")),
)


def new_account(world: World, account_id: str, body: Body) -> Resource:
    """The account as it is once made, out of a create request that passed the rules."""
    when, location = timestamp(world.now()), canonical(str(body["location"]))
    own = {
        "keyCreationTime": {"key1": when, "key2": when},
        "encryption": {"services": {"file": {}, "blob": {}}},
        "provisioningState": "Creating",
        "creationTime": when,
        "primaryLocation": location,
        "accessTier": _TIERS.get(str(body["kind"]), "Hot"),
    }
    account = Resource(
        {
            "sku": {},
            "kind": body["kind"],
            "id": account_id,
            "name": account_id.rsplit("/", 1)[-1],
            "type": TYPE,
            "location": location,
            **merged(ACCOUNT.defaults(), {"properties": own}),
        },
        hidden={"keys": {name: new_key(when) for name in ("key1", "key2")}},
    )
    apply(world, account, body)
    return account


def apply(world: World, account: Resource, body: Body) -> None:
    """Lay a create or update request over the account. Tags are replaced as a whole where they are given."""
    asked = ACCOUNT.taken(body)
    for name in ("tags", "kind", "extendedLocation", "zones", "placement"):
        if asked.get(name) is not None:
            account.body[name] = merged({}, asked[name])
    if asked.get("identity") is not None:
        account.body["identity"] = identity_of(world, account.body.get("identity") or {}, asked["identity"])
    account.body["properties"] = merged(account.properties, asked.get("properties") or {})
    _complete_encryption(account, timestamp(world.now()))
    sku = (asked.get("sku") or {}).get("name")
    if sku is not None:
        account.body["sku"] = {"name": sku, "tier": tier_of(sku)}
    _place(account)


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


def _complete_encryption(account: Resource, when: str) -> None:
    """Every service that is named is encrypted, since when it is known; a customer's key has a version."""
    encryption: Body = account.properties["encryption"]
    for name, said in encryption["services"].items():
        encryption["services"][name] = {
            "keyType": "Account",
            "enabled": True,
            "lastEnabledTime": when,
            **said,
        }
    vault: Body = encryption.get("keyvaultproperties") or {}
    if "keyvaulturi" in vault and "keyname" in vault:
        version = vault.get("keyversion") or hashlib.md5(when.encode(), usedforsecurity=False).hexdigest()
        key = f"{str(vault['keyvaulturi']).rstrip('/')}/keys/{vault['keyname']}"
        if not str(vault.get("currentVersionedKeyIdentifier", "")).startswith(f"{key}/"):
            vault["currentVersionedKeyIdentifier"] = f"{key}/{version}"
            vault["lastKeyRotationTimestamp"] = when


def _place(account: Resource) -> None:
    """The endpoints. Geo-redundant accounts have a secondary; only the readable ones show its endpoints."""
    properties, sku = account.properties, str(account.body["sku"]["name"])
    services = _SERVICES_OF.get(str(account.body["kind"]), _SERVICES)
    properties["primaryEndpoints"] = _endpoints(account, services)
    for key in ("secondaryLocation", "statusOfSecondary", "secondaryEndpoints"):
        properties.pop(key, None)
    if not sku.endswith(_GEO):
        return
    properties["secondaryLocation"] = PAIRS.get(account.location, account.location)
    properties["statusOfSecondary"] = "available"
    if "_RA" in sku:
        readable = tuple(name for name in services if name != "file")
        properties["secondaryEndpoints"] = _endpoints(account, readable, "-secondary")


def _endpoints(account: Resource, services: tuple[str, ...], suffix: str = "") -> Body:
    """The blob service lies at `/<account>/`; the others have an address, and nobody there."""
    name = account.name + suffix
    endpoints: Body = {
        service: f"https://{AUTHORITY}/{name}/"
        if service == "blob"
        else f"https://{AUTHORITY}/{name}-{service}/"
        for service in services
    }
    for one in _WAYS:
        if (account.properties.get(one.preference) or {}).get(one.switch):
            endpoints[one.shown] = {
                service: f"https://{AUTHORITY}/{name}-{one.suffix}-{service}/"
                for service in services
                if service not in one.without
            }
    return endpoints
