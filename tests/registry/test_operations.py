"""Long operations that cannot be followed, and services that have to be switched on first."""

import re
import ssl
from typing import Any

import httpx
import pytest
from support.clouds import GROUP, MockCloud
from support.clusters import Cluster, condition
from support.manifests import a_registry

from mockcloud import defaults

REGISTRY = a_registry().in_regions("eastus", "westus")
POLLS = "/(asyncoperations|operationStatuses|operationResults)/"

pytestmark = pytest.mark.usefixtures("operator")


def follow_up_calls(cloud: MockCloud) -> list[int]:
    """How looks at operations were answered."""
    return [
        entry["status"] for entry in cloud.arm_requests() if re.search(POLLS, entry["path"], re.IGNORECASE)
    ]


@pytest.mark.promise(6)
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"status": 404, "errorCode": "OperationNotFound"}, id="forgotten"),
        pytest.param({"status": 429, "headers": {"Retry-After": "1"}}, id="throttled"),
        pytest.param({"status": 503, "errorCode": "ServiceUnavailable"}, id="unavailable"),
        pytest.param({"reset": "before"}, id="reset"),
    ],
)
def test_an_operation_that_cannot_be_looked_at_never_repeats_the_write(
    cluster: Cluster, cloud: MockCloud, fault: dict[str, Any]
) -> None:
    cloud.settings(lroSeconds=1.5)
    cloud.fault(method="GET", pathRegex=POLLS, times=None, **fault)

    cluster.apply(REGISTRY)
    cluster.ready(REGISTRY)

    assert cloud.faults()[0]["hits"] > 0
    assert set(cloud.writes_per_resource().values()) == {1}


@pytest.mark.promise(14)
def test_a_running_operation_is_looked_at_no_sooner_than_azure_asks(
    cluster: Cluster, cloud: MockCloud
) -> None:
    cloud.settings(lroSeconds=3, retryAfterSeconds=2)

    cluster.apply(a_registry())
    cluster.ready(a_registry())

    looks: dict[str, list[float]] = {}
    for entry in cloud.arm_requests():
        if re.search(POLLS, entry["path"], re.IGNORECASE):
            looks.setdefault(entry["path"], []).append(entry["time"])
    assert len(looks) == 2, "the account's and the registry's"
    for times in looks.values():
        assert len(times) == 2, "one while it runs, one when it is over"
        assert times[1] - times[0] >= 2


@pytest.mark.promise(6)
def test_an_identity_with_rights_on_the_group_alone_is_enough(cluster: Cluster, cloud: MockCloud) -> None:
    """It may not read the subscription's operations, although they go through (container registry FAQ)."""
    people = cloud.principals()
    for person in people:
        if person["clientId"] == defaults.OPERATOR_CLIENT_ID:
            person["roles"] = [{"role": "Contributor", "scope": GROUP}]
    cloud.principals(people)
    cloud.settings(lroSeconds=1)
    registry = REGISTRY.deleted_with_its_data()

    cluster.apply(registry)
    cluster.ready(registry)
    assert 403 in follow_up_calls(cloud)
    assert set(cloud.writes_per_resource().values()) == {1}

    before = cloud.last_request()
    cluster.delete(registry)
    cluster.gone(registry, because="a resource that is gone tells the end of its deletion")
    assert set(cloud.writes_per_resource(before).values()) == {1}


@pytest.mark.promise(13)
def test_providers_that_are_not_registered_are_registered(cluster: Cluster, cloud: MockCloud) -> None:
    cloud.settings(lroSeconds=0.5)
    for namespace in ("Microsoft.Storage", "Microsoft.ContainerRegistry"):
        as_owner(cloud, "POST", f"/subscriptions/{defaults.SUBSCRIPTION_ID}/providers/{namespace}/unregister")
    before = cloud.last_request()

    cluster.apply(REGISTRY)
    cluster.ready(REGISTRY)

    registered = {entry["path"] for entry in cloud.arm_writes(before) if entry["method"] == "POST"}
    assert {path.split("/")[-2].lower() for path in registered} == {
        "microsoft.storage",
        "microsoft.containerregistry",
    }


@pytest.mark.promise(13)
def test_who_may_not_register_a_provider_is_told_the_command(cluster: Cluster, cloud: MockCloud) -> None:
    as_owner(
        cloud, "POST", f"/subscriptions/{defaults.SUBSCRIPTION_ID}/providers/Microsoft.Storage/unregister"
    )
    cloud.fault(
        method="POST", pathRegex="/register$", status=403, errorCode="AuthorizationFailed", times=None
    )

    cluster.apply(REGISTRY)
    told = cluster.wait(
        REGISTRY,
        lambda seen: "az provider register" in condition(seen, "Ready").get("message", ""),
        because="a person can register it",
    )
    assert "MissingSubscriptionRegistration" in condition(told, "Ready")["message"]

    cloud.clear_faults()
    cluster.ready(REGISTRY)


def as_owner(cloud: MockCloud, method: str, path: str) -> None:
    """One request to the resource manager, as the subscription's owner at a terminal."""
    form = {
        "grant_type": "client_credentials",
        "client_id": defaults.OWNER_CLIENT_ID,
        "client_secret": defaults.OWNER_CLIENT_SECRET,
        "scope": f"{cloud.cloud.url}/.default",
    }
    with httpx.Client(
        base_url=cloud.cloud.url,
        verify=ssl.create_default_context(cafile=str(cloud.cloud.ca)),
        trust_env=False,
    ) as http:
        token = http.post(f"/{defaults.TENANT_ID}/oauth2/v2.0/token", data=form).raise_for_status().json()
        bearer = {"Authorization": f"Bearer {token['access_token']}"}
        http.request(method, f"{path}?api-version=2022-09-01", headers=bearer).raise_for_status()
