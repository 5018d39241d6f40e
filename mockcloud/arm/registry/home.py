"""The home region's own replication, which the service makes by itself, and when a replication is ready.

It appears some time after the first replica, or with a registry in several zones (recorded).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mockcloud.arm.call import timestamp, zoned
from mockcloud.arm.registry.rules import REPLICATION_TYPE
from mockcloud.arm.registry.shape import new_replication
from mockcloud.operations import Operation, operation_id

if TYPE_CHECKING:
    from mockcloud.store import Resource
    from mockcloud.world import World

APPEARING: Final = "Appearing"
# Who the service is in its own records.
_SERVICE: Final = "6a0ec4d3-30cb-4a83-91c0-ae56bc0e3d26"


def announce(world: World, registry: Resource) -> None:
    """Have the home region listed, some time later, if it is not yet."""
    home = f"{registry.id}/replications/{registry.location}"
    if world.store.get(home) is not None or world.operations.on(home) is not None:
        return
    now = world.now()
    due = now + world.settings.lro_seconds / 2
    world.operations.begin(
        Operation(operation_id("home"), home, REPLICATION_TYPE.lower(), APPEARING, now, due)
    )


def appears(world: World, operation: Operation) -> None:
    registry_part, _, _ = operation.target.rpartition("/replications/")
    registry = world.store.get(registry_part)
    if registry is None or world.store.get(operation.target) is not None:
        return
    by = {"By": _SERVICE, "ByType": "Application", "At": zoned(operation.due)}
    system = {f"{word}{key}": value for word in ("created", "lastModified") for key, value in by.items()}
    zones = {"zoneRedundancy": registry.properties["zoneRedundancy"]}
    body = {"location": registry.location, "properties": zones}
    home = new_replication(operation.target, body, system, operation.due)
    home.hidden["home"] = True
    ready(world, world.store.put(home), operation)


def ready(world: World, replication: Resource, operation: Operation) -> None:
    """An operation on it is over. One in several zones goes on syncing for as long again (recorded)."""
    properties = replication.properties
    properties["provisioningState"] = "Succeeded"
    properties["status"] = {"displayStatus": "Ready", "timestamp": timestamp(operation.due)}
    if operation.verb == "Creating":
        zones = properties["zoneRedundancy"] == "Enabled"
        longer = world.settings.lro_seconds if zones else 0.0
        replication.hidden["syncedAt"] = operation.due + world.settings.replication_seconds + longer
