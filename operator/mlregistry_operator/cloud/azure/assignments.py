"""Role assignments: listed, made and taken away by three requests.

azure-mgmt-authorization is 12 MiB and a quarter of a second for these.

Source: https://learn.microsoft.com/rest/api/authorization/role-assignments.
"""

from collections.abc import Mapping
from typing import Any, Final

from azure.core.exceptions import HttpResponseError

from mlregistry_operator.cloud.azure.clients import ASSIGNMENTS_API_VERSION, Clients, send
from mlregistry_operator.cloud.azure.errors import code_of
from mlregistry_operator.cloud.azure.paging import Markers
from mlregistry_operator.cloud.ports import Started
from mlregistry_operator.domain.arm import ArmId, group_of, name_of
from mlregistry_operator.domain.grants import AssignmentSettings, Grant, ObservedAssignment
from mlregistry_operator.domain.plan import Action

_VERSION: Final = {"api-version": ASSIGNMENTS_API_VERSION}
_DEFINITIONS: Final = "providers/Microsoft.Authorization/roleDefinitions"
_EXISTS: Final = "RoleAssignmentExists"


async def listed(clients: Clients, scope: ArmId) -> tuple[ObservedAssignment, ...]:
    """All that is assigned at the scope, above and below, page by page."""
    found: list[ObservedAssignment] = []
    url, markers = f"{scope}/providers/Microsoft.Authorization/roleAssignments", Markers()
    query: Mapping[str, str] = _VERSION
    while True:
        body = (await send(clients, "GET", url, query)).json()
        found += [_observed(one) for one in body.get("value") or ()]
        url, query = str(body.get("nextLink") or ""), {}  # the link says it all
        if not markers.follow(url):
            return tuple(found)


async def create(clients: Clients, action: Action) -> Started:
    """The right is there, whoever has assigned it: Azure takes no second assignment of the same."""
    settings = action.settings
    if not isinstance(settings, AssignmentSettings):
        raise TypeError(f"{action.kind} needs AssignmentSettings")
    subscription = f"/subscriptions/{group_of(settings.scope).subscription_id}"
    properties = {
        "roleDefinitionId": f"{subscription}/{_DEFINITIONS}/{settings.role.guid}",
        "principalId": settings.principal_id,
        "principalType": settings.principal_type.value,
    }
    try:
        await send(clients, "PUT", action.target, _VERSION, {"properties": properties})
    except HttpResponseError as error:
        if code_of(error) != _EXISTS:
            raise
    return Started()


async def delete(clients: Clients, action: Action) -> Started:
    await send(clients, "DELETE", action.target, _VERSION)
    return Started()


def _observed(body: Mapping[str, Any]) -> ObservedAssignment:
    said = body["properties"]
    grant = Grant(
        scope=str(said["scope"]).casefold().rstrip("/"),
        principal_id=str(said["principalId"]).casefold(),
        role_guid=name_of(ArmId(str(said["roleDefinitionId"]))).casefold(),
    )
    return ObservedAssignment(ArmId(str(body["id"])), str(body["name"]), grant)
