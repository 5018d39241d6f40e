"""Rights, groups, subscriptions and registration, as they were recorded in 2021 to 2025."""

from typing import Any, Final

from support.recorded.said import ABSENT, REGISTRY, ROLES, TIME, Asked, Exchange

READER: Final = "{sub}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"
ASSIGNMENT: Final = f"{ROLES}/{{guid}}"
DEFINITIONS: Final = "{group}/providers/Microsoft.Authorization/roleDefinitions"
GROUP: Final = "{sub}/resourceGroups/{name}"
CONDITION: Final = (
    "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:Name] stringEquals 'foo'"
)


def put(**said: Any) -> Asked:
    known = {"roleDefinitionId": READER, "principalId": "{principal}"}
    return Asked("PUT", ASSIGNMENT, {"properties": {**known, **said}})


MORE: Final = {
    "principalType": "User",
    "description": "why it is there",
    "condition": CONDITION,
    "conditionVersion": "2.0",
}
NOT_THERE: Final = (
    r"Principal [0-9a-f]{32} does not exist in the directory .*set the role assignment principalType "
    r"property to a value, such as ServicePrincipal, User, or Group\..*"
)

RIGHTS: Final = (
    Exchange(
        "a right with a description and a condition",
        put(**MORE),
        201,
        {
            **{f"properties.{name}": value for name, value in MORE.items()},
            "properties.roleDefinitionId": READER,
            "properties.scope": "{group}",
            "properties.createdOn": TIME,
            "properties.createdBy": None,
            "properties.delegatedManagedIdentityResourceId": None,
            "name": "{guid}",
            "type": "Microsoft.Authorization/roleAssignments",
        },
    ),
    Exchange(
        "a right of nobody in particular",
        put(),
        201,
        {
            "properties.principalType": "ServicePrincipal",
            "properties.condition": None,
            "properties.conditionVersion": None,
            "properties.description": None,
        },
    ),
    Exchange(
        "a right that is put again with another description and condition",
        Asked("GET", ASSIGNMENT),
        200,
        {
            "properties.description": "a better reason",
            "properties.condition": CONDITION,
            "properties.conditionVersion": "2.0",
        },
        before=(
            put(principalType="User", description="why"),
            put(**{**MORE, "description": "a better reason"}),
        ),
    ),
    Exchange(
        "a right for who is not known yet",
        put(),
        400,
        code="PrincipalNotFound",
        text=NOT_THERE,
        settings={"principalsMustExist": True},
    ),
    Exchange(
        "a role by its name, asked for at a group",
        Asked("GET", f"{DEFINITIONS}?$filter=roleName%20eq%20%27Reader%27"),
        200,
        {
            "value.0.id": READER,
            "value.0.name": "acdd72a7-3385-48ef-bd42-f606fba81ae7",
            "value.0.properties.roleName": "Reader",
            "value.0.properties.type": "BuiltInRole",
            "value.0.properties.assignableScopes": ["/"],
            "value.0.properties.permissions": [
                {"actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": []}
            ],
            "value.0.properties.createdBy": None,
            "value.1": ABSENT,
        },
    ),
    Exchange(
        "rights at a scope and above, not below it",
        Asked("GET", f"{{sub}}/{ROLES.partition('/')[2]}?$filter=atScope()&$top=1"),
        200,
        {"value": []},
        before=(put(),),
    ),
    Exchange(
        "a group without tags",
        Asked("GET", GROUP),
        200,
        {
            "type": "Microsoft.Resources/resourceGroups",
            "tags": ABSENT,
            "properties": {"provisioningState": "Succeeded"},
        },
        (Asked("PUT", GROUP, {"location": "eastus"}),),
    ),
    Exchange(
        "a group that something manages",
        Asked("PUT", GROUP, {"location": "eastus", "managedBy": REGISTRY, "tags": {"a": "1"}}),
        201,
        {"managedBy": REGISTRY, "tags": {"a": "1"}},
    ),
    Exchange(
        "a provider that is not registered",
        Asked("PUT", REGISTRY, {"location": "eastus", "sku": {"name": "Premium"}}),
        409,
        {
            "error.details.0.code": "MissingSubscriptionRegistration",
            "error.details.0.target": "Microsoft.ContainerRegistry",
        },
        (Asked("POST", "{sub}/providers/Microsoft.ContainerRegistry/unregister"),),
        code="MissingSubscriptionRegistration",
    ),
    Exchange(
        "a subscription",
        Asked("GET", "{sub}"),
        200,
        {
            "managedByTenants": [],
            "subscriptionPolicies.quotaId": "PayAsYouGo_2014-09-01",
            "subscriptionPolicies.locationPlacementId": "Public_2014-09-01",
            "state": "Enabled",
        },
    ),
)
