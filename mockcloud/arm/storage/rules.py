"""What a storage account may be, and what about it may still change. Each rule is one fact of Azure's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from mockcloud.arm.errors import ArmError, gateway
from mockcloud.arm.properties import at
from mockcloud.arm.storage import worm
from mockcloud.arm.storage.table import ACCOUNT
from mockcloud.data.blob.immutability import protected
from mockcloud.regions import DISPLAY_NAMES, exists

if TYPE_CHECKING:
    from mockcloud.arm.call import ArmCall
    from mockcloud.store import Body, Resource
    from mockcloud.world import World

TYPE: Final = "Microsoft.Storage/storageAccounts"
_CONTAINERS: Final = f"{TYPE}/blobServices/containers"
_NAME: Final = re.compile(r"^[a-z0-9]{3,24}$")
# The blob endpoint is `https://host/<account>/`: these first segments are taken by the cloud itself.
_RESERVED: Final = frozenset({"subscriptions", "providers", "tenants", "metadata", "v2"})

_GEO: Final = ("Standard_LRS", "Standard_GRS", "Standard_RAGRS")
_ZONAL: Final = ("Standard_ZRS", "Standard_GZRS", "Standard_RAGZRS")
IN_PLACE: Final = (frozenset(_GEO), frozenset(_ZONAL))
SKUS_BY_KIND: Final[dict[str, frozenset[str]]] = {
    "StorageV2": frozenset({*_GEO, *_ZONAL, "Premium_LRS"}),
    "Storage": frozenset({*_GEO, "Standard_ZRS", "Premium_LRS"}),
    "BlobStorage": frozenset(_GEO),
    "BlockBlobStorage": frozenset({"Premium_LRS", "Premium_ZRS"}),
    "FileStorage": frozenset(
        {"Premium_LRS", "Premium_ZRS"}
        | {f"{tier}V2_{kind}" for tier in ("Standard", "Premium") for kind in ("LRS", "ZRS")}
        | {"StandardV2_GRS", "StandardV2_GZRS"}
    ),
}
_ALL_SKUS: Final = frozenset().union(*SKUS_BY_KIND.values())
_UPGRADES: Final = {("Storage", "StorageV2"), ("BlobStorage", "StorageV2")}


def tier_of(sku: str) -> str:
    return "Premium" if sku.startswith("Premium") else "Standard"


def name_is_valid(name: str) -> bool:
    return _NAME.match(name) is not None


def check_nothing_is_kept(world: World, account: Resource) -> None:
    """An account goes with all that is in it, unless something in it must be kept."""
    for container in world.store.children(account.id, _CONTAINERS):
        why = protected(container, world.blobs.of(container).blobs.values(), world.now())
        if why is not None:
            raise ArmError(
                409,
                "AccountProtectedFromDeletion",
                f"{account.name} is protected from deletion. The container(s) {container.name} have a {why}.",
            )


def check_name(name: str) -> None:
    if not name_is_valid(name) or name in _RESERVED:
        raise ArmError(
            400,
            "AccountNameInvalid",
            f"{name} is not a valid storage account name. Storage account name must be between 3 "
            "and 24 characters "
            "in length and use numbers and lower-case letters only.",
        )


def check_location(location: str) -> None:
    if not location:
        raise gateway(400, "LocationRequired", "The location property is required for this definition.")
    if not exists(location):
        raise gateway(
            400,
            "LocationNotAvailableForResourceType",
            f"The provided location '{location}' is not available for resource type '{TYPE}'. List "
            "of available "
            f"regions for the resource type is '{','.join(DISPLAY_NAMES)}'.",
        )


def check_shape(sku: str | None, kind: str | None, properties: Body) -> None:
    """SKU, kind and namespace must go together."""
    if sku is None or kind is None:
        missing = "sku" if sku is None else "kind"
        raise ArmError(400, "InvalidRequestFormat", f"The required property '{missing}' was not specified.")
    if sku not in _ALL_SKUS or kind not in SKUS_BY_KIND:
        raise invalid("sku.name" if sku not in _ALL_SKUS else "kind")
    if sku not in SKUS_BY_KIND[kind]:
        raise ArmError(
            400, "InvalidAccountType", f"The AccountType {sku} is invalid for an account of kind {kind}."
        )
    block_blobs = kind == "BlockBlobStorage" or (kind == "StorageV2" and tier_of(sku) == "Standard")
    if properties.get("isHnsEnabled") and not block_blobs:
        raise ArmError(
            400,
            "AccountPropertyCannotBeSet",
            f"The property 'isHnsEnabled' cannot be set for an account of kind {kind} and type {sku}.",
        )


def read(body: Body) -> Body:
    """What of a request counts, in Azure's spelling. Raises ArmError for a word that Azure does not know."""
    wrong = ACCOUNT.misspelt(body)
    if wrong is not None:
        raise invalid(wrong)
    asked = ACCOUNT.taken(body)
    days = at(asked, "properties.keyPolicy.keyExpirationPeriodInDays")
    if days is not None and not 0 < days <= 2_147_483_647:  # noqa: PLR2004  (the field's own bound)
        raise invalid("keyPolicy.keyExpirationPeriodInDays")
    return asked


