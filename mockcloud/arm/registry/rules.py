"""What a container registry and a replication may be, and what about them may still change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mockcloud.arm.errors import ArmError, gateway
from mockcloud.arm.registry.table import REGISTRY
from mockcloud.regions import DISPLAY_NAMES, exists

if TYPE_CHECKING:
    from mockcloud.arm.call import ArmCall
    from mockcloud.arm.properties import Table
    from mockcloud.store import Body, Resource

TYPE: Final = "Microsoft.ContainerRegistry/registries"
REPLICATION_TYPE: Final = f"{TYPE}/replications"
_NAME: Final = re.compile(r"^[a-zA-Z0-9]{5,50}$")
_SKUS: Final = ("Basic", "Standard", "Premium")


def name_is_valid(name: str) -> bool:
    return _NAME.match(name) is not None


def check_name(name: str) -> None:
    if not name_is_valid(name):
        raise ArmError(
            400,
            "InvalidResourceName",
            f"The resource name '{name}' is invalid. The name must be alphanumeric and between 5 "
            "and 50 characters long.",
        )


def check_location(location: str, resource_type: str) -> None:
    if not location:
        raise gateway(400, "LocationRequired", "The location property is required for this definition.")
    if not exists(location):
        raise gateway(
            400,
            "LocationNotAvailableForResourceType",
            f"The provided location '{location}' is not available for resource type "
            f"'{resource_type}'. List of "
            f"available regions for the resource type is '{','.join(DISPLAY_NAMES)}'.",
        )


def read(table: Table, body: Body) -> Body:
    """What of a request counts, in Azure's spelling; for a word that Azure does not know, the code is not on
    record.
    """
    wrong = table.misspelt(body)
    if wrong is not None and wrong != "sku.name":
        raise ArmError(400, "InvalidParameter", f"The value of the property '{wrong}' is invalid.")
    return table.taken(body)


def check_fixed(table: Table, held: Body, asked: Body) -> None:
    """What was said at creation stays (codes not on record)."""
    changed = table.fixed_otherwise(held, asked)
    if changed is not None:
        kind = "Registry" if table is REGISTRY else "Replication"
        raise ArmError(
            400,
            f"Invalid{kind}Update",
            f"The property '{changed.rpartition('.')[2]}' of a {kind.lower()} cannot be updated.",
        )


def check_sku(sku: object) -> None:
    if sku not in _SKUS:
        raise ArmError(400, "InvalidSku", f"The SKU '{sku}' is invalid. Supported are {', '.join(_SKUS)}.")


def check_taken(call: ArmCall, name: str) -> None:
    """Names are DNS names: one table for all of Azure, without regard to case."""
    if any(registry.name.lower() == name.lower() for registry in call.world.store.of_type(TYPE)):
        raise ArmError(
            409,
            "RegistryNameAlreadyInUse",
            f"The registry name {name} is already in use. You can check if the name is already claimed using "
            "following API: https://aka.ms/acr/check-name-availability",
            outer={"status": "Failed"},
        )


def check_sku_change(registry: Resource, sku: object, replications: int) -> None:
    """Below Premium there are no replications, so they have to go first (code not on record)."""
    if sku is None or sku == registry.body["sku"]["name"]:
        return
    check_sku(sku)
    if sku != "Premium" and replications:
        raise ArmError(
            409,
            "CannotDowngradeSku",
            f"The registry {registry.name} cannot be changed to the SKU {sku} while it has replications.",
        )


def check_replicable(registry: Resource) -> None:
    """The sentence is public, the code is not on record."""
    sku = registry.body["sku"]["name"]
    if sku != "Premium":
        raise ArmError(
            400,
            "FeatureNotSupported",
            f"The resource type replications is not supported for the registry {registry.name}. "
            f"The registry's SKU is {sku}; Premium is needed.",
        )


def in_progress(resource: Resource) -> ArmError:
    """The code is not on record."""
    return ArmError(
        409,
        "Conflict",
        f"The operation cannot be completed because another operation is in progress on '{resource.id}'.",
    )
