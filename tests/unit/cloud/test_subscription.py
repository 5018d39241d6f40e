"""One subscription through the real SDKs, with every answer from a script."""

import json
from dataclasses import replace
from typing import Any

import pytest
from azure.core.exceptions import ServiceRequestError
from azure.core.rest import HttpRequest
from support.manifests import a_registry
from support.scenes import absent, settled
from support.transports import ARM, Line, Reply, line
from support.worlds import GROUP

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.api.registry import PrincipalType
from mlregistry_operator.cloud.azure.writes import DOING, WRITES
from mlregistry_operator.cloud.ports import CloudError, Started
from mlregistry_operator.domain.arm import ArmId, replication
from mlregistry_operator.domain.containers import (
    STAGING_RULE,
    ObservedRetention,
    RetentionSettings,
    StagingSettings,
    container_id,
    lifecycle_id,
    retention_id,
)
from mlregistry_operator.domain.differences import account_differences
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.grants import AssignmentSettings, Grant, Role
from mlregistry_operator.domain.plan import Action, ActionKind
from mlregistry_operator.domain.resources import OperationPhase

ACCOUNT = GROUP.storage_account("demo")
REGISTRY = GROUP.container_registry("demo")
WEST = replication(REGISTRY, "westus")
URL = f"{ARM}/subscriptions/s/providers/Microsoft.Storage/locations/eastus/asyncoperations/1?t=1&s=2"
DESIRED = absent(a_registry().in_regions("eastus", "westus")).desired


def refused(status: int, code: str, headers: dict[str, str] | None = None) -> Reply:
    return Reply(status, {"error": {"code": code, "message": "It is so."}}, headers or {})


async def failing(call: Any) -> Failure:
    with pytest.raises(CloudError) as caught:
        await call
    failure: Failure = caught.value.failure
    return failure


@pytest.mark.parametrize("code", ["ResourceNotFound", "ParentResourceNotFound", "NotFound", ""])
async def test_what_is_not_there_is_none(code: str) -> None:
    subscription = line(refused(404, code)).subscription

    assert await subscription.storage_account(ACCOUNT) is None
    assert await subscription.container_registry(REGISTRY) is None
    assert await subscription.replications(REGISTRY) == ()
    assert await subscription.resource_group(GROUP.id) is None


@pytest.mark.promise(13)
async def test_a_missing_group_is_another_matter_than_a_missing_resource() -> None:
    subscription = line(refused(404, "ResourceGroupNotFound")).subscription

    for look in (
        subscription.storage_account(ACCOUNT),
        subscription.container_registry(REGISTRY),
        subscription.replications(REGISTRY),
    ):
        assert (await failing(look)).reason is Reason.RESOURCE_GROUP_NOT_FOUND


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.promise(6)
async def test_nothing_is_asked_twice_by_the_sdk(status: int) -> None:
    """Its own retries sleep without bound, and hide `Retry-After`."""
    one = line(refused(status, "", {"Retry-After": "1"}))

    await failing(one.subscription.storage_account(ACCOUNT))

    assert len(one.sent) == 1


@pytest.mark.promise(14)
async def test_a_closed_scope_is_not_asked_by_anybody() -> None:
    one = line(refused(429, "SubscriptionRequestsThrottled", {"Retry-After": "17"}))

    first = await failing(one.subscription.storage_account(ACCOUNT))
    second = await failing(one.subscription.container_registry(REGISTRY))

    assert first.retry_after == 17
    assert second.retry_after == pytest.approx(17, abs=1)
    assert len(one.sent) == 1
    state = await one.subscription.operation(URL.replace("/s/", f"/{GROUP.subscription_id}/"), ACCOUNT)
    assert (state.phase, len(one.sent)) == (OperationPhase.UNREADABLE, 1)


@pytest.mark.promise(14)
async def test_a_throttled_poll_closes_its_scope_too() -> None:
    one = line(refused(429, "TooManyRequests", {"Retry-After": "17"}))
    url = URL.replace("/s/", f"/{GROUP.subscription_id}/")

    await one.subscription.operation(url, ACCOUNT)
    state = await one.subscription.operation(url, ACCOUNT)

    assert (state.phase, len(one.sent)) == (OperationPhase.UNREADABLE, 1)
    assert state.retry_after == pytest.approx(17, abs=1)


