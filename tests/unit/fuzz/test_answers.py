"""Whatever Azure answers: every call is an answer or a failure that says something, and no pass runs hot."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from azure.core.exceptions import ServiceRequestError
from azure.core.rest import HttpRequest
from hypothesis import given
from hypothesis import strategies as st
from support.manifests import a_registry
from support.mutations import STRANGE, a_share, mutated
from support.transports import ARM, Line, Reply, line
from support.worlds import GROUP, Twins, registry_passes

from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import replication
from mlregistry_operator.domain.identity import Identity
from mlregistry_operator.kube.ports import REGISTRIES
from mlregistry_operator.reconcile import loops

ACCOUNT = GROUP.storage_account("demo")
REGISTRY = GROUP.container_registry("demo")
WEST = replication(REGISTRY, "westus")
OPERATION = f"{ARM}/subscriptions/s/providers/Microsoft.Storage/locations/eastus/asyncoperations/1"
TAGS = {"mlregistry-owner": "somebody", "mlregistry-registry": "demo", "mlregistry-location": "eastus"}
ACCOUNT_BODY: dict[str, Any] = {
    "id": ACCOUNT,
    "name": "demo",
    "location": "East US",
    "kind": "StorageV2",
    "sku": {"name": "Standard_LRS", "tier": "Standard"},
    "tags": TAGS,
    "properties": {
        "provisioningState": "Succeeded",
        "isHnsEnabled": False,
        "creationTime": "2026-11-24T08:00:00Z",
        "primaryEndpoints": {"blob": "https://demo.blob.example/"},
        "minimumTlsVersion": "TLS1_2",
        "allowBlobPublicAccess": False,
        "allowSharedKeyAccess": False,
        "publicNetworkAccess": "Enabled",
    },
}
REGISTRY_BODY: dict[str, Any] = {
    "id": REGISTRY,
    "name": "demo",
    "location": "eastus",
    "sku": {"name": "Premium"},
    "tags": TAGS,
    "properties": {
        "provisioningState": "Succeeded",
        "loginServer": "demo.azurecr.example",
        "adminUserEnabled": False,
        "publicNetworkAccess": "Enabled",
        "regionalEndpoints": "Disabled",
        "creationDate": "2026-11-24T08:00:00Z",
    },
}
REPLICATION_BODY: dict[str, Any] = {
    "id": WEST,
    "name": "westus",
    "location": "westus",
    "tags": TAGS,
    "properties": {
        "provisioningState": "Succeeded",
        "status": {"displayStatus": "Ready", "message": "", "timestamp": "2026-11-24T08:00:00Z"},
    },
}
GROUP_BODY: dict[str, Any] = {
    "id": GROUP.id,
    "location": "eastus",
    "tags": {},
    "properties": {"provisioningState": "Succeeded"},
}
ASSIGNMENTS: dict[str, Any] = {
    "value": [
        {
            "id": f"{ACCOUNT}/providers/Microsoft.Authorization/roleAssignments/1",
            "name": "1",
            "properties": {
                "scope": ACCOUNT,
                "principalId": "00000000-0000-0000-0000-000000000001",
                "roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/2",
            },
        }
    ]
}
CONTAINERS: dict[str, Any] = {
    "value": [
        {
            "name": "models",
            "properties": {
                "hasImmutabilityPolicy": True,
                "immutabilityPolicy": {
                    "etag": '"1"',
                    "properties": {"immutabilityPeriodSinceCreationInDays": 3, "state": "Unlocked"},
                },
            },
        }
    ]
}
POLICY: dict[str, Any] = {
    "properties": {
        "policy": {
            "rules": [
                {
                    "enabled": True,
                    "name": "mlregistry-staging",
                    "type": "Lifecycle",
                    "definition": {
                        "actions": {"baseBlob": {"delete": {"daysAfterModificationGreaterThan": 7}}},
                        "filters": {"blobTypes": ["blockBlob"], "prefixMatch": ["staging/"]},
                    },
                }
            ]
        }
    }
}
STATUS: dict[str, Any] = {"status": "InProgress", "error": {"code": "Busy", "message": "It is so."}}
REFUSAL: dict[str, Any] = {"error": {"code": "ScopeLocked", "message": "It is so.", "details": []}}

Look = Callable[[Line], Any]
LOOKS: dict[str, tuple[Any, Look]] = {
    "account": (ACCOUNT_BODY, lambda one: one.subscription.storage_account(ACCOUNT)),
    "registry": (REGISTRY_BODY, lambda one: one.subscription.container_registry(REGISTRY)),
    "replications": ({"value": [REPLICATION_BODY]}, lambda one: one.subscription.replications(REGISTRY)),
    "replication": (REPLICATION_BODY, lambda one: one.subscription.replication(WEST)),
    "group": (GROUP_BODY, lambda one: one.subscription.resource_group(GROUP.id)),
    "assignments": (ASSIGNMENTS, lambda one: one.subscription.role_assignments(ACCOUNT)),
    "containers": (CONTAINERS, lambda one: one.subscription.containers(ACCOUNT, retained=True)),
    "staging rule": (POLICY, lambda one: one.subscription.staging_rule(ACCOUNT)),
    "operation": (STATUS, lambda one: one.subscription.operation(OPERATION, ACCOUNT)),
}
STATUSES = st.sampled_from([200, 200, 200, 200, 201, 202, 204, 301, 400, 401, 404, 409, 429, 500, 503, 599])
HEADERS = st.sampled_from(
    [
        {},
        {},
        {"Retry-After": "-1"},
        {"Retry-After": "9" * 40},
        {"Location": "x"},
        {"Content-Type": "text/xml"},
    ]
)
TEXTS = st.sampled_from(["", "{", "null", "[]", "7", '"text"', "<xml/>", "\x00", "{" * 2_000, "NaN"])
MOST_REQUESTS = 50


def replies(body: Any) -> st.SearchStrategy[Reply]:
    return st.builds(Reply, STATUSES, mutated(body) | mutated(REFUSAL) | STRANGE | TEXTS, HEADERS)


@pytest.mark.promise(13)
@pytest.mark.parametrize("look", LOOKS)
@given(data=st.data())
async def test_a_look_is_an_answer_or_a_failure_whatever_comes_back(look: str, data: st.DataObject) -> None:
    body, asks = LOOKS[look]
    one = line(data.draw(replies(body)))

    with contextlib.suppress(CloudError):
        await asks(one)


class Adapter:
    """Opens the one subscription behind a line. Implements `Clouds`."""

    def __init__(self, one: Line) -> None:
        self._line = one

    async def open(self, _: Identity, __: str) -> Any:
        return self._line.subscription

    async def close(self) -> None:
        return None


def answered(request: HttpRequest, twins: Twins) -> Any:
    """What Azure would say to a request if all were well."""
    path = request.url.partition("?")[0].removeprefix(ARM)
    own = TAGS | {"mlregistry-owner": twins.owner_tag, "mlregistry-registry": "registry"}
    for part, body in (
        ("/roleAssignments", ASSIGNMENTS),
        ("/managementPolicies", POLICY),
        ("/containers", CONTAINERS),
        ("/replications", {"value": [REPLICATION_BODY]} if path.endswith("s") else REPLICATION_BODY),
        ("/registries/", REGISTRY_BODY | {"tags": own}),
        ("/storageAccounts/", ACCOUNT_BODY | {"tags": own}),
        ("/resources", {"value": []}),
        ("/resourceGroups/", GROUP_BODY),
    ):
        if part in path:
            return body | ({"id": path, "name": path.rpartition("/")[2]} if "id" in body else {})
    return STATUS


@pytest.mark.promise(13)
@pytest.mark.promise(17)
@a_share(0.2)
@given(data=st.data())
async def test_a_pass_says_what_is_and_does_not_run_hot_whatever_azure_answers(data: st.DataObject) -> None:
    twins = Twins(a_registry())
    asked = 0

    def script(request: HttpRequest) -> Reply | Exception:
        nonlocal asked
        asked += 1
        if asked > MOST_REQUESTS:
            return ServiceRequestError("the test has seen enough")
        return data.draw(replies(answered(request, twins)))

    world = replace(twins.world, clouds=Adapter(line(script)))
    passes, began, spent = registry_passes(twins.content), twins.clock.seconds, 0
    while spent < 12:
        outcome = await loops._one_pass(
            passes.reconcile, loops._Turn(REGISTRIES, twins.key), twins.memory, world
        )
        spent += 1
        assert twins.condition("Ready") is not None, "no pass ends without a word"
        assert not outcome.held, "what an answer does is the failure of the call, and never of the pass"
        twins.clock.advance(outcome.delay)
        if outcome.delay > 60:
            break

    assert spent < 12 or twins.clock.seconds - began > 2.0, "passes follow one another without a wait"
