"""Role assignments at any scope. They count for callers of this cloud once `roleDelaySeconds` are over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mockcloud.arm.call import page, without_nulls
from mockcloud.arm.errors import SENTENCES, ArmError, gateway, group_not_found
from mockcloud.arm.properties import Kept
from mockcloud.arm.routing import Route
from mockcloud.arm.tables import ROLE_ASSIGNMENT
from mockcloud.authorization import ASSIGNMENT_TYPE, ROLES, covers, role_by_definition
from mockcloud.http import Answer
from mockcloud.store import Resource

if TYPE_CHECKING:
    from mockcloud.arm.call import ArmCall
    from mockcloud.store import Body

_LIST: Final = "{scope}/providers/Microsoft.Authorization/roleAssignments"
_ASSIGNMENT: Final = _LIST + "/{assignment}"
_GUID: Final = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)
_GROUP: Final = re.compile(
    r"^(?P<id>/subscriptions/[^/]+/resourceGroups/(?P<name>[^/]+))(?P<below>/.*)?$", re.IGNORECASE
)
_NAME_FILTER: Final = re.compile(r"roleName\s+eq\s+'([^']+)'", re.IGNORECASE)
_BUILT_IN: Final = "2015-02-02T21:55:09.8806420Z"
_PRINCIPAL_FILTER: Final = re.compile(r"principalId\s+eq\s+'([^']+)'", re.IGNORECASE)


def put_assignment(call: ArmCall) -> Answer:
    """201, also for the same again; 409 for the same rights under another name (recorded)."""
    _check_scope(call)
    said: Body = without_nulls(ROLE_ASSIGNMENT.taken(call.body).get("properties") or {})
    principal, definition = str(said.get("principalId") or ""), str(said.get("roleDefinitionId") or "")
    _check_request(call, principal, definition)
    wrong = ROLE_ASSIGNMENT.misspelt(call.body)
    if wrong is not None:
        raise ArmError(400, "InvalidRequestContent", f"The value of '{wrong}' is invalid.")
    existing = call.world.store.get(call.path)
    for other in call.world.store.of_type(ASSIGNMENT_TYPE):
        if other.key != call.path.lower() and _same(other, call.params["scope"], principal, definition):
            raise ArmError(409, "RoleAssignmentExists", "The role assignment already exists.")
    if existing is not None and not _same(existing, call.params["scope"], principal, definition):
        raise ArmError(
            400,
            "RoleAssignmentUpdateNotPermitted",
            "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
        )
    made = existing or call.world.store.put(_new(call, said))
    if existing is not None:
        _change(call, existing, said)
    answered = {**made.body, "properties": {**made.properties, "createdBy": None}}
    return Answer(201, answered)


def get_assignment(call: ArmCall) -> Answer:
    _check_scope(call)
    assignment = call.world.store.get(call.path)
    if assignment is None:
        name = call.params["assignment"]
        raise ArmError(404, "RoleAssignmentNotFound", f"The role assignment '{name}' is not found.")
    return Answer(200, assignment.body)


def delete_assignment(call: ArmCall) -> Answer:
    """The body of what is gone, or 204. In a group that is gone: 204 at its scope, 404 below it
    (recorded).
    """
    _check_scope(call, group_may_be_gone=True)
    assignment = call.world.store.get(call.path)
    if assignment is None:
        return Answer(204)
    call.world.store.remove(assignment.id)
    return Answer(200, assignment.body)


def list_assignments(call: ArmCall) -> Answer:
    """Those at the scope and above it, and those below it, as Azure lists without `atScope()`."""
    scope, asked = call.params["scope"], call.query.get("$filter", "")
    wanted, below = _PRINCIPAL_FILTER.search(asked), "atscope()" not in asked.lower()
    found = [
        a.body
        for a in call.world.store.of_type(ASSIGNMENT_TYPE)
        if covers(str(a.properties["scope"]), scope) or (below and covers(scope, str(a.properties["scope"])))
    ]
    if wanted is not None:
        found = [b for b in found if b["properties"]["principalId"].lower() == wanted[1].lower()]
        return Answer(200, {"value": found})
    return Answer(200, page(call, found))


def _change(call: ArmCall, assignment: Resource, said: Body) -> None:
    """All that may change and was sent is changed; the same again changes nothing."""
    names = [row.path.removeprefix("properties.") for row in ROLE_ASSIGNMENT.rows if row.kept is Kept.PUT]
    new = {name: said[name] for name in names if name in said}
    if any(assignment.properties.get(name) != value for name, value in new.items()):
        assignment.properties.update(new, updatedOn=call.time(), updatedBy=call.principal_id)


def _new(call: ArmCall, said: Body) -> Resource:
    known = call.world.principals.by_id(str(said["principalId"]))
    now = call.time()
    return Resource(
        {
            "properties": {
                "roleDefinitionId": said["roleDefinitionId"],
                "principalId": said["principalId"],
                "principalType": said.get("principalType") or (known.type if known else "ServicePrincipal"),
                "scope": call.params["scope"] or "/",
                "condition": said.get("condition"),
                "conditionVersion": said.get("conditionVersion"),
                "createdOn": now,
                "updatedOn": now,
                "createdBy": call.principal_id,
                "updatedBy": call.principal_id,
                "delegatedManagedIdentityResourceId": said.get("delegatedManagedIdentityResourceId"),
                "description": said.get("description"),
            },
            "id": call.path,
            "type": ASSIGNMENT_TYPE,
            "name": call.params["assignment"],
        }
    )


def _check_request(call: ArmCall, principal: str, definition: str) -> None:
    if not _GUID.match(call.params["assignment"]):
        raise ArmError(
            400,
            "InvalidRoleAssignmentId",
            f"The role assignment ID '{call.params['assignment']}' is not valid. The role "
            "assignment ID must be a GUID.",
        )
    if not _GUID.match(principal):
        raise ArmError(
            400, "InvalidPrincipalId", "A valid principal ID must be provided for role assignment."
        )
    if role_by_definition(definition) is None:
        raise ArmError(
            404,
            "RoleDefinitionDoesNotExist",
            "The specified role definition with ID "
            f"'{definition.rsplit('/', 1)[-1].replace('-', '')}' does not exist.",
        )
    if call.world.settings.principals_must_exist and call.world.principals.by_id(principal) is None:
        sentence = SENTENCES["PrincipalNotFound"][0]
        told = {"principal": principal.replace("-", ""), "tenant": call.world.tenant_id.replace("-", "")}
        raise ArmError(400, "PrincipalNotFound", sentence.format(**told))


def _check_scope(call: ArmCall, *, group_may_be_gone: bool = False) -> None:
    """The group and the resource that an assignment is for must be there."""
    scope = call.params["scope"]
    match = _GROUP.match(scope)
    if match is None:
        return
    if call.world.store.get(match["id"]) is None:
        if group_may_be_gone and not match["below"]:
            return
        raise group_not_found(match["name"])
    if match["below"] and not group_may_be_gone and call.world.store.get(scope) is None:
        raise gateway(
            404,
            "ResourceNotFound",
            f"The Resource '{scope.partition('/providers/')[2]}' under resource group "
            f"'{match['name']}' was not "
            "found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
        )


def _same(assignment: Resource, scope: str, principal: str, definition: str) -> bool:
    properties = assignment.properties
    return (
        str(properties["scope"]).lower() == scope.lower()
        and str(properties["principalId"]).lower() == principal.lower()
        and role_by_definition(str(properties["roleDefinitionId"])) == role_by_definition(definition)
    )


def list_definitions(call: ArmCall) -> Answer:
    """Built-in roles, which belong to the subscription wherever they are asked for."""
    scope, wanted = call.params["scope"], _NAME_FILTER.search(call.query.get("$filter", ""))
    place = "/".join(scope.split("/")[:3])
    found = [
        {
            "id": f"{place}/providers/Microsoft.Authorization/roleDefinitions/{role.guid}",
            "type": "Microsoft.Authorization/roleDefinitions",
            "name": role.guid,
            "properties": {
                "roleName": role.name,
                "type": "BuiltInRole",
                "description": f"{role.name}, as it is built in.",
                "assignableScopes": ["/"],
                "permissions": [
                    {
                        "actions": list(role.actions),
                        "notActions": list(role.not_actions),
                        "dataActions": list(role.data_actions),
                        "notDataActions": [],
                    }
                ],
                "createdOn": _BUILT_IN,
                "updatedOn": _BUILT_IN,
                "createdBy": None,
                "updatedBy": None,
            },
        }
        for role in ROLES
        if wanted is None or role.name.lower() == wanted[1].lower()
    ]
    return Answer(200, {"value": found})


ROUTES: Final = (
    Route(
        "GET",
        "{scope}/providers/Microsoft.Authorization/roleDefinitions",
        list_definitions,
        "Microsoft.Authorization/roleDefinitions/read",
    ),
    Route("GET", _LIST, list_assignments, f"{ASSIGNMENT_TYPE}/read"),
    Route("GET", _ASSIGNMENT, get_assignment, f"{ASSIGNMENT_TYPE}/read"),
    Route("PUT", _ASSIGNMENT, put_assignment, f"{ASSIGNMENT_TYPE}/write"),
    Route("DELETE", _ASSIGNMENT, delete_assignment, f"{ASSIGNMENT_TYPE}/delete"),
)
