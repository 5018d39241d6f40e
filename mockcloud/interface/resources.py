"""Changing resources behind the operator's back: as if a person had been in the portal."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

from mockcloud.arm.call import merged, timestamp
from mockcloud.arm.groups import TYPE as GROUP_TYPE
from mockcloud.arm.groups import make_group
from mockcloud.arm.registry.rules import REPLICATION_TYPE
from mockcloud.arm.registry.rules import TYPE as REGISTRY_TYPE
from mockcloud.arm.registry.shape import new_registry, new_replication, shown_replication
from mockcloud.arm.storage.rules import TYPE as ACCOUNT_TYPE
from mockcloud.arm.storage.services import CONTAINER_TYPE, make_container
from mockcloud.arm.storage.shape import new_account
from mockcloud.arm.storage.shape import shown as shown_account
from mockcloud.store import Resource

if TYPE_CHECKING:
    from mockcloud.store import Body
    from mockcloud.world import World

# /subscriptions/<id>/resourceGroups/<name>
_GROUP_DEPTH: Final = 5
_DEFAULT_LOCATION: Final = "eastus"


class UnusableError(Exception):
    """What was asked for makes no resource; the message says why."""


def shown(world: World, resource: Resource) -> Body:
    """The body as Azure Resource Manager would show it now."""
    if resource.type == ACCOUNT_TYPE:
        return shown_account(world, resource)
    if resource.type == REPLICATION_TYPE:
        return shown_replication(world, resource)
    return resource.body


def patch(resource: Resource, changes: Body) -> None:
    """A JSON merge patch (null deletes); no rule of Azure's is asked."""
    body = _merge_patch(resource.body, changes)
    body["id"], body["type"] = resource.id, resource.type
    resource.body = body


def plant(world: World, resource_id: str, body: Body) -> Resource:
    """Put a resource there, complete with what the service would add; its group too where that is missing."""
    parts = resource_id.rstrip("/").split("/")
    if len(parts) < _GROUP_DEPTH or parts[1].lower() != "subscriptions":
        raise UnusableError(f"{resource_id} is not the id of a resource group or of something in one.")
    group_id = "/".join(parts[:_GROUP_DEPTH])
    location = str(body.get("location") or _DEFAULT_LOCATION)
    if len(parts) == _GROUP_DEPTH:
        world.operations.drop(group_id)
        return make_group(world, group_id, location, body)
    if world.store.get(group_id) is None:
        make_group(world, group_id, location, {})
    world.operations.drop(resource_id)
    made = _made(world, resource_id, {"location": location, **body})
    if "provisioningState" in made.properties:
        asked = (body.get("properties") or {}).get("provisioningState")
        made.properties["provisioningState"] = asked or "Succeeded"
    return world.store.put(made)


def forget(world: World, resource_id: str) -> bool:
    """Remove by hand, with all that is below; what ran on it is over."""
    world.operations.drop(resource_id)
    return world.store.remove(resource_id)


def type_of(resource_id: str) -> str:
    """`Microsoft.Storage/storageAccounts/blobServices` out of an id; the group's own type without a
    provider.
    """
    _, marker, provider = resource_id.rpartition("/providers/")
    if not marker:
        return GROUP_TYPE
    namespace, *rest = provider.split("/")
    return "/".join([namespace, *rest[::2]])


def _made(world: World, resource_id: str, body: Body) -> Resource:
    kind = type_of(resource_id)
    if kind.lower() == ACCOUNT_TYPE.lower():
        defaults = {"kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
        return new_account(world, resource_id, {**defaults, **body})
    when = timestamp(world.now())
    by = {"By": "mockcloud", "ByType": "User", "At": when}
    system = {f"{word}{key}": value for word in ("created", "lastModified") for key, value in by.items()}
    if kind.lower() == REGISTRY_TYPE.lower():
        return new_registry(world, resource_id, {"sku": {"name": "Premium"}, **body}, system)
    if kind.lower() == REPLICATION_TYPE.lower():
        made = new_replication(resource_id, body, system, world.now())
        made.properties["status"] = {"displayStatus": "Ready", "timestamp": when}
        return made
    if kind.lower() == CONTAINER_TYPE.lower():
        account_id, _, name = resource_id.partition("/blobServices/default/containers/")
        made = make_container(account_id, name, world.now())
        made.body["properties"] = merged(made.properties, body.get("properties") or {})
        return made
    named = {"id": resource_id, "name": resource_id.rsplit("/", 1)[-1], "type": kind}
    return Resource({**copy.deepcopy(body), **named})


def _merge_patch(target: Any, changes: Any) -> Any:
    """RFC 7396."""
    if not isinstance(changes, dict):
        return copy.deepcopy(changes)
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merge_patch(result.get(key), value)
    return result
