"""One store for each region: who has an image when, and what the replications say of it."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from support.images import an_image, code_of
from support.waiting import until

from mockcloud.data.images.content import Change, Holding, Images, Manifest, Pending, Repository, Tag
from mockcloud.server import MockCloudThread

REPOSITORY = "environments/sklearn"
SOURCE = {"registryUri": "mcr.example", "sourceImage": "base/sklearn:1"}


async def status(registry: Any, location: str = "westus") -> dict[str, str]:
    path = f"{registry.id}/replications/{location}"
    answer = await registry.caller.arm("GET", path, version="2025-11-01")
    found: dict[str, str] = answer.json()["properties"]["status"]
    return found


async def test_the_home_region_has_an_image_at_once_and_a_replica_after_the_delay(registry: Any) -> None:
    registry.mock.settings(replicationSeconds=0.5)
    image = an_image()
    await registry.push(image)
    home, replica = await registry.client("eastus"), await registry.client("westus")
    assert (await home.get_manifest(REPOSITORY, "1")).digest == image.digest
    with pytest.raises(ResourceNotFoundError):
        await replica.get_manifest(REPOSITORY, "1")

    async def there() -> Any:
        try:
            return await replica.get_manifest(REPOSITORY, "1")
        except ResourceNotFoundError:
            return None

    assert (await until(there)).digest == image.digest


async def test_a_replication_says_syncing_and_then_ready_with_a_time_after_the_image(registry: Any) -> None:
    before = await status(registry)
    assert before["displayStatus"] == "Ready"
    registry.mock.settings(replicationSeconds=0.5)
    await registry.push(an_image())
    assert (await status(registry))["displayStatus"] == "Syncing"

    async def ready() -> dict[str, str] | None:
        found = await status(registry)
        return found if found["displayStatus"] == "Ready" else None

    after = await until(ready)
    tag = await (await registry.client()).get_tag_properties(REPOSITORY, "1")
    assert dt.datetime.fromisoformat(after["timestamp"]) > tag.last_updated_on
    assert dt.datetime.fromisoformat(before["timestamp"]) < tag.last_updated_on


async def test_a_new_replica_is_ready_once_it_has_what_was_there_before_it(registry: Any) -> None:
    image = an_image()
    await registry.push(image)
    registry.mock.settings(replicationSeconds=0.5)
    path = f"{registry.id}/replications/northeurope"
    await registry.caller.arm("PUT", path, {"location": "northeurope"}, version="2025-11-01")
    assert (await status(registry, "northeurope"))["displayStatus"] == "Syncing"
    await registry.push(an_image("late"), tag="2")

    async def ready() -> dict[str, str] | None:
        found = await status(registry, "northeurope")
        return found if found["displayStatus"] == "Ready" else None

    after = await until(ready)
    replica = await registry.client("northeurope")
    assert (await replica.get_manifest(REPOSITORY, "1")).digest == image.digest
    tag = await replica.get_tag_properties(REPOSITORY, "2")
    assert dt.datetime.fromisoformat(after["timestamp"]) > tag.last_updated_on


async def test_changes_reach_a_replica_in_their_order_deletions_too(registry: Any) -> None:
    await registry.push(an_image("first"))
    await registry.push(an_image("second"))
    await (await registry.client()).delete_manifest(REPOSITORY, an_image("first").digest)
    listed = {(row["location"], row["digest"]) for row in registry.mock.images("images01")}
    assert listed == {(place, an_image("second").digest) for place in ("eastus", "westus")}


async def test_what_is_pushed_to_a_replica_reaches_the_home_region_later(registry: Any) -> None:
    image = an_image()
    registry.mock.settings(replicationSeconds=0.5)
    await registry.push(image, region="westus")
    assert registry.mock.get_image("images01", "westus", REPOSITORY, "1") == image.content
    assert registry.mock.get_image("images01", "eastus", REPOSITORY, "1") is None

    async def home() -> bytes | None:
        found: bytes | None = registry.mock.get_image("images01", "eastus", REPOSITORY, "1")
        return found

    assert await until(home) == image.content


async def test_a_region_out_of_service_answers_nothing_and_catches_up_afterwards(registry: Any) -> None:
    registry.mock.region("westus", available=False)
    image = an_image()
    await registry.push(image)
    replica = await registry.client("westus")
    with pytest.raises(HttpResponseError) as down:
        await replica.get_manifest(REPOSITORY, "1")
    assert down.value.status_code == 503
    assert registry.mock.get_image("images01", "westus", REPOSITORY, "1") is None
    registry.mock.region("westus", available=True)
    assert (await replica.get_manifest(REPOSITORY, "1")).digest == image.digest


async def test_the_login_server_is_down_with_its_region_and_the_others_are_not(registry: Any) -> None:
    await registry.push(an_image())
    registry.mock.region("eastus", available=False)
    with pytest.raises(HttpResponseError) as down:
        await (await registry.client()).get_manifest(REPOSITORY, "1")
    assert await code_of(down.value) == "UNAVAILABLE"
    assert (await (await registry.client("westus")).get_manifest(REPOSITORY, "1")).digest


@pytest.mark.parametrize(
    ("because", "switched", "region"),
    [
        ("the registry has not switched them on", "Disabled", "westus"),
        ("the registry has no replica there", "Enabled", "northeurope"),
    ],
)
async def test_there_is_no_regional_endpoint_where(
    registry: Any, because: str, switched: str, region: str
) -> None:
    registry.mock.patch_resource(registry.id, {"properties": {"regionalEndpoints": switched}})
    with pytest.raises(ResourceNotFoundError) as missing:
        await (await registry.client(region)).get_manifest(REPOSITORY, "1")
    assert await code_of(missing.value) == "HOST_UNKNOWN", because


async def test_regional_endpoints_that_are_not_offered_cannot_be_switched_on(azure: Any, owner: Any) -> None:
    azure.mock.settings(regionalEndpoints=False)
    asked = {"location": "eastus", "sku": {"name": "Premium"}, "properties": {"regionalEndpoints": "Enabled"}}
    path = azure.registry_id("Images02")
    made = (await owner.arm("PUT", path, asked, version="2025-11-01")).json()["properties"]
    assert "regionalEndpoints" not in made
    assert "regionalEndpointHostNames" not in made


async def test_a_registry_made_again_is_empty(azure: Any, registry: Any) -> None:
    await registry.push(an_image())
    azure.mock.delete_resource(registry.id)
    azure.mock.put_resource(registry.id, {"location": "eastus"})
    assert azure.mock.images("images01") == []


async def test_images_outlive_a_restart(tmp_path: Path) -> None:
    image = an_image()
    with MockCloudThread(state=tmp_path, settings={"replicationSeconds": 0}) as cloud:
        cloud.client.put_image("Images01", "eastus", REPOSITORY, "1", image.content)
        cloud.client.put_image("external", "mcr.example", "base/sklearn", "1", image.content)
    with MockCloudThread(state=tmp_path) as cloud:
        assert cloud.client.get_image("images01", "eastus", REPOSITORY, image.digest) == image.content
        assert cloud.client.get_image("external", "mcr.example", "base/sklearn", "1") == image.content


def test_what_is_on_its_way_is_kept_as_json_and_comes_back_as_it_was() -> None:
    manifest, tag = Manifest(an_image().content, "application/json", 1.5), Tag(an_image().digest, 1.5, 2.5)
    repository = Repository({manifest.digest: manifest}, {"1": tag}, {"sha256:0": b"\x00\xff"})
    changes = (
        Change("a", "tags", "1", tag),
        Change("a", "manifests", manifest.digest, manifest),
        Change("a", "blobs", "sha256:0", b"\x00"),
        Change("a", "tags", "2", None),
    )
    pending = [Pending("replica", 1.0, 2.0, one) for one in changes]
    holding = Holding({"home": {"a": repository}, "replica": {}}, pending, {"replica": 1.0})
    images = Images(
        {"registry": holding}, {"mcr.example": {"a": repository}}, {"registries-1": {"mode": "Force"}}
    )
    again = Images()
    again.load(json.loads(json.dumps(images.dump())))
    assert again == images