async def test_replications_come_sorted_and_from_every_page() -> None:
    def script(request: HttpRequest) -> Reply:
        if "page=2" in request.url:
            return Reply(200, {"value": [row("eastus")]})
        return Reply(200, {"value": [row("westus"), row("centralus")], "nextLink": f"{ARM}/next?page=2"})

    one = line(script)
    found = await one.subscription.replications(REGISTRY)

    assert [each.location for each in found] == ["centralus", "eastus", "westus"]
    assert len(one.sent) == 2


def row(location: str) -> dict[str, Any]:
    return {
        "id": replication(REGISTRY, location),
        "name": location,
        "location": location,
        "properties": {"provisioningState": "Succeeded", "status": {"displayStatus": "Ready"}},
    }


@pytest.mark.parametrize(
    ("reply", "phase", "because"),
    [
        (Reply(202), OperationPhase.RUNNING, "Location: not over"),
        (Reply(200, {"status": "Creating"}), OperationPhase.RUNNING, "a registry's own word for it"),
        (Reply(200, {"status": "InProgress"}), OperationPhase.RUNNING, "ARM's word for it"),
        (Reply(200, {"status": "Succeeded"}), OperationPhase.SUCCEEDED, "a status document"),
        (Reply(200, {"status": "succeeded"}), OperationPhase.SUCCEEDED, "in any case"),
        (Reply(200), OperationPhase.SUCCEEDED, "Location: done, with nothing to say"),
        (Reply(204), OperationPhase.SUCCEEDED, "so it is"),
        (Reply(200, "<html>"), OperationPhase.UNREADABLE, "a proxy's page says nothing"),
        (
            Reply(200, {"id": "/x", "properties": {"provisioningState": "Succeeded"}, "status": "odd"}),
            OperationPhase.SUCCEEDED,
            "Location: the resource itself",
        ),
        (
            Reply(200, {"status": "Failed", "error": {"code": "InternalError"}}),
            OperationPhase.FAILED,
            "it failed",
        ),
        (Reply(200, {"status": "Canceled"}), OperationPhase.FAILED, "somebody called it off"),
        (refused(409, "StorageAccountAlreadyTaken"), OperationPhase.FAILED, "the URL stands for the result"),
        (
            refused(401, "ExpiredAuthenticationToken"),
            OperationPhase.UNREADABLE,
            "says nothing of the operation",
        ),
        (refused(403, "AuthorizationFailed"), OperationPhase.UNREADABLE, "rights on the group alone"),
        (refused(404, "NotFound"), OperationPhase.UNREADABLE, "Azure forgets operations"),
        (refused(429, "TooManyRequests"), OperationPhase.UNREADABLE, "asked too often"),
        (refused(503, "ServiceUnavailable"), OperationPhase.UNREADABLE, "a brown-out"),
        (Reply(400, "no JSON"), OperationPhase.UNREADABLE, "no code, no verdict"),
        (ServiceRequestError("no network"), OperationPhase.UNREADABLE, "nobody answered"),
    ],
)
@pytest.mark.promise(6)
async def test_one_look_at_an_operation_tells_its_phase_and_never_raises(
    reply: Reply | Exception, phase: OperationPhase, because: str
) -> None:
    one = line(reply)

    state = await one.subscription.operation(URL, ACCOUNT)

    assert state.phase is phase, because
    assert len(one.sent) == 1
    assert one.transport.sent[0].url == URL
    if phase is OperationPhase.FAILED:
        assert state.failure is not None


async def test_a_running_operation_tells_when_to_look_again() -> None:
    for reply in (
        Reply(202, headers={"Retry-After": "17"}),
        Reply(200, {"status": "Creating"}, {"retry-after": "17"}),
    ):
        state = await line(reply).subscription.operation(URL, ACCOUNT)
        assert (state.phase, state.retry_after) == (OperationPhase.RUNNING, 17)


@pytest.mark.promise(13)
async def test_why_an_operation_failed_is_told_with_azures_code() -> None:
    body = {
        "status": "Failed",
        "error": {"code": "StorageAccountAlreadyTaken", "message": "The name is\ntaken."},
    }
    state = await line(Reply(200, body)).subscription.operation(URL, ACCOUNT)

    assert state.failure is not None
    assert state.failure.reason is Reason.NAME_TAKEN
    assert state.failure.sentence.startswith(
        "The operation on demo failed: The name is taken. (StorageAccountAlreadyTaken)"
    )


