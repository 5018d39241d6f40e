"""Role assignments where they meet a directory, and long lists of them."""

import uuid
from typing import Any

import pytest

from mockcloud.authorization import ROLES

READER = next(role.guid for role in ROLES if role.name == "Storage Blob Data Reader")
VERSION = "2022-04-01"


async def assign(owner: Any, scope: str, principal: str) -> Any:
    path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
    said = {"principalId": principal, "roleDefinitionId": f"/x/roleDefinitions/{READER}"}
    return await owner.arm("PUT", path, {"properties": said}, VERSION)


@pytest.mark.parametrize("kind", ["User", "Group", "ServicePrincipal"])
async def test_who_does_not_exist_gets_a_role_once_he_does(azure: Any, owner: Any, kind: str) -> None:
    azure.mock.settings(principalsMustExist=True)
    late = str(uuid.uuid4())

    answer = await assign(owner, azure.group_id, late)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "PrincipalNotFound")
    assert late.replace("-", "") in answer.json()["error"]["message"]

    azure.mock.principals([*azure.mock.principals(), {"principalId": late, "clientId": late, "type": kind}])
    made = await assign(owner, azure.group_id, late)
    assert made.status_code == 201
    assert made.json()["properties"]["principalType"] == kind


async def test_a_long_list_of_assignments_comes_in_pages(azure: Any, owner: Any) -> None:
    for _ in range(101):
        assert (await assign(owner, azure.group_id, str(uuid.uuid4()))).status_code == 201

    path: str | None = f"{azure.group_id}/providers/Microsoft.Authorization/roleAssignments"
    found: list[str] = []
    pages = 0
    while path:
        body = (await owner.arm("GET", path, version="" if pages else VERSION)).json()
        found += [one["id"] for one in body["value"]]
        path, pages = body.get("nextLink"), pages + 1

    assert pages == 2
    assert len(set(found)) == 101
