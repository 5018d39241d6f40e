"""`spec.access`: roles in Azure are assigned, told, and taken away again; others' are left alone."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.identity import ClientSecretCredential
from azure.storage.blob import BlobServiceClient
from support.audits import AuditLog
from support.clouds import GROUP, MockCloud
from support.clusters import Cluster, condition, is_ready
from support.manifests import Manifest, RegistryBuilder, a_registry, an_asset
from support.watches import History

from hack.world.operators import OperatorProcess
from mockcloud import defaults
from mockcloud.authorization import ROLES

SCOPE = f"/subscriptions/{defaults.SUBSCRIPTION_ID}"
ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"
USERS, PUBLISHER, MANAGERS = (str(uuid.UUID(int=number)) for number in (1, 2, 3))
PEOPLE: dict[str, dict[str, Any]] = {
    USERS: {"clientId": str(uuid.UUID(int=11)), "clientSecret": "u", "type": "Group"},
    PUBLISHER: {"clientId": str(uuid.UUID(int=12)), "clientSecret": "p", "type": "ServicePrincipal"},
    MANAGERS: {"clientId": str(uuid.UUID(int=13)), "clientSecret": "m", "type": "Group"},
}
TITLES = {role.guid: role.name for role in ROLES}
THREE = a_registry().in_regions("eastus", "eastus2", "westus")

pytestmark = pytest.mark.usefixtures("operator")


def entry(role: str, principal: str) -> Manifest:
    return {"principalId": principal, "principalType": PEOPLE[principal]["type"], "role": role}


ACCESS = [
    entry("AssetUser", USERS),
    entry("AssetPublisher", PUBLISHER),
    entry("RegistryManager", MANAGERS),
]
OPEN = THREE.with_spec(access=ACCESS)


def grant_operator(cloud: MockCloud, *roles: str) -> None:
    """The operator's roles from now on, beside Contributor."""
    mine = [{"role": role, "scope": SCOPE} for role in ("Contributor", *roles)]
    known = [one for one in cloud.principals() if one["principalId"] != defaults.OPERATOR_PRINCIPAL_ID]
    (operator,) = [one for one in cloud.principals() if one not in known]
    cloud.principals([*known, operator | {"roles": mine}])


@pytest.fixture(autouse=True)
def directory(cloud: MockCloud, idle_operator: OperatorProcess) -> Iterator[None]:
    """Three principals, and an operator that may assign roles and write blobs."""
    assert idle_operator
    cloud.principals([*cloud.principals(), *({"principalId": key} | one for key, one in PEOPLE.items())])
    grant_operator(cloud, "Role Based Access Control Administrator", "Storage Blob Data Contributor")
    cloud.settings(principalsMustExist=True)
    yield
    for one in cloud.resources(ASSIGNMENTS):
        cloud.delete_resource(one["id"])


def assigned(cloud: MockCloud) -> set[tuple[str, str, str]]:
    """Who has which role where: the scope's last word."""
    return {
        (
            one["properties"]["principalId"],
            TITLES[one["properties"]["roleDefinitionId"].rsplit("/", 1)[-1]],
            one["properties"]["scope"].rsplit("/", 1)[-1],
        )
        for one in cloud.resources(ASSIGNMENTS)
    }


def access_ready(seen: Manifest) -> tuple[str | None, str | None]:
    found = condition(seen, "AccessReady")
    return found.get("status"), found.get("reason")


def ready(cluster: Cluster, registry: RegistryBuilder) -> Manifest:
    cluster.apply(registry)
    cluster.ready(registry)
    return cluster.wait(registry, lambda seen: "assets" in seen["status"], because="assets are counted too")


def service(cloud: MockCloud, location: str, principal: str) -> BlobServiceClient:
    """The account of a region as the principal sees it."""
    who = PEOPLE[principal]
    ca = str(cloud.cloud.ca)
    credential = ClientSecretCredential(
        defaults.TENANT_ID,
        who["clientId"],
        who["clientSecret"],
        authority=cloud.cloud.url,
        disable_instance_discovery=True,
        connection_verify=ca,
    )
    name = cloud.accounts()[location]["name"]
    return BlobServiceClient(
        f"{cloud.cloud.url}/{name}", credential=credential, connection_verify=ca, retry_total=0
    )


