"""What the gateway itself decides: addresses, versions, rights, locks, policies, limits, outages."""

import json
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.core.polling import AsyncNoPolling

from mockcloud import defaults

STORAGE = "2026-09-01"
ACCOUNT = {"location": "eastus", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
GROUP_CALLER = {
    "principalId": "66666666-6666-4666-8666-666666666666",
    "clientId": "77777777-7777-4777-8777-777777777777",
    "clientSecret": "s",
}


def case(*values: Any, because: str) -> Any:
    """A row of a table, named after its reason."""
    return pytest.param(*values, id=because)


def code_of(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


@pytest.mark.parametrize(
    ("path", "version", "answer"),
    [
        case(
            "{sub}/resourceGroups/rg",
            "",
            (400, "MissingApiVersionParameter"),
            because="a version must be named",
        ),
        case(
            "{sub}/resourceGroups/rg",
            "1999-01-01",
            (400, "InvalidApiVersionParameter"),
            because="nobody serves it",
        ),
        case(
            "{sub}/providers/Microsoft.Storage/storageAccounts",
            "2025-11-01",
            (400, "NoRegisteredProviderFound"),
            because="only another provider serves it",
        ),
        case(
            "/subscriptions/00000000-0000-0000-0000-0000000000ff",
            "2022-12-01",
            (404, "SubscriptionNotFound"),
            because="there is no such subscription",
        ),
        case(
            "/subscriptions/nonsense",
            "2022-12-01",
            (400, "InvalidSubscriptionId"),
            because="it is no GUID",
        ),
        case(
            "{sub}/resourceGroups/none/providers/Microsoft.Storage/storageAccounts/abc",
            STORAGE,
            (404, "ResourceGroupNotFound"),
            because="the group is missing",
        ),
        case(
            "{group}/providers/Microsoft.Storage/storageAccounts/abc",
            STORAGE,
            (404, "ResourceNotFound"),
            because="the account is missing",
        ),
        case(
            "{group}/providers/Microsoft.Storage/storageAccounts/abc/blobServices/default",
            STORAGE,
            (404, "ParentResourceNotFound"),
            because="the account above is missing",
        ),
        case(
            "{group}/providers/Microsoft.Unknown/things/abc",
            "2022-09-01",
            (404, "InvalidResourceType"),
            because="nobody serves this type",
        ),
    ],
)
async def test_an_address_that_leads_nowhere_says_so(
    azure: Any, owner: Any, path: str, version: str, answer: tuple[int, str]
) -> None:
    full = path.format(sub=f"/subscriptions/{azure.subscription}", group=azure.group_id)
    assert code_of(await owner.arm("GET", full, version=version)) == answer


async def test_ids_are_compared_without_case_and_doubled_slashes_are_forgiven(azure: Any, owner: Any) -> None:
    azure.mock.put_resource(azure.account_id("data0001"), ACCOUNT)
    loud = azure.account_id("data0001").upper().replace("/PROVIDERS/", "//PROVIDERS/")
    assert (await owner.arm("GET", loud, version=STORAGE)).json()["name"] == "data0001"


async def test_every_answer_carries_request_ids_and_what_is_left(azure: Any, owner: Any) -> None:
    headers = (await owner.arm("GET", azure.group_id)).headers
    assert headers["x-ms-request-id"]
    assert headers["x-ms-correlation-request-id"]
    assert int(headers["x-ms-ratelimit-remaining-subscription-reads"]) > 0


async def test_beyond_the_rate_a_caller_is_told_when_to_come_back(azure: Any, owner: Any) -> None:
    azure.mock.settings(rateLimit={"reads": 1}, retryAfterSeconds=7)
    first, second = [await owner.arm("GET", azure.group_id) for _ in range(2)]
    assert first.status_code == 200
    assert code_of(second) == (429, "SubscriptionRequestsThrottled")
    assert second.headers["Retry-After"] == "7"
    assert "'7' seconds" in second.json()["error"]["message"]
    write = await owner.arm("PUT", azure.group_id, {"location": "eastus"})
    assert write.status_code == 200, "writes have a bucket of their own"
    azure.mock.settings(rateLimit=None)
    assert (await owner.arm("GET", azure.group_id)).status_code == 200


async def test_a_contributor_writes_resources_but_no_rights(azure: Any) -> None:
    scope = f"/subscriptions/{azure.subscription}"
    contributes = {"roles": [{"role": "Contributor", "scope": scope}]}
    azure.mock.principals([one | contributes for one in azure.mock.principals()])
    operator = await azure.caller(defaults.OPERATOR_CLIENT_ID, defaults.OPERATOR_CLIENT_SECRET)
    made = await operator.arm("PUT", azure.account_id("data0001"), ACCOUNT, version=STORAGE)
    assert made.status_code == 202
    role = (
        f"{azure.group_id}/providers/Microsoft.Authorization/roleAssignments/{defaults.OPERATOR_PRINCIPAL_ID}"
    )
    refused = await operator.arm("PUT", role, {"properties": {}}, version="2022-04-01")
    assert code_of(refused) == (403, "AuthorizationFailed")
    message = refused.json()["error"]["message"]
    assert defaults.OPERATOR_PRINCIPAL_ID in message
    assert "Microsoft.Authorization/roleAssignments/write" in message


async def test_rights_on_the_group_alone_do_not_reach_the_address_of_the_operation(azure: Any) -> None:
    caller = {**GROUP_CALLER, "roles": [{"role": "Contributor", "scope": azure.group_id}]}
    azure.mock.principals([*azure.mock.principals(), caller])
    limited = await azure.caller(caller["clientId"], caller["clientSecret"])
    answers: list[Any] = []
    await limited.storage.storage_accounts.begin_create(
        "rg", "data0001", ACCOUNT, polling=AsyncNoPolling(), raw_response_hook=answers.append
    )
    poll = await limited.arm("GET", answers[0].http_response.headers["Location"])
    assert code_of(poll) == (403, "AuthorizationFailed")
    seen = await limited.storage.storage_accounts.get_properties("rg", "data0001")
    assert seen.provisioning_state == "Succeeded", "the resource itself can be read, and is the truth"
    elsewhere = await limited.arm("GET", f"/subscriptions/{azure.subscription}/resourceGroups")
    assert elsewhere.status_code == 403


async def test_a_lock_refuses_deletes_of_what_is_below_and_above_it(azure: Any, owner: Any) -> None:
    azure.mock.put_resource(azure.account_id("data0001"), ACCOUNT)
    azure.mock.settings(locks=[azure.account_id("data0001")])
    assert code_of(await owner.arm("DELETE", azure.account_id("data0001"), version=STORAGE)) == (
        409,
        "ScopeLocked",
    )
    assert code_of(await owner.arm("DELETE", azure.group_id)) == (409, "ScopeLocked")
    changed = await owner.arm("PATCH", azure.account_id("data0001"), {"tags": {"a": "b"}}, version=STORAGE)
    assert changed.status_code == 200, "CanNotDelete lets updates pass"
    azure.mock.settings(locks=[{"scope": azure.group_id, "level": "ReadOnly"}])
    changed = await owner.arm("PATCH", azure.account_id("data0001"), {"tags": {}}, version=STORAGE)
    assert code_of(changed) == (409, "ScopeLocked")
    assert "write operation" in changed.json()["error"]["message"]


async def test_a_policy_refuses_what_it_matches_and_names_itself(azure: Any, owner: Any) -> None:
    azure.mock.settings(policyDenials=[{"pathRegex": "storageAccounts/data", "name": "no-accounts"}])
    refused = await owner.arm("PUT", azure.account_id("data0001"), ACCOUNT, version=STORAGE)
    error = refused.json()["error"]
    assert code_of(refused) == (403, "RequestDisallowedByPolicy")
    assert error["target"] == "data0001"
    assert error["additionalInfo"][0]["info"]["policyAssignmentName"] == "no-accounts"
    assert (await owner.arm("PUT", azure.account_id("other001"), ACCOUNT, version=STORAGE)).status_code == 202


async def test_a_provider_must_be_registered_before_anything_is_written(azure: Any, owner: Any) -> None:
    provider = f"/subscriptions/{azure.subscription}/providers/Microsoft.Storage"
    await owner.arm("POST", f"{provider}/unregister")
    token = (await owner.credential.get_token(f"{azure.cloud.url}/.default")).token
    # Without the SDK, which would register by itself and wait ten seconds before it looks.
    path = f"{azure.account_id('data0001')}?api-version={STORAGE}"
    refused = azure.raw("PUT", path, token, json.dumps(ACCOUNT))
    assert (refused.status, refused.body["error"]["code"]) == (409, "MissingSubscriptionRegistration")
    azure.mock.settings(lroSeconds=60)
    assert (await owner.arm("POST", f"{provider}/register")).json()["registrationState"] == "Registering"
    azure.mock.settings(lroSeconds=0)
    await owner.arm("POST", f"{provider}/register")
    assert (await owner.arm("GET", provider)).json()["registrationState"] == "Registered"
    assert azure.raw("PUT", path, token, json.dumps(ACCOUNT)).status == 202


async def test_an_outage_of_a_region_takes_its_control_plane_along(azure: Any, owner: Any) -> None:
    azure.mock.put_resource(azure.account_id("east0001"), ACCOUNT)
    azure.mock.put_resource(azure.account_id("west0001"), {**ACCOUNT, "location": "westus"})
    azure.mock.region("eastus", available=False)
    assert code_of(await owner.arm("GET", azure.account_id("east0001"), version=STORAGE)) == (
        503,
        "ServiceUnavailable",
    )
    refused = await owner.arm("PUT", azure.account_id("east0002"), ACCOUNT, version=STORAGE)
    assert code_of(refused) == (503, "ServiceUnavailable")
    assert refused.headers["x-ms-failure-cause"] == "service"
    assert (await owner.arm("GET", azure.account_id("west0001"), version=STORAGE)).status_code == 200
    azure.mock.region("eastus", available=True)
    assert (await owner.arm("GET", azure.account_id("east0001"), version=STORAGE)).status_code == 200


async def test_a_body_that_is_no_json_is_refused(azure: Any, owner: Any) -> None:
    token = (await owner.credential.get_token(f"{azure.cloud.url}/.default")).token
    refused = azure.raw("PUT", f"{azure.group_id}?api-version=2022-09-01", token, "{")
    assert (refused.status, refused.body["error"]["code"]) == (400, "InvalidRequestContent")


async def test_groups_come_at_once_and_go_slowly_with_all_they_hold(azure: Any, owner: Any) -> None:
    group = f"/subscriptions/{azure.subscription}/resourceGroups/second"
    assert (await owner.arm("PUT", group, {"location": "eastus"})).status_code == 201
    assert (await owner.arm("PUT", group, {"location": "eastus", "tags": {"a": "b"}})).json()["tags"] == {
        "a": "b"
    }
    assert code_of(await owner.arm("PUT", group, {"location": "westus"})) == (409, "InvalidResourceLocation")
    bad = await owner.arm("PUT", f"{group}x", {"location": "atlantis"})
    assert code_of(bad) == (400, "LocationNotAvailableForResourceGroup")
    account = f"{group}/providers/Microsoft.Storage/storageAccounts/data0001"
    azure.mock.put_resource(account, ACCOUNT)

    azure.mock.settings(lroSeconds=30)
    deleting = await owner.arm("DELETE", group)
    assert deleting.status_code == 202
    assert (await owner.arm("GET", group)).json()["properties"]["provisioningState"] == "Deleting"
    assert (await owner.arm("GET", deleting.headers["Location"])).status_code == 202
    for path, version in ((group, "2022-09-01"), (account, STORAGE)):
        refused = await owner.arm("PUT", path, ACCOUNT, version=version)
        assert code_of(refused) == (409, "ResourceGroupBeingDeleted")


async def test_a_deleted_group_takes_its_content_along(azure: Any, owner: Any) -> None:
    azure.mock.put_resource(azure.account_id("data0001"), ACCOUNT)
    deleting = await owner.arm("DELETE", azure.group_id)
    assert (await owner.arm("GET", deleting.headers["Location"])).status_code == 200
    assert code_of(await owner.arm("GET", azure.group_id)) == (404, "ResourceGroupNotFound")
    assert azure.mock.resource(azure.account_id("data0001")) is None


async def test_rights_given_in_azure_count_once_their_delay_is_over(azure: Any, owner: Any) -> None:
    azure.mock.principals([*azure.mock.principals(), GROUP_CALLER])
    limited = await azure.caller(GROUP_CALLER["clientId"], GROUP_CALLER["clientSecret"])
    assert (await limited.arm("GET", azure.group_id)).status_code == 403
    reader = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"
    path = f"{azure.group_id}/providers/Microsoft.Authorization/roleAssignments/{GROUP_CALLER['principalId']}"
    body = {"properties": {"principalId": GROUP_CALLER["principalId"], "roleDefinitionId": reader}}
    azure.mock.settings(roleDelaySeconds=60)
    for _ in range(2):
        assert (await owner.arm("PUT", path, body, version="2022-04-01")).status_code == 201
    assert (await limited.arm("GET", azure.group_id)).status_code == 403
    azure.mock.settings(roleDelaySeconds=0)
    assert (await limited.arm("GET", azure.group_id)).status_code == 200
    assert (await limited.arm("PUT", azure.group_id, {"location": "eastus"})).status_code == 403

    twice = await owner.arm("PUT", path[:-1] + "7", body, version="2022-04-01")
    assert code_of(twice) == (409, "RoleAssignmentExists")
    listed = await owner.arm(
        "GET",
        f"{azure.group_id}/providers/Microsoft.Authorization/roleAssignments"
        f"?$filter=principalId eq '{GROUP_CALLER['principalId']}'",
        version="2022-04-01",
    )
    assert [entry["name"] for entry in listed.json()["value"]] == [GROUP_CALLER["principalId"]]
    assert (await owner.arm("DELETE", path, version="2022-04-01")).status_code == 200
    assert (await owner.arm("DELETE", path, version="2022-04-01")).status_code == 204
    assert (await limited.arm("GET", azure.group_id)).status_code == 403


@pytest.mark.parametrize(
    ("properties", "status", "code"),
    [
        case(
            {"principalId": "nobody", "roleDefinitionId": "x"},
            400,
            "InvalidPrincipalId",
            because="it is no GUID",
        ),
        case(
            {"principalId": defaults.OWNER_PRINCIPAL_ID, "roleDefinitionId": "/x/roleDefinitions/none"},
            404,
            "RoleDefinitionDoesNotExist",
            because="there is no such role",
        ),
    ],
)
async def test_a_role_assignment_names_someone_and_something(
    azure: Any, owner: Any, properties: dict[str, str], status: int, code: str
) -> None:
    path = f"{azure.group_id}/providers/Microsoft.Authorization/roleAssignments/{defaults.OWNER_CLIENT_ID}"
    response = await owner.arm("PUT", path, {"properties": properties}, version="2022-04-01")
    assert code_of(response) == (status, code)


async def test_the_sdks_exception_carries_azures_code(owner: Any) -> None:
    with pytest.raises(HttpResponseError) as caught:
        await owner.storage.storage_accounts.get_properties("none", "abc")
    assert caught.value.error is not None
    assert caught.value.error.code == "ResourceGroupNotFound"
