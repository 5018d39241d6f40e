"""The main job in a cluster: the examples, and the operator as the chart starts it."""

import hashlib
import json

import pytest
from support.e2e import PLATFORM, REGISTRY, TEAM, Stage

from hack.controlplane.plane import KubectlError
from hack.world.teams import ACCOUNT, MODEL

REGIONS = ("eastus", "eastus2", "westus")
EVERY_ASSET = ("assets/environment.yaml", "assets/model.yaml", "assets/component.yaml", "assets/data.yaml")


@pytest.mark.promise(1)
def test_a_registry_becomes_ready_in_every_region(stage: Stage) -> None:
    with stage.timed("registry in three regions"):
        stage.apply_example("registry.yaml")
        stage.wait("condition=Ready", REGISTRY, PLATFORM)

    rows = stage.look(REGISTRY, PLATFORM)["status"]["regions"]
    assert {row["location"]: row["state"] for row in rows} == dict.fromkeys(REGIONS, "Ready")
    accounts = stage.cloud.client.resources("Microsoft.Storage/storageAccounts")
    ours = {one["location"] for one in accounts if "mlregistry-owner" in one.get("tags", {})}
    assert ours == set(REGIONS)


@pytest.mark.promise(11)
def test_an_asset_of_each_type_is_published_with_the_same_bytes_everywhere(stage: Stage) -> None:
    with stage.timed("four assets in three regions"):
        stage.apply_example(*EVERY_ASSET)
        stage.wait("condition=Ready", "mlassets", "--all", TEAM)

    wanted = sha256(stage, ACCOUNT, "models", f"{MODEL}/model.pkl")
    rows = stage.look("mlasset/taxi-fare-3", TEAM)["status"]["regions"]
    assert len(rows) == len(REGIONS)
    for row in rows:
        account, container, path = row["uri"].split("/", 5)[3:]
        assert sha256(stage, account, container, f"{path}model.pkl") == wanted, row["location"]


@pytest.mark.promise(11)
def test_a_version_is_promoted_by_its_digest(stage: Stage) -> None:
    with stage.timed("promotion to two registries"):
        stage.apply_example("registry-storage.yaml", "promotion/test.yaml", "promotion/prod.yaml")
        stage.wait("condition=Ready", "mlassets", "--all", PLATFORM)

    first = stage.look("mlasset/taxi-fare-3", TEAM)["status"]
    last = stage.look("mlasset/prod-taxi-fare-3", PLATFORM)["status"]
    assert first["digest"] == last["digest"]


@pytest.mark.promise(7)
def test_the_api_server_refuses_another_primary_region(stage: Stage) -> None:
    change = json.dumps({"spec": {"location": "westus"}})

    said = stage.refusal("patch", REGISTRY, PLATFORM, "--type=merge", f"--patch={change}")

    assert "primary region" in said


@pytest.mark.promise(9)
def test_the_webhook_refuses_through_its_service_what_only_it_can_know(stage: Stage) -> None:
    said = stage.refusal("delete", REGISTRY, PLATFORM)

    assert "taxi-fare" in said


@pytest.mark.promise(1)
def test_what_somebody_changes_in_azure_is_put_right(stage: Stage) -> None:
    account = stage.look(REGISTRY, PLATFORM)["status"]["regions"][1]["storageAccount"]
    stage.cloud.client.patch_resource(account["id"], {"tags": {"foo": "changed"}})

    with stage.timed("drift put right"):
        stage.kubectl("annotate", "--overwrite", REGISTRY, PLATFORM, "mlregistry.io/reconcile-at=drift")
        stage.until(lambda: tag(stage, account["id"]) == "bar", "the tag is what the registry declares")

    stage.until(
        lambda: any(
            one["target"] == account["id"] for one in stage.look(REGISTRY, PLATFORM)["status"]["drift"]
        ),
        "the drift is told",
    )


@pytest.mark.parametrize(("role", "may_write"), [("view", "no"), ("edit", "yes")])
def test_people_may_do_with_assets_what_their_role_says(stage: Stage, role: str, may_write: str) -> None:
    stage.kubectl("create", "rolebinding", f"a-{role}", f"--clusterrole={role}", f"--user=a-{role}", TEAM)

    assert may(stage, role, "get") == "yes"
    assert may(stage, role, "create") == may_write


def may(stage: Stage, role: str, verb: str) -> str:
    """The API server's own word; kubectl exits with 1 where it is no."""
    arguments = ("auth", "can-i", verb, "mlassets", TEAM, f"--as=a-{role}")
    try:
        return stage.kubectl(*arguments).strip()
    except KubectlError as error:
        if error.said:  # anything but the plain no of an exit code
            raise
        return "no"


def tag(stage: Stage, resource: str) -> str:
    found = stage.cloud.client.resource(resource) or {}
    return str(found.get("tags", {}).get("foo"))


def sha256(stage: Stage, account: str, container: str, path: str) -> str:
    found = hashlib.sha256()
    for chunk in stage.cloud.client.blob_chunks(account, container, path):
        found.update(chunk)
    return found.hexdigest()