@pytest.mark.promise(15)
def test_the_three_tiers_are_assigned_once_and_cost_three_reads_a_region_at_most(
    cluster: Cluster, cloud: MockCloud, audit: AuditLog, operator: OperatorProcess
) -> None:
    seen = ready(cluster, OPEN)

    accounts = {one["name"] for one in cloud.accounts().values()}
    images = cloud.registries()[0]["name"]
    assert assigned(cloud) == {
        *((who, "Storage Blob Data Reader", name) for who in (USERS, PUBLISHER) for name in accounts),
        *((who, "AcrPull", images) for who in (USERS, PUBLISHER)),
        *((MANAGERS, "Contributor", name) for name in (*accounts, images)),
        (PUBLISHER, "Storage Blob Data Contributor", "staging"),
    }
    (staging,) = [one for one in cloud.resources(ASSIGNMENTS) if one["id"].count("/containers/staging/")]
    assert cloud.accounts()["eastus"]["id"] in staging["id"]
    assert access_ready(seen) == ("True", "Succeeded")
    assert all(count == 1 for count in cloud.writes_per_resource().values())

    operator.restart()
    cluster.look_now(OPEN)
    mark, quiet = cloud.last_request(), audit.from_here()
    cluster.look_now(OPEN)
    requests = cloud.arm_requests(mark)
    assert {one["method"] for one in requests} == {"GET"}
    assert len(requests) <= 3 * 3
    assert [(write.verb, write.resource) for write in quiet.writes()] == [("patch", "mlregistries/status")]
    assert all(count == 1 for count in cloud.writes_per_resource().values()), "nor after a restart"


def test_a_publisher_writes_into_staging_and_nowhere_else(cluster: Cluster, cloud: MockCloud) -> None:
    ready(cluster, OPEN)
    account = cloud.accounts()["eastus"]["name"]
    cloud.put_blob(account, "models", "taxi/1/manifest.json", b"published")
    publisher, user = service(cloud, "eastus", PUBLISHER), service(cloud, "eastus", USERS)

    publisher.get_blob_client("staging", "new/model.bin").upload_blob(b"bytes")

    published = publisher.get_blob_client("models", "taxi/1/manifest.json")
    assert published.download_blob().readall() == b"published"
    for forbidden in (
        published.delete_blob,
        lambda: publisher.get_blob_client("models", "other").upload_blob(b"x"),
        lambda: user.get_blob_client("staging", "x").upload_blob(b"x"),
        lambda: service(cloud, "eastus", MANAGERS).get_blob_client("models", "x").upload_blob(b"x"),
    ):
        with pytest.raises(HttpResponseError) as refused:
            forbidden()
        assert refused.value.status_code == 403
    assert user.get_blob_client("staging", "new/model.bin").download_blob().readall() == b"bytes"


def test_what_lies_in_staging_is_the_source_of_an_asset(cluster: Cluster, cloud: MockCloud) -> None:
    ready(cluster, OPEN)
    account = cloud.accounts()["eastus"]
    service(cloud, "eastus", PUBLISHER).get_blob_client("staging", "taxi/model.bin").upload_blob(b"bytes")
    endpoint = account["properties"]["primaryEndpoints"]["blob"].rstrip("/")
    asset = an_asset().of_type("Model").with_spec(source={"blob": {"url": f"{endpoint}/staging/taxi"}})

    cluster.apply(asset)
    cluster.ready(asset)

    for one in cloud.accounts().values():
        assert cloud.get_blob(one["name"], "models", "taxi-fare/1/files/model.bin") == b"bytes"
    cluster.delete(asset)
    cluster.gone(asset, because="its content stays")


