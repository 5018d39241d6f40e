"""Replications: one for each further region, and the home region's own, which the service adds by itself.

A replica whose creation failed stays `Failed` until it is deleted, and one that is made again too soon after
its deletion fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mockcloud.arm.call import merged, page
from mockcloud.arm.errors import ArmError, moved, parent_not_found, resource_not_found
from mockcloud.arm.registry import home, rules
from mockcloud.arm.registry.home import ready
from mockcloud.arm.registry.registries import REGISTRY, deletion_headers, registry_id, started
from mockcloud.arm.registry.rules import REPLICATION_TYPE, TYPE
from mockcloud.arm.registry.shape import new_replication, place_endpoints, shown_replication
from mockcloud.arm.registry.table import REPLICATION
from mockcloud.arm.routing import Route, verb_of
from mockcloud.http import Answer
from mockcloud.operations import Failure
from mockcloud.regions import canonical

if TYPE_CHECKING:
    from mockcloud.arm.call import ArmCall
    from mockcloud.operations import Operation
    from mockcloud.store import Body, Resource
    from mockcloud.world import World

_LIST: Final = REGISTRY + "/replications"
_REPLICATION: Final = _LIST + "/{replication}"
# A name counts as just deleted for this share of an operation's time.
_GRAVE: Final = 0.5
_STUCK: Final = Failure("ReplicationFailed", "The replication failed; delete it and create it anew.")


def _registry(call: ArmCall) -> Resource:
    registry = call.world.store.get(registry_id(call))
    if registry is None:
        raise parent_not_found(verb_of(call.method), "registries/replications", registry_id(call))
    return registry


def _replication_id(call: ArmCall) -> str:
    return f"{registry_id(call)}/replications/{call.params['replication']}"


def _replication(call: ArmCall) -> Resource:
    registry = _registry(call)
    replication = call.world.store.get(_replication_id(call))
    if replication is None:
        name = f"{registry.name}/replications/{call.params['replication']}"
        raise resource_not_found(TYPE, name, call.group)
    return replication


def put_replication(call: ArmCall) -> Answer:
    registry, location = _registry(call), str(call.body.get("location") or "")
    rules.check_name(call.params["replication"])
    rules.check_location(location, REPLICATION_TYPE)
    call.body = rules.read(REPLICATION, call.body)
    if registry.state in {"Creating", "Deleting"}:
        raise rules.in_progress(registry)
    rules.check_replicable(registry)
    existing = call.world.store.get(_replication_id(call))
    if existing is not None:
        if existing.location != canonical(location):
            raise moved(existing.name, call.group, existing.location, location)
        return _again(call, existing)
    _check_region_is_free(call, registry, canonical(location))
    made = new_replication(_replication_id(call), call.body, call.system_data(), call.world.now())
    failure = _too_soon(call.world, made)
    answer = _started(call, call.world.store.put(made), "Creating", failure)
    home.announce(call.world, registry)
    return answer


def _again(call: ArmCall, replication: Resource) -> Answer:
    """The same PUT changes nothing; a failed replica fails again, since only a new one can succeed."""
    if call.world.operations.on(replication.id) is not None:
        raise rules.in_progress(replication)
    if replication.state == "Failed":
        return _started(call, replication, "Creating", _STUCK)
    return _change(call, replication, {"tags": {}, **call.body})


def patch_replication(call: ArmCall) -> Answer:
    replication = _replication(call)
    if call.world.operations.on(replication.id) is not None:
        raise rules.in_progress(replication)
    return _change(call, replication, rules.read(REPLICATION, call.body))


def _change(call: ArmCall, replication: Resource, body: Body) -> Answer:
    asked = body.get("properties") or {}
    rules.check_fixed(REPLICATION, replication.body, body)
    tags = replication.body["tags"] if body.get("tags") is None else merged({}, body["tags"])
    routed = asked.get("regionEndpointEnabled")
    before = (replication.body["tags"], replication.properties["regionEndpointEnabled"])
    after = (tags, before[1] if routed is None else routed)
    if after == before:
        return Answer(200, shown_replication(call.world, replication))
    replication.body["tags"], replication.properties["regionEndpointEnabled"] = after
    replication.body["systemData"] = call.system_data(replication.body["systemData"])
    return _started(call, replication, "Updating")


def _started(call: ArmCall, replication: Resource, verb: str, failure: Failure | None = None) -> Answer:
    answer = started(call, replication, "replications", verb, failure=failure)
    answer.body = shown_replication(call.world, replication)
    return answer


def get_replication(call: ArmCall) -> Answer:
    return Answer(200, shown_replication(call.world, _replication(call)))


def list_replications(call: ArmCall) -> Answer:
    registry = _registry(call)
    found = call.world.store.children(registry.id, REPLICATION_TYPE)
    return Answer(200, page(call, [shown_replication(call.world, replication) for replication in found]))


def delete_replication(call: ArmCall) -> Answer:
    _registry(call)
    replication = call.world.store.get(_replication_id(call))
    if replication is None:
        return Answer(204)
    if replication.hidden.get("home"):
        raise ArmError(
            400,
            "HomeReplicationCannotBeDeleted",
            f"The home replication {replication.name} of the registry cannot be deleted.",
        )
    if call.world.operations.on(replication.id) is not None:
        raise rules.in_progress(replication)
    replication.properties["provisioningState"] = "Deleting"
    operation = call.begin("replications", replication, "Deleting")
    return Answer(202, headers=deletion_headers(call, replication.location, operation))


def _check_region_is_free(call: ArmCall, registry: Resource, location: str) -> None:
    taken = [r for r in call.world.store.children(registry.id, REPLICATION_TYPE) if r.location == location]
    if taken:
        raise ArmError(
            409,
            "ReplicationAlreadyExists",
            f"The registry {registry.name} already has the replication {taken[0].name} in {location}.",
        )


def _too_soon(world: World, replication: Resource) -> Failure | None:
    deleted = world.tombstones.get(replication.key, 0.0)
    if world.now() - deleted < _GRAVE * world.settings.lro_seconds:
        return Failure("ReplicationBeingDeleted", "The replication of this name is still being deleted.")
    return None


def finish(world: World, operation: Operation) -> None:
    if operation.verb == home.APPEARING:
        home.appears(world, operation)
        return
    replication = world.store.get(operation.target)
    if replication is None:
        return
    if operation.failure is not None:
        replication.properties["provisioningState"] = "Failed"
        return
    if operation.verb == "Deleting":
        world.tombstones[replication.key] = operation.due
        world.store.remove(replication.id)
    else:
        ready(world, replication, operation)
    registry = world.store.get(replication.id.rsplit("/", 2)[0])
    if registry is not None:
        place_endpoints(world, registry)


ROUTES: Final = (
    Route("GET", _LIST, list_replications, f"{REPLICATION_TYPE}/read"),
    Route("GET", _REPLICATION, get_replication, f"{REPLICATION_TYPE}/read"),
    Route("PUT", _REPLICATION, put_replication, f"{REPLICATION_TYPE}/write", exclusive=_REPLICATION),
    Route("PATCH", _REPLICATION, patch_replication, f"{REPLICATION_TYPE}/write", exclusive=_REPLICATION),
    Route("DELETE", _REPLICATION, delete_replication, f"{REPLICATION_TYPE}/delete", exclusive=_REPLICATION),
)
