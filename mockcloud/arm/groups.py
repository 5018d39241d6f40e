"""Resource groups: made at once, deleted slowly and with everything in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mockcloud.arm.call import page
from mockcloud.arm.checks import group_being_deleted
from mockcloud.arm.errors import gateway, group_not_found, moved
from mockcloud.arm.routing import Route
from mockcloud.arm.tables import GROUP
from mockcloud.http import Answer
from mockcloud.regions import DISPLAY_NAMES, canonical, exists
from mockcloud.store import Resource

if TYPE_CHECKING:
    from mockcloud.arm.call import ArmCall
    from mockcloud.operations import Operation
    from mockcloud.store import Body
    from mockcloud.world import World

TYPE: Final = "Microsoft.Resources/resourceGroups"
_ID: Final = "/subscriptions/{subscription}/resourceGroups/{group}"
_ACTION: Final = "Microsoft.Resources/subscriptions/resourceGroups"


def get_group(call: ArmCall) -> Answer:
    return Answer(200, _group(call).body)


def head_group(call: ArmCall) -> Answer:
    return Answer(204 if call.world.store.get(call.group_id) else 404)


def list_groups(call: ArmCall) -> Answer:
    prefix = f"/subscriptions/{call.subscription}/".lower()
    found = [group.body for group in call.world.store.of_type(TYPE) if group.key.startswith(prefix)]
    return Answer(200, page(call, found))


def list_resources(call: ArmCall) -> Answer:
    """What lies directly in the group, without properties, as the generic list shows it."""
    group = _group(call)
    inside = group.key + "/providers/"
    top = [r for r in call.world.store.below(group.id) if r.key.removeprefix(inside).count("/") == 2]  # noqa: PLR2004  (namespace/type/name)
    keys = ("id", "name", "type", "location", "tags", "kind", "sku")
    return Answer(200, {"value": [{k: r.body[k] for k in keys if k in r.body} for r in top]})


def put_group(call: ArmCall) -> Answer:
    location = str(call.body.get("location") or "")
    existing = call.world.store.get(call.group_id)
    if existing is not None and existing.state == "Deleting":
        raise group_being_deleted(call.group)
    if not location:
        raise gateway(400, "LocationRequired", "The location property is required for this definition.")
    if not exists(location):
        raise gateway(
            400,
            "LocationNotAvailableForResourceGroup",
            f"The provided location '{location}' is not available for resource group. List of "
            "available regions is "
            f"'{','.join(DISPLAY_NAMES)}'.",
        )
    if existing is None:
        return Answer(201, make_group(call.world, call.group_id, canonical(location), call.body).body)
    if canonical(existing.location) != canonical(location):
        raise moved(existing.name, existing.name, existing.location, location)
    existing.body.pop("tags", None)
    _change(existing, call.body)
    return Answer(200, existing.body)


def patch_group(call: ArmCall) -> Answer:
    group = _group(call)
    _change(group, call.body)
    return Answer(200, group.body)


def delete_group(call: ArmCall) -> Answer:
    group = _group(call)
    running = call.world.operations.on(group.id)
    operation = running or call.begin("", group, "Deleting")
    group.properties["provisioningState"] = "Deleting"
    operation_path = f"/subscriptions/{call.subscription}/operationresults/{operation.id}"
    headers = {"Location": call.signed(operation_path), **call.retry_after}
    return Answer(202, headers=headers)


def _change(group: Resource, body: Body) -> None:
    """Tags are replaced as a whole where they are given; without any, a group has no such property."""
    asked = GROUP.taken(body)
    group.body.update({name: asked[name] for name in ("tags", "managedBy") if asked.get(name) is not None})


def make_group(world: World, group_id: str, location: str, asked: Body) -> Resource:
    """A group as the service keeps it, with what of the request counts."""
    body = {
        "id": group_id,
        "name": group_id.rsplit("/", 1)[-1],
        "type": TYPE,
        "location": location,
        "properties": {"provisioningState": "Succeeded"},
    }
    group = world.store.put(Resource(body))
    _change(group, asked)
    return group


def finish(world: World, operation: Operation) -> None:
    group = world.store.get(operation.target)
    if group is None:
        return
    if operation.failure is not None:
        group.properties["provisioningState"] = "Succeeded"
        return
    for resource in world.store.below(group.id):
        world.operations.drop(resource.id)
    world.store.remove(group.id)


def _group(call: ArmCall) -> Resource:
    group = call.world.store.get(call.group_id)
    if group is None:
        raise group_not_found(call.group)
    return group


ROUTES: Final = (
    Route("GET", "/subscriptions/{subscription}/resourceGroups", list_groups, f"{_ACTION}/read"),
    Route("GET", _ID, get_group, f"{_ACTION}/read"),
    Route("HEAD", _ID, head_group, f"{_ACTION}/read"),
    Route("PUT", _ID, put_group, f"{_ACTION}/write"),
    Route("PATCH", _ID, patch_group, f"{_ACTION}/write"),
    Route("DELETE", _ID, delete_group, f"{_ACTION}/delete"),
    Route("GET", _ID + "/resources", list_resources, f"{_ACTION}/resources/read"),
)
