"""Subscriptions, their locations, and the resource providers registered in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mockcloud.arm.errors import gateway
from mockcloud.arm.routing import Route
from mockcloud.arm.versions import VERSIONS
from mockcloud.authorization import allowed, holds_below
from mockcloud.http import Answer
from mockcloud.operations import Operation, operation_id
from mockcloud.regions import DISPLAY_NAMES, PAIRS
from mockcloud.world import NAMESPACES

if TYPE_CHECKING:
    from mockcloud.arm.call import ArmCall
    from mockcloud.world import World

TYPE: Final = "microsoft.resources/providers"
_SUB: Final = "/subscriptions/{subscription}"
_PROVIDER: Final = _SUB + "/providers/{namespace}"
_READ: Final = "Microsoft.Resources/subscriptions"
_APPLICATION: Final = "6a0ec4d3-30cb-4a83-91c0-ae56bc0e3d26"
_DEFINITION: Final = "78e18383-93eb-418a-9887-bc9271046576"
_TYPES: Final = {
    "Microsoft.ContainerRegistry": (
        "classicInfrastructureResources",
        "registries",
        "registries/replications",
        "locations/operationResults",
        "checkNameAvailability",
    ),
    "Microsoft.Storage": (
        "storageAccounts",
        "storageAccounts/blobServices",
        "storageAccounts/blobServices/containers",
        "storageAccounts/managementPolicies",
        "locations/asyncoperations",
        "checkNameAvailability",
    ),
}


def get_subscription(call: ArmCall) -> Answer:
    return Answer(200, _subscription(call, call.world.subscriptions[call.subscription.lower()]))


def list_subscriptions(call: ArmCall) -> Answer:
    """Those that the caller may see, or something in them; anybody may ask."""
    known = [
        known_id
        for known_id in call.world.subscriptions.values()
        if allowed(call.world, call.principal_id, f"{_READ}/read", f"/subscriptions/{known_id}")
        or holds_below(call.world, call.principal_id, f"/subscriptions/{known_id}")
    ]
    return Answer(200, {"value": [_subscription(call, known_id) for known_id in known]})


def list_locations(call: ArmCall) -> Answer:
    found = [
        {
            "id": f"/subscriptions/{call.subscription}/locations/{name}",
            "name": name,
            "type": "Region",
            "displayName": display,
            "regionalDisplayName": display,
            "metadata": {"regionType": "Physical", "pairedRegion": [{"name": PAIRS[name]}]},
        }
        for name, display in DISPLAY_NAMES.items()
    ]
    return Answer(200, {"value": found})


def get_provider(call: ArmCall) -> Answer:
    return Answer(200, _provider(call))


def register(call: ArmCall) -> Answer:
    namespace = _known(call)
    if call.world.registration(call.subscription, namespace) != "Registered":
        call.world.register(call.subscription, namespace, "Registering")
        target = f"/subscriptions/{call.subscription}/providers/{namespace}"
        now = call.world.now()
        due = now + call.world.settings.lro_seconds
        call.world.operations.begin(Operation(operation_id(""), target, TYPE, "Registering", now, due))
    return Answer(200, _provider(call))


def unregister(call: ArmCall) -> Answer:
    call.world.register(call.subscription, _known(call), "Unregistered")
    return Answer(200, _provider(call))


def finish(world: World, operation: Operation) -> None:
    _, _, subscription, _, namespace = operation.target.split("/")
    if world.registration(subscription, namespace) == "Registering":
        world.register(subscription, namespace, "Registered")


def _subscription(call: ArmCall, known_id: str) -> dict[str, Any]:
    return {
        "id": f"/subscriptions/{known_id}",
        "subscriptionId": known_id,
        "tenantId": call.world.tenant_id,
        "displayName": f"Mock subscription {known_id[:8]}",
        "state": "Enabled",
        "managedByTenants": [],
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
        "authorizationSource": "RoleBased",
    }


def _known(call: ArmCall) -> str:
    asked = call.params["namespace"]
    for namespace in NAMESPACES:
        if namespace.lower() == asked.lower():
            return namespace
    raise gateway(404, "InvalidResourceNamespace", f"The resource namespace '{asked}' is invalid.")


def _provider(call: ArmCall) -> dict[str, Any]:
    namespace = _known(call)
    versions = list(VERSIONS.get(namespace, ()))
    locations = list(DISPLAY_NAMES.values())
    return {
        "id": f"/subscriptions/{call.subscription}/providers/{namespace}",
        "namespace": namespace,
        "authorization": {"applicationId": _APPLICATION, "roleDefinitionId": _DEFINITION},
        "resourceTypes": [
            {"resourceType": kind, "locations": locations, "apiVersions": versions, "capabilities": "None"}
            for kind in _TYPES.get(namespace, ())
        ],
        "registrationState": call.world.registration(call.subscription, namespace),
        "registrationPolicy": "RegistrationRequired",
    }


ROUTES: Final = (
    Route("GET", "/subscriptions", list_subscriptions, ""),
    Route("GET", _SUB, get_subscription, f"{_READ}/read"),
    Route("GET", _SUB + "/locations", list_locations, f"{_READ}/locations/read"),
    Route("GET", _PROVIDER, get_provider, f"{_READ}/providers/read"),
    Route("POST", _PROVIDER + "/register", register, "Microsoft.Resources/register/action"),
    Route("POST", _PROVIDER + "/unregister", unregister, "Microsoft.Resources/unregister/action"),
)