def step(kind: ActionKind) -> Action:
    """The step as a plan would have it."""
    settings: Any = {
        "StorageAccount": DESIRED.accounts["eastus"],
        "ContainerRegistry": DESIRED.container_registry,
        "Replication": DESIRED.replications["westus"],
        "ResourceGroup": absent(a_registry().in_azure(createResourceGroup=True)).desired.group_settings,
        "RoleAssignment": AssignmentSettings(
            ACCOUNT, GROUP.subscription_id, PrincipalType.USER, Role.BLOB_READER
        ),
        "Container": None,
        "RetentionPolicy": RetentionSettings(30),
        "LifecyclePolicy": StagingSettings(7),
    }
    targets = {
        "StorageAccount": ACCOUNT,
        "ContainerRegistry": REGISTRY,
        "Replication": WEST,
        "ResourceGroup": GROUP.id,
        "RoleAssignment": ArmId(f"{ACCOUNT}/providers/Microsoft.Authorization/roleAssignments/a"),
        "Container": container_id(ACCOUNT, "models"),
        "RetentionPolicy": retention_id(container_id(ACCOUNT, "models")),
        "LifecyclePolicy": lifecycle_id(ACCOUNT),
    }
    thing = next(one for one in settings if kind.endswith(one))
    return Action(kind, targets[thing], "because", settings[thing], {"team": "fares"}, frozenset({"tags"}))


METHODS = {"Create": "PUT", "Update": "PATCH", "Delete": "DELETE"}
AT_ONCE = frozenset(kind for kind in ActionKind if kind.endswith(("Assignment", "Container", "Policy")))


@pytest.mark.parametrize("kind", sorted(AT_ONCE - {ActionKind.UPDATE_LIFECYCLE_POLICY}))
async def test_a_step_inside_of_a_resource_is_one_request_that_is_done_at_its_answer(
    kind: ActionKind,
) -> None:
    one = line(Reply(200, {}))

    assert await one.subscription.perform(step(kind)) == Started()
    assert one.sent == [("DELETE" if kind.startswith("Delete") else "PUT", step(kind).target)]


async def test_others_lifecycle_rules_are_written_as_they_were_read_a_moment_ago() -> None:
    """The policy is one document, and a rule may say what this SDK has no name for."""
    theirs = {"name": "theirs", "enabled": True, "type": "Lifecycle", "definition": {"actions": {"new": 1}}}
    stale = {"name": STAGING_RULE, "enabled": False, "type": "Lifecycle", "definition": {"actions": {}}}
    written: list[Any] = []

    def script(request: HttpRequest) -> Reply:
        if request.method == "GET":
            return Reply(200, {"properties": {"policy": {"rules": [stale, theirs]}}})
        written.extend(json.loads(str(request.content))["properties"]["policy"]["rules"])
        return Reply(200, {})

    await line(script).subscription.perform(step(ActionKind.UPDATE_LIFECYCLE_POLICY))

    assert written[0] == theirs
    (ours,) = written[1:]
    assert ours["name"] == STAGING_RULE
    assert ours["definition"]["actions"] == {"baseBlob": {"delete": {"daysAfterModificationGreaterThan": 7}}}
    assert ours["definition"]["filters"]["prefixMatch"] == ["staging/"]


async def test_a_locked_retention_policy_is_extended_and_not_written() -> None:
    one = line(Reply(200, {}))
    action = replace(step(ActionKind.UPDATE_RETENTION_POLICY), settings=RetentionSettings(30, etag='"1"'))

    await one.subscription.perform(action)

    assert one.sent == [("POST", f"{action.target}/extend")]


@pytest.mark.promise(8)
async def test_a_right_that_somebody_else_has_assigned_meanwhile_is_as_good_as_ours() -> None:
    one = line(refused(409, "RoleAssignmentExists"))

    assert await one.subscription.perform(step(ActionKind.CREATE_ROLE_ASSIGNMENT)) == Started()


@pytest.mark.promise(13)
async def test_a_missing_right_to_assign_rights_is_told_with_the_role_that_gives_it() -> None:
    one = line(refused(403, "AuthorizationFailed"))

    found = await failing(one.subscription.perform(step(ActionKind.CREATE_ROLE_ASSIGNMENT)))

    assert found.reason is Reason.AUTHORIZATION_FAILED
    assert "Role Based Access Control Administrator" in found.remedy


async def test_role_assignments_come_from_every_page_and_compare_without_case() -> None:
    def assignment(name: str) -> dict[str, Any]:
        return {
            "id": f"/A/{name}",
            "name": name,
            "properties": {
                "scope": "/Subscriptions/S",
                "principalId": "ABC",
                "roleDefinitionId": "/subscriptions/s/providers/x/roleDefinitions/DEF",
            },
        }

    def script(request: HttpRequest) -> Reply:
        if "page=2" in request.url:
            return Reply(200, {"value": [assignment("two")]})
        return Reply(200, {"value": [assignment("one")], "nextLink": f"{ARM}/next?page=2"})

    found = await line(script).subscription.role_assignments(GROUP.id)

    assert [one.name for one in found] == ["one", "two"]
    assert {one.grant for one in found} == {Grant("/subscriptions/s", "abc", "def")}