def check_change(account: Resource, body: Body) -> None:
    """What the body would change about an account must be changeable in place."""
    _check_sku_change(str(account.body["sku"]["name"]), (body.get("sku") or {}).get("name"))
    kind = body.get("kind")
    if kind not in {None, account.body["kind"]} and (account.body["kind"], kind) not in _UPGRADES:
        raise _read_only("kind")
    worm.check_change(account.properties, body.get("properties") or {})
    changed = ACCOUNT.fixed_otherwise(account.body, body)
    if changed is not None:
        raise _read_only(changed.rpartition(".")[2])


def _check_sku_change(before: str, after: Any) -> None:
    if after in {None, before}:
        return
    if after not in _ALL_SKUS:
        raise invalid("sku.name")
    if not any(before in group and after in group for group in IN_PLACE):
        raise ArmError(
            400,
            "StorageAccountTypeConversionNotAllowed",
            f"Storage account type cannot be changed from {before} to {after}. For more information, see - "
            "https://aka.ms/storageaccountconversion",
        )


def check_quota(call: ArmCall, location: str) -> None:
    """250 accounts for each region and subscription (documented; the text is not on record)."""
    limit = call.world.settings.quota.accounts_per_region
    prefix = f"/subscriptions/{call.subscription}/".lower()
    here = [
        account
        for account in call.world.store.of_type(TYPE)
        if account.key.startswith(prefix) and account.location == location
    ]
    if len(here) >= limit:
        raise ArmError(
            409,
            "MaxStorageAccountsCountPerSubscriptionExceeded",
            f"Subscription {call.subscription} already contains {len(here)} storage accounts in "
            f"location {location} "
            f"and the maximum allowed is {limit}.",
        )


def check_taken(call: ArmCall, name: str) -> None:
    """Names are one table for all of Azure."""
    taken = next((a for a in call.world.store.of_type(TYPE) if a.name == name), None)
    if taken is None:
        return
    if taken.key.startswith(f"/subscriptions/{call.subscription}/".lower()):
        raise ArmError(
            409,
            "StorageAccountInAnotherResourceGroup",
            f"The account {name} is already in another resource group in this subscription.",
        )
    raise ArmError(409, "StorageAccountAlreadyTaken", f"The storage account named {name} is already taken.")


def check_identity(call: ArmCall, account_id: str) -> None:
    """A user-assigned identity must exist before an account can carry it (recorded)."""
    asked = (call.body.get("identity") or {}).get("userAssignedIdentities") or {}
    for identity, kept in asked.items():
        if kept is not None and call.world.store.get(identity) is None:
            lower = identity.replace("/resourceGroups/", "/resourcegroups/")
            inner = f'{{"error":{{"code":"BadRequest","message":"Resource \'{lower}\' was not found."}}}}'
            raise gateway(
                400,
                "FailedIdentityOperation",
                f"Identity operation for resource '{account_id}' failed with error 'Failed to "
                "perform resource "
                f"identity operation. Status: 'BadRequest'. Response: '{inner}'.'.",
            )


def in_progress() -> ArmError:
    return ArmError(
        409,
        "StorageAccountOperationInProgress",
        "An operation is currently performing on this storage account that requires exclusive access.",
    )


def not_provisioned() -> ArmError:
    return ArmError(
        409,
        "StorageAccountIsNotProvisioned",
        "The storage account provisioning state must be 'Succeeded' before executing the operation.",
    )


def invalid(path: str) -> ArmError:
    """The value at this path is none that the service knows."""
    name = path.removeprefix("properties.")
    return ArmError(
        400, "InvalidValuesForRequestParameters", f"Values for request parameters are invalid: {name}."
    )


def _read_only(name: str) -> ArmError:
    return ArmError(
        400,
        "AccountPropertyCannotBeUpdated",
        f"The property '{name}' was specified in the input, but it cannot be updated as it is read-only.",
    )