def test_staging_is_emptied_by_a_rule_beside_those_of_others(cluster: Cluster, cloud: MockCloud) -> None:
    ready(cluster, THREE)
    policy = f"{cloud.accounts()['eastus']['id']}/managementPolicies/default"
    theirs = {"name": "theirs", "enabled": True, "type": "Lifecycle", "definition": {"actions": {"x": 1}}}
    cloud.put_resource(policy, {"properties": {"policy": {"rules": [theirs]}}})

    ready(cluster, OPEN)

    rules = (cloud.resource(policy) or {})["properties"]["policy"]["rules"]
    assert [one["name"] for one in rules] == ["theirs", "mlregistry-staging"]
    assert rules[0] == theirs
    delete = rules[1]["definition"]["actions"]["baseBlob"]["delete"]
    assert delete == {"daysAfterModificationGreaterThan": 7}


@pytest.mark.promise(13)
def test_a_principal_that_does_not_exist_yet_is_awaited_and_holds_nobody_up(
    cluster: Cluster, cloud: MockCloud
) -> None:
    late = str(uuid.uuid4())
    entries = [entry("AssetUser", USERS), {"principalId": late, "principalType": "User", "role": "AssetUser"}]
    registry = a_registry().with_spec(access=entries)
    cluster.apply(registry)

    waiting = cluster.wait(
        registry,
        lambda seen: (
            access_ready(seen) == ("False", "PrincipalNotFound")
            and condition(seen, "StorageReady").get("status") == "True"
            and len(assigned(cloud)) == 2
        ),
        because="the others are assigned meanwhile",
    )
    assert not is_ready(waiting)
    assert waiting["status"]["readyRegions"] == "1/1", "infrastructure only"
    assert condition(waiting, "Reconciling")
    assert late.replace("-", "") in condition(waiting, "AccessReady")["message"]
    assert "spec.access[].principalId" in condition(waiting, "AccessReady")["message"]

    cloud.principals([*cloud.principals(), {"principalId": late, "clientId": late, "type": "User"}])

    cluster.ready(registry)
    assert len(assigned(cloud)) == 4


@pytest.mark.promise(13)
def test_a_missing_right_to_assign_is_told_with_its_remedy_and_goes_on_once_given(
    cluster: Cluster, cloud: MockCloud
) -> None:
    grant_operator(cloud)
    registry = a_registry().with_spec(access=[entry("AssetUser", USERS)])
    cluster.apply(registry)

    stalled = cluster.wait(
        registry, lambda seen: condition(seen, "Stalled"), because="only a person can grant a right"
    )
    assert access_ready(stalled) == ("False", "AuthorizationFailed")
    message = condition(stalled, "Ready")["message"]
    assert "AuthorizationFailed" in message
    assert "Role Based Access Control Administrator or User Access Administrator" in message

    grant_operator(cloud, "User Access Administrator")
    cluster.ready(registry)


@pytest.mark.promise(8)
def test_what_leaves_the_spec_is_taken_away_and_what_others_assigned_stays(
    cluster: Cluster, cloud: MockCloud, history: History
) -> None:
    ready(cluster, OPEN)
    theirs = f"{cloud.accounts()['westus']['id']}/providers/{ASSIGNMENTS}/{uuid.uuid4()}"
    told = (cloud.resources(ASSIGNMENTS)[0]["properties"]) | {"scope": cloud.accounts()["westus"]["id"]}
    owner = next(role.guid for role in ROLES if role.name == "Reader")
    cloud.put_resource(
        theirs,
        {"properties": told | {"roleDefinitionId": f"/x/roleDefinitions/{owner}", "principalId": USERS}},
    )

    seen = ready(cluster, THREE.with_spec(access=[entry("AssetUser", PUBLISHER)]))
    assert access_ready(seen) == ("True", "Succeeded")
    left = assigned(cloud)
    assert {one for one in left if one[0] == PUBLISHER} == {
        one for one in left if one[1] in {"Storage Blob Data Reader", "AcrPull"}
    }
    assert (USERS, "Reader", cloud.accounts()["westus"]["name"]) in left

    cluster.apply(THREE)
    cluster.wait(
        THREE, lambda seen: access_ready(seen) == ("True", "NotDeclared"), because="nothing is declared"
    )
    assert [one["id"] for one in cloud.resources(ASSIGNMENTS)] == [theirs]
    assert history

    mark = cloud.last_request()
    cluster.look_now(THREE)
    assert not [one for one in cloud.arm_requests(mark) if "roleAssignments" in one["path"]]