@pytest.mark.parametrize("told_by_the_list", [False, True])
async def test_a_retention_policy_is_read_by_itself_where_the_list_does_not_show_it(
    *, told_by_the_list: bool
) -> None:
    policy = {
        "etag": "1",
        "properties": {"immutabilityPeriodSinceCreationInDays": 3, "state": "Locked"},
    }

    def script(request: HttpRequest) -> Reply:
        if "immutabilityPolicies" in request.url:
            return Reply(200, policy)
        shown = {"immutabilityPolicy": policy} if told_by_the_list else {}
        held = {"name": "models", "properties": {"hasImmutabilityPolicy": True, **shown}}
        free = {"name": "data", "properties": {"hasImmutabilityPolicy": False}}
        return Reply(200, {"value": [held, free]})

    one = line(script)
    held, free = await one.subscription.containers(ACCOUNT, retained=True)

    assert held.retention == ObservedRetention(days=3, locked=True, appends=False, etag="1")
    assert free.retention is None
    assert len(one.sent) == (1 if told_by_the_list else 2)
    plain = await one.subscription.containers(ACCOUNT, retained=False)
    assert {container.name for container in plain} == {"models", "data"}


async def test_an_account_without_a_lifecycle_policy_has_no_rule_of_ours() -> None:
    assert await line(refused(404, "ManagementPolicyNotFound")).subscription.staging_rule(ACCOUNT) is None
    other = {"name": "x", "type": "Lifecycle", "definition": {"actions": {}}}
    known = Reply(200, {"properties": {"policy": {"rules": [other]}}})
    assert await line(known).subscription.staging_rule(ACCOUNT) is None


@pytest.mark.parametrize("kind", sorted(WRITES.keys() - AT_ONCE))
@pytest.mark.promise(6)
async def test_every_step_is_one_request_of_which_the_first_answer_is_taken(kind: ActionKind) -> None:
    """The operation's URL comes back at once; nobody polls it."""
    waits = not (kind.endswith("StorageAccount") and not kind.startswith("Create"))
    status = 202 if kind.startswith("Delete") or "Account" in kind else 201
    answer = Reply(status, None if status == 202 else {}, {"Location": URL, "Retry-After": "17"})
    one = line(answer if waits else Reply(200, {}))

    started = await one.subscription.perform(step(kind))

    assert one.sent == [(METHODS[kind[:6]], step(kind).target)]
    assert started == (Started(URL, 17) if waits else Started())


def test_every_step_but_waiting_has_a_call_and_words() -> None:
    assert set(WRITES) == set(DOING) == set(ActionKind) - {ActionKind.DRAIN_STORAGE_ACCOUNT}


@pytest.mark.parametrize("kind", [kind for kind in ActionKind if kind.startswith("Delete")])
@pytest.mark.parametrize("code", ["ResourceNotFound", "ParentResourceNotFound", "ResourceGroupNotFound", ""])
@pytest.mark.promise(10)
async def test_what_is_gone_already_needs_no_deletion(kind: ActionKind, code: str) -> None:
    assert await line(refused(404, code)).subscription.perform(step(kind)) == Started()


async def test_a_404_about_anything_else_is_a_failure_of_the_deletion() -> None:
    one = line(refused(404, "SubscriptionNotFound"))

    found = await failing(one.subscription.perform(step(ActionKind.DELETE_REPLICATION)))

    assert found.reason is Reason.SUBSCRIPTION_NOT_FOUND
    assert found.message.startswith("Could not delete the replication to westus")


@pytest.mark.parametrize("code", ["MissingSubscriptionRegistration", "MissingRegistrationForLocation"])
async def test_a_provider_that_is_not_registered_is_registered_and_not_waited_for(code: str) -> None:
    def script(request: HttpRequest) -> Reply:
        return refused(409, code) if request.method == "PUT" else Reply(200, {})

    one = line(script)
    found = await failing(one.subscription.perform(step(ActionKind.CREATE_STORAGE_ACCOUNT)))

    assert found.reason is Reason.PROVIDER_NOT_REGISTERED
    assert one.sent == [
        ("PUT", ACCOUNT),
        ("POST", f"/subscriptions/{GROUP.subscription_id}/providers/Microsoft.Storage/register"),
    ]


