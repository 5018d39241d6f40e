"""What a registry and a replication look like from outside, with all that the service adds by itself."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

from mockcloud.arm.call import merged, timestamp
from mockcloud.arm.registry.rules import REPLICATION_TYPE, TYPE
from mockcloud.data.images.places import standing
from mockcloud.regions import canonical
from mockcloud.store import AUTHORITY, Resource

if TYPE_CHECKING:
    from mockcloud.store import Body
    from mockcloud.world import World

_TIMED: Final = ("retentionPolicy", "softDeletePolicy")
# What a caller may send, and the service never takes from him.
_READ_ONLY: Final = frozenset(
    {
        "creationDate",
        "dataEndpointHostNames",
        "loginServer",
        "privateEndpointConnections",
        "provisioningState",
        "regionalEndpointHostNames",
        "status",
    }
)


def new_registry(world: World, registry_id: str, body: Body, system: Body) -> Resource:
    """The registry as it is once made, out of a create request that passed the rules."""
    when, name = timestamp(world.now()), registry_id.rsplit("/", 1)[-1]
    registry = Resource(
        {
            "sku": {},
            "type": TYPE,
            "id": registry_id,
            "name": name,
            "location": canonical(str(body["location"])),
            "tags": {},
            "systemData": system,
            "properties": {
                "loginServer": f"{AUTHORITY}/{name.lower()}",
                "creationDate": when,
                "provisioningState": "Creating",
                "adminUserEnabled": False,
                "policies": _policies(when),
                "encryption": {"status": "disabled"},
                "dataEndpointEnabled": False,
                "dataEndpointHostNames": [],
                "privateEndpointConnections": [],
                "publicNetworkAccess": "Enabled",
                "networkRuleBypassOptions": "AzureServices",
                "networkRuleBypassAllowedForTasks": False,
                "zoneRedundancy": "Disabled",
                "anonymousPullEnabled": False,
                "metadataSearch": "Disabled",
                "roleAssignmentMode": "LegacyRegistryPermissions",
            },
        },
        hidden={"passwords": {name: new_password() for name in ("password", "password2")}},
    )
    if world.settings.regional_endpoints:
        registry.properties.update(regionalEndpoints="Disabled", regionalEndpointHostNames=[])
    apply(world, registry, body)
    return registry


def apply(world: World, registry: Resource, body: Body) -> None:
    """Lay a create or update request over the registry. Tags are replaced as a whole where they are given."""
    before = registry.properties.get("policies", {})
    if body.get("tags") is not None:
        registry.body["tags"] = merged({}, body["tags"])
    if body.get("identity") is not None:
        registry.body["identity"] = _identity(world, registry, body["identity"])
    if (sku := (body.get("sku") or {}).get("name")) is not None:
        registry.body["sku"] = {"name": sku, "tier": sku}
    unwanted = _READ_ONLY if world.settings.regional_endpoints else _READ_ONLY | {"regionalEndpoints"}
    properties = merged(registry.properties, _without(body.get("properties") or {}, unwanted))
    for name in _TIMED:
        if properties["policies"][name] != before.get(name):
            properties["policies"][name]["lastUpdatedTime"] = timestamp(world.now())
    if registry.body["sku"]["name"] == "Premium":
        properties.setdefault(
            "networkRuleSet", {"defaultAction": "Allow", "virtualNetworkRules": [], "ipRules": []}
        )
    else:
        properties.pop("networkRuleSet", None)
    registry.body["properties"] = properties
    place_endpoints(world, registry)


def place_endpoints(world: World, registry: Resource) -> None:
    """The host names for each region that the registry is in, where it offers them."""
    places = [registry.location, *(r.location for r in world.store.children(registry.id, REPLICATION_TYPE))]
    regions = sorted(set(places))
    properties, name = registry.properties, registry.name.lower()
    on = bool(properties.get("dataEndpointEnabled"))
    properties["dataEndpointHostNames"] = [f"{AUTHORITY}/{name}.{r}.data" for r in regions] if on else []
    if "regionalEndpoints" in properties:
        offered = properties["regionalEndpoints"] == "Enabled"
        properties["regionalEndpointHostNames"] = (
            [f"{AUTHORITY}/{name}.{r}.geo" for r in regions] if offered else []
        )


def new_replication(replication_id: str, body: Body, system: Body, now: float) -> Resource:
    properties = {
        "provisioningState": "Creating",
        "status": {"timestamp": timestamp(now)},
        "regionEndpointEnabled": True,
        "zoneRedundancy": "Disabled",
    }
    return Resource(
        {
            "type": REPLICATION_TYPE,
            "id": replication_id,
            "name": replication_id.rsplit("/", 1)[-1],
            "location": canonical(str(body["location"])),
            "tags": merged({}, body.get("tags") or {}),
            "systemData": system,
            "properties": merged(properties, _without(body.get("properties") or {}, _READ_ONLY)),
        }
    )


def shown_replication(world: World, replication: Resource) -> Body:
    """The body that a GET answers now: `Syncing` until the replica has caught up, `Ready` since then."""
    body: Body = merged({}, replication.body)
    status = body["properties"].get("status") or {}
    if replication.state != "Succeeded" or status.get("displayStatus") != "Ready":
        return body
    made = float(replication.hidden.get("syncedAt", 0.0))
    content = standing(world, replication)
    syncing = made > world.now() or content.syncing
    if syncing:
        status["displayStatus"] = "Syncing"
    since = max(0.0 if syncing else made, content.since or 0.0)
    status["timestamp"] = max(str(status["timestamp"]), timestamp(since))
    return body


def _without(properties: Body, keys: frozenset[str]) -> Body:
    return {key: value for key, value in properties.items() if key not in keys}


def new_password() -> str:
    return secrets.token_urlsafe(39)


def _identity(world: World, registry: Resource, asked: Body) -> Body:
    identity: Body = merged(registry.body.get("identity") or {}, asked)
    if "SystemAssigned" in str(identity.get("type")):
        identity.setdefault("principalId", secrets.token_hex(16))
        identity.setdefault("tenantId", world.tenant_id)
    return identity


def _policies(when: str) -> dict[str, Any]:
    return {
        "quarantinePolicy": {"status": "disabled"},
        "trustPolicy": {"type": "Notary", "status": "disabled"},
        "retentionPolicy": {"days": 7, "lastUpdatedTime": when, "status": "disabled"},
        "exportPolicy": {"status": "enabled"},
        "azureADAuthenticationAsArmPolicy": {"status": "enabled"},
        "softDeletePolicy": {"retentionDays": 7, "lastUpdatedTime": when, "status": "disabled"},
    }