@pytest.mark.promise(8)
def test_a_right_that_others_have_assigned_is_not_assigned_again_and_never_taken_away(
    cluster: Cluster, cloud: MockCloud
) -> None:
    registry = a_registry()
    ready(cluster, registry)
    account = cloud.accounts()["eastus"]
    reader = next(role.guid for role in ROLES if role.name == "Storage Blob Data Reader")
    theirs = f"{account['id']}/providers/{ASSIGNMENTS}/{uuid.uuid4()}"
    said = {"roleDefinitionId": f"/x/roleDefinitions/{reader}", "principalId": USERS, "scope": account["id"]}
    cloud.put_resource(theirs, {"properties": said})

    seen = ready(cluster, registry.with_spec(access=[entry("AssetUser", USERS)]))
    assert "1 of them by somebody else" in condition(seen, "AccessReady")["message"]

    cluster.apply(registry)
    cluster.wait(
        registry, lambda seen: access_ready(seen) == ("True", "NotDeclared"), because="nothing is declared"
    )
    assert [one["id"] for one in cloud.resources(ASSIGNMENTS)] == [theirs]


@pytest.mark.promise(2)
def test_an_assignment_that_somebody_took_away_comes_back_and_is_told(
    cluster: Cluster, cloud: MockCloud
) -> None:
    ready(cluster, OPEN)
    before = assigned(cloud)
    gone = cloud.resources(ASSIGNMENTS)[0]["id"]
    cloud.delete_resource(gone)

    cluster.look_now(OPEN)
    seen = cluster.wait(
        OPEN,
        lambda seen: is_ready(seen) and seen["status"].get("drift") and assigned(cloud) == before,
        because="what is declared is put right",
    )
    (told,) = seen["status"]["drift"]
    assert (told["target"], told["field"], told["observed"], told["corrected"]) == (
        gone,
        "exists",
        "false",
        True,
    )


@pytest.mark.promise(8)
def test_what_only_observes_plans_the_access_and_touches_nothing(cluster: Cluster, cloud: MockCloud) -> None:
    registry = a_registry()
    ready(cluster, registry)

    with cloud.silence(because="ObserveOnly reads"):
        observing = registry.with_spec(
            managementPolicy="ObserveOnly", access=[entry("AssetPublisher", PUBLISHER)]
        )
        cluster.apply(observing)
        planned = cluster.wait(observing, lambda seen: seen["status"].get("plan"), because="it is planned")

    assert sorted(step["action"] for step in planned["status"]["plan"]) == [
        "CreateContainer",
        *["CreateRoleAssignment"] * 3,
        "UpdateLifecyclePolicy",
    ]
    assert condition(planned, "Ready")["reason"] == "PlanPending"


@pytest.mark.promise(10)
def test_assignments_go_with_what_they_were_made_for(cluster: Cluster, cloud: MockCloud) -> None:
    registry = OPEN.deleted_with_its_data().with_spec(regionRemovalPolicy="Delete")
    ready(cluster, registry)
    fewer = registry.in_regions("eastus", "westus")
    ready(cluster, fewer)
    cluster.wait(fewer, lambda seen: len(seen["status"]["regions"]) == 2, because="a region has left")
    assert {one["location"] for one in cloud.accounts().values()} == {"eastus", "westus"}
    assert all("eastus2" not in one["id"] for one in cloud.resources(ASSIGNMENTS))

    cluster.delete(registry)
    cluster.gone(registry, because="everything may go")
    assert cloud.resources(ASSIGNMENTS) == []
    assert cloud.resources("Microsoft.Storage/storageAccounts") == []
    assert cloud.resource(GROUP)