async def test_an_account_is_created_with_what_was_declared_and_closed_by_default() -> None:
    one = line(Reply(202, None, {"Location": URL}))
    scene = settled(a_registry().with_storage("eastus", account_type="Premium_LRS", hns=True))
    desired = scene.desired.accounts["eastus"]
    action = Action(ActionKind.CREATE_STORAGE_ACCOUNT, ACCOUNT, "because", desired, desired.tags)

    await one.subscription.perform(action)

    assert one.body() == {
        "kind": "BlockBlobStorage",
        "location": "eastus",
        "sku": {"name": "Premium_LRS"},
        "tags": dict(desired.tags),
        "properties": {
            "isHnsEnabled": True,
            "minimumTlsVersion": "TLS1_2",
            "allowBlobPublicAccess": False,
            "allowSharedKeyAccess": False,
            "publicNetworkAccess": "Enabled",
            "supportsHttpsTrafficOnly": True,
        },
    }


@pytest.mark.parametrize(
    ("fields", "expected", "because"),
    [
        ({"tags"}, {"tags": {"team": "fares"}}, "tags alone"),
        ({"sku.name"}, {"sku": {"name": "Standard_LRS"}}, "redundancy alone"),
        (
            {"minimumTlsVersion", "allowSharedKeyAccess", "allowBlobPublicAccess", "publicNetworkAccess"},
            {
                "properties": {
                    "minimumTlsVersion": "TLS1_2",
                    "allowSharedKeyAccess": False,
                    "allowBlobPublicAccess": False,
                    "publicNetworkAccess": "Enabled",
                }
            },
            "properties, and what differs alone",
        ),
    ],
)
async def test_an_update_of_an_account_sends_what_differs_and_nothing_else(
    fields: set[str], expected: dict[str, Any], because: str
) -> None:
    one = await sent(ActionKind.UPDATE_STORAGE_ACCOUNT, ACCOUNT, fields, DESIRED.accounts["eastus"])

    assert one.body() == expected, because


async def sent(kind: ActionKind, target: Any, fields: set[str], settings: Any) -> Line:
    one = line(Reply(200, {}))
    await one.subscription.perform(
        Action(kind, target, "because", settings, {"team": "fares"}, frozenset(fields))
    )
    return one


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"tags"}, {"tags": {"team": "fares"}}),
        ({"sku.name"}, {"sku": {"name": "Premium"}}),
        (
            {"adminUserEnabled", "publicNetworkAccess"},
            {"properties": {"adminUserEnabled": False, "publicNetworkAccess": "Enabled"}},
        ),
    ],
)
async def test_an_update_of_a_registry_sends_what_differs_and_nothing_else(
    fields: set[str], expected: dict[str, Any]
) -> None:
    one = await sent(ActionKind.UPDATE_CONTAINER_REGISTRY, REGISTRY, fields, DESIRED.container_registry)

    assert one.body() == expected


async def test_every_field_that_can_differ_can_be_updated() -> None:
    """Else the difference would be found, and nothing sent, for ever."""
    scene = settled(a_registry())
    seen = scene.account("eastus")
    everything: dict[str, Any] = {
        "sku": "Standard_GRS",
        "minimum_tls_version": None,
        "allow_blob_public_access": True,
        "allow_shared_key_access": True,
        "public_network_access": "Disabled",
        "tags": {},
    }
    found = account_differences(scene.desired.accounts["eastus"], replace(seen, **everything))
    assert len(found) == len(everything)
    for one in found:
        body = (
            await sent(ActionKind.UPDATE_STORAGE_ACCOUNT, ACCOUNT, {one.field}, DESIRED.accounts["eastus"])
        ).body()
        assert body not in ({}, {"properties": {}}), one.field


async def test_a_group_is_told_with_whether_anything_lies_in_it() -> None:
    for contents, empty in (([], True), ([{"id": "/x"}], False)):

        def script(request: HttpRequest, contents: list[Any] = contents) -> Reply:
            if "/resources?" in request.url:
                return Reply(200, {"value": contents})
            body = {
                "location": "East US",
                "tags": {"a": "b"},
                "properties": {"provisioningState": "Succeeded"},
            }
            return Reply(200, body)

        found = await line(script).subscription.resource_group(GROUP.id)

        assert found is not None
        assert (found.location, dict(found.tags), found.provisioning_state, found.empty) == (
            "eastus",
            {"a": "b"},
            "Succeeded",
            empty,
        )
