"""Container registries: visible as `Creating`, finished behind an `Azure-AsyncOperation`.

With `lroSeconds` 0 a create answers a finished 200, as recent recordings of the service do; else 201.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mockcloud.arm.call import page
from mockcloud.arm.checks import caller_may
from mockcloud.arm.errors import ArmError, moved, resource_not_found
from mockcloud.arm.registry import home, rules
from mockcloud.arm.registry.rules import REPLICATION_TYPE, TYPE
from mockcloud.arm.registry.shape import apply, new_password, new_registry
from mockcloud.arm.registry.table import REGISTRY as REGISTRY_TABLE
from mockcloud.arm.routing import Route
from mockcloud.authorization import allowed, holds_below
from mockcloud.http import Answer
from mockcloud.regions import canonical

if TYPE_CHECKING:
    from mockcloud.arm.call import ArmCall
    from mockcloud.operations import Failure, Operation
    from mockcloud.store import Body, Resource
    from mockcloud.world import World

_SUB: Final = "/subscriptions/{subscription}"
_PROVIDER: Final = _SUB + "/providers/Microsoft.ContainerRegistry"
_LIST: Final = _SUB + "/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries"
REGISTRY: Final = _LIST + "/{registry}"
# Changes that the service takes its time for; all others are in the answer (recorded).
_SLOW: Final = ("anonymousPullEnabled",)
_LIMITS: Final = (
    ("Size", 536_870_912_000, "Bytes"),
    ("Webhooks", 500, "Count"),
    ("Geo-replications", -1, "Count"),
    ("IPRules", 100, "Count"),
)


def registry_id(call: ArmCall) -> str:
    return f"{call.group_id}/providers/{TYPE}/{call.params['registry']}"


def registry_of(call: ArmCall) -> Resource:
    registry = call.world.store.get(registry_id(call))
    if registry is None:
        raise resource_not_found(TYPE, call.params["registry"], call.group)
    return registry


def put_registry(call: ArmCall) -> Answer:
    name, location = call.params["registry"], str(call.body.get("location") or "")
    rules.check_name(name)
    rules.check_location(location, TYPE)
    call.body = rules.read(REGISTRY_TABLE, call.body)
    existing = call.world.store.get(registry_id(call))
    if existing is not None and existing.state != "Failed":
        if existing.location != canonical(location):
            raise moved(name, call.group, existing.location, location)
        return _change(call, existing, {"tags": {}, **call.body})
    rules.check_sku((call.body.get("sku") or {}).get("name"))
    if existing is None:
        rules.check_taken(call, name)
    made = new_registry(call.world, registry_id(call), call.body, call.system_data())
    call.world.store.put(made)
    if made.properties["zoneRedundancy"] == "Enabled":
        home.announce(call.world, made)
    return started(call, made, "registries", "Creating")


def patch_registry(call: ArmCall) -> Answer:
    return _change(call, registry_of(call), rules.read(REGISTRY_TABLE, call.body))


def _change(call: ArmCall, registry: Resource, body: Body) -> Answer:
    if call.world.operations.on(registry.id) is not None:
        raise rules.in_progress(registry)
    replications = len(call.world.store.children(registry.id, REPLICATION_TYPE))
    rules.check_sku_change(registry, (body.get("sku") or {}).get("name"), replications)
    rules.check_fixed(REGISTRY_TABLE, registry.body, body)
    before = _slow(registry)
    apply(call.world, registry, body)
    registry.body["systemData"] = call.system_data(registry.body["systemData"])
    if _slow(registry) != before:
        return started(call, registry, "registries", "Updating")
    return Answer(200, registry.body)


def _slow(registry: Resource) -> list[Any]:
    return [registry.body.get("identity"), *(registry.properties.get(name) for name in _SLOW)]


def started(
    call: ArmCall, resource: Resource, prefix: str, verb: str, *, failure: Failure | None = None
) -> Answer:
    """Begin the operation and answer 201 with its address, or a finished 200 where nothing takes time.

    One that will fail is always given an address, which is where the failure is told.
    """
    resource.properties["provisioningState"] = verb
    operation = call.begin(prefix, resource, verb)
    operation.failure = operation.failure or failure
    if operation.due <= call.world.now() and operation.failure is None:
        call.world.settle()
        return Answer(200, resource.body)
    path = f"{resource.id}/operationStatuses/{operation.id}"
    return Answer(201, resource.body, {"Azure-AsyncOperation": call.signed(path), **call.retry_after})


def get_registry(call: ArmCall) -> Answer:
    return Answer(200, registry_of(call).body)


def list_registries(call: ArmCall) -> Answer:
    """Those that the caller may read. Whoever has no role on any, nor on what is asked, is refused."""
    scope = call.group_id if call.group else f"/subscriptions/{call.subscription}"
    if not holds_below(call.world, call.principal_id, scope):
        caller_may(call, Route("GET", "", list_registries, f"{TYPE}/read"))
    prefix = scope.lower() + "/"
    found = [
        r.body
        for r in call.world.store.of_type(TYPE)
        if r.key.startswith(prefix) and allowed(call.world, call.principal_id, f"{TYPE}/read", r.id)
    ]
    return Answer(200, page(call, found))


def delete_registry(call: ArmCall) -> Answer:
    """200 at once without replications; with some, 202 with the body and an address to look at (recorded)."""
    registry = call.world.store.get(registry_id(call))
    if registry is None:
        return Answer(204)
    if call.world.operations.on(registry.id) is not None:
        raise rules.in_progress(registry)
    failing = call.fault is not None and call.fault.lro_error is not None
    if not failing and not call.world.store.children(registry.id, REPLICATION_TYPE):
        call.world.store.remove(registry.id)
        return Answer(200)
    registry.properties["provisioningState"] = "Deleting"
    operation = call.begin("registries", registry, "Deleting")
    return Answer(202, registry.body, deletion_headers(call, registry.location, operation))


def deletion_headers(call: ArmCall, location: str, operation: Operation) -> dict[str, str]:
    place = f"/subscriptions/{call.subscription}/providers/Microsoft.ContainerRegistry/locations/{location}"
    return {"Location": call.signed(f"{place}/operationResults/{operation.id}"), **call.retry_after}


def list_usages(call: ArmCall) -> Answer:
    registry = registry_of(call)
    used = {"Geo-replications": len(call.world.store.children(registry.id, REPLICATION_TYPE))}
    found = [
        {"name": name, "limit": limit, "currentValue": used.get(name, 0), "unit": unit}
        for name, limit, unit in _LIMITS
    ]
    return Answer(200, {"value": found})


def list_credentials(call: ArmCall) -> Answer:
    registry = registry_of(call)
    if not registry.properties["adminUserEnabled"]:
        raise ArmError(
            400,
            "UnAuthorizedForCredentialOperations",
            f"Cannot perform credential operations for {registry.id} as admin user is disabled. "
            "Kindly enable admin "
            "user as per docs: https://docs.microsoft.com/en-us/azure/container-registry/container-registry-authentication#admin-account",
        )
    passwords = [{"name": name, "value": value} for name, value in registry.hidden["passwords"].items()]
    return Answer(200, {"username": registry.name, "passwords": passwords})


def regenerate_credential(call: ArmCall) -> Answer:
    registry, name = registry_of(call), str(call.body.get("name") or "")
    if name not in registry.hidden["passwords"]:
        raise ArmError(400, "InvalidParameter", "The password's name is either password or password2.")
    registry.hidden["passwords"][name] = new_password()
    return list_credentials(call)


def check_name_availability(call: ArmCall) -> Answer:
    name = str(call.body.get("name") or "")
    if not rules.name_is_valid(name):
        message = (
            f"The registry name {name} is invalid. Registry names may contain alpha numeric "
            "characters only and must "
            "be between 5 and 50 characters."
        )
        return Answer(200, {"nameAvailable": False, "reason": "Invalid", "message": message})
    if any(registry.name.lower() == name.lower() for registry in call.world.store.of_type(TYPE)):
        message = f"The registry {name} is already in use."
        return Answer(200, {"nameAvailable": False, "reason": "AlreadyExists", "message": message})
    return Answer(200, {"nameAvailable": True})


def finish(world: World, operation: Operation) -> None:
    registry = world.store.get(operation.target)
    if registry is None:
        return
    if operation.failure is not None:
        registry.properties["provisioningState"] = "Failed"
    elif operation.verb == "Deleting":
        world.store.remove(registry.id)
    else:
        registry.properties["provisioningState"] = "Succeeded"


ROUTES: Final = (
    Route(
        "POST",
        _PROVIDER + "/checkNameAvailability",
        check_name_availability,
        "Microsoft.ContainerRegistry/checkNameAvailability/read",
        verb_class="reads",
    ),
    Route("GET", _PROVIDER + "/registries", list_registries, ""),
    Route("GET", _LIST, list_registries, ""),
    Route("GET", REGISTRY, get_registry, f"{TYPE}/read"),
    Route("PUT", REGISTRY, put_registry, f"{TYPE}/write", exclusive=REGISTRY),
    Route("PATCH", REGISTRY, patch_registry, f"{TYPE}/write", exclusive=REGISTRY),
    Route("DELETE", REGISTRY, delete_registry, f"{TYPE}/delete", exclusive=REGISTRY),
    Route("GET", REGISTRY + "/listUsages", list_usages, f"{TYPE}/listUsages/read"),
    Route("POST", REGISTRY + "/listCredentials", list_credentials, f"{TYPE}/listCredentials/action"),
    Route(
        "POST",
        REGISTRY + "/regenerateCredential",
        regenerate_credential,
        f"{TYPE}/regenerateCredential/action",
    ),
)
