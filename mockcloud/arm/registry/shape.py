"""What a registry and a replication look like from outside, with all that the service adds by itself."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from mockcloud.arm.call import merged, timestamp, zoned
from mockcloud.arm.identities import identity_of
from mockcloud.arm.registry.rules import REPLICATION_TYPE, TYPE
from mockcloud.arm.registry.table import REGISTRY, REPLICATION
from mockcloud.data.images.places import standing
from mockcloud.regions import canonical
from mockcloud.store import AUTHORITY, Resource

if TYPE_CHECKING:
    from mockcloud.store import Body
    from mockcloud.world import World

_TIMED: Final = ("retentionPolicy", "softDeletePolicy")
_NETWORK: Final = "networkRuleSet"


def new_registry(world: World, registry_id: str, body: Body, system: Body) -> Resource:
    """The registry as it is once made, out of a create request that passed the rules."""
    name = registry_id.rsplit("/", 1)[-1]
    own = {
        "loginServer": f"{AUTHORITY}/{name.lower()}",
        "creationDate": timestamp(world.now()),
        "provisioningState": "Creating",
    }
    registry = Resource(
        {
            "sku": {},
            "type": TYPE,
            "id": registry_id,
            "name": name,
            "location": canonical(str(body["location"])),
            "systemData": system,
            **merged(REGISTRY.defaults(), {"properties": own}),
        },
        hidden={"passwords": {name: new_password() for name in ("password", "password2")}},
    )
    if not world.settings.regional_endpoints:
        registry.properties.pop("regionalEndpoints")
    apply(world, registry, body)
    return registry


def apply(world: World, registry: Resource, body: Body) -> None:
    """Lay a create or update request over the registry. Tags are replaced as a whole where they are given."""
    asked, before = REGISTRY.taken(body), registry.properties["policies"]
    if asked.get("tags") is not None:
        registry.body["tags"] = merged({}, asked["tags"])
    if asked.get("identity") is not None:
        held = registry.body.get("identity") or {}
        registry.body["identity"] = identity_of(world, held, asked["identity"])
    if (sku := (asked.get("sku") or {}).get("name")) is not None:
        registry.body["sku"] = {"name": sku, "tier": sku}
    said = asked.get("properties") or {}
    if not world.settings.regional_endpoints:
        said.pop("regionalEndpoints", None)
    properties = merged(registry.properties, said)
    for name in _TIMED:
        policy = properties["policies"][name]
        if policy != before.get(name) or "lastUpdatedTime" not in policy:
            policy["lastUpdatedTime"] = zoned(world.now())
    if registry.body["sku"]["name"] == "Premium":
        fresh = REGISTRY.defaults()["properties"][_NETWORK]
        properties[_NETWORK] = merged(fresh, properties.get(_NETWORK) or {})
    else:
        properties.pop(_NETWORK, None)
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
    asked = REPLICATION.taken(body)
    own = {"provisioningState": "Creating", "status": {"timestamp": timestamp(now)}}
    return Resource(
        {
            "type": REPLICATION_TYPE,
            "id": replication_id,
            "name": replication_id.rsplit("/", 1)[-1],
            "location": canonical(str(body["location"])),
            "systemData": system,
            **merged(
                merged(REPLICATION.defaults(), {"properties": own}),
                {"tags": asked.get("tags"), "properties": asked.get("properties")},
            ),
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


def new_password() -> str:
    return secrets.token_urlsafe(39)
