"""Each region of a container registry is asked itself for an image, where Azure offers that."""

import pytest
from support.assets import REGIONS, an_environment, published, ready
from support.clouds import MockCloud
from support.clusters import Cluster, condition, is_ready, region
from support.images import Image, an_image
from support.manifests import AssetBuilder, Manifest, RegistryBuilder, a_registry

from hack.world.operators import OperatorProcess

HOST = "mcr.example"
ENABLED = {"regionalEndpoints": "Enabled"}
LONG = 3600.0


@pytest.fixture(scope="module")
def asked_itself(module_cluster: Cluster, module_operator: OperatorProcess) -> RegistryBuilder:
    """A registry in three regions, each of which can be asked."""
    assert module_operator.runs
    builder = a_registry("regional").in_regions(*REGIONS).with_spec(containerRegistry=ENABLED)
    module_cluster.apply(builder)
    module_cluster.ready(builder)
    return builder


def home_of(cloud: MockCloud, registry: RegistryBuilder) -> Manifest:
    """The container registry in Azure."""
    (found,) = [one for one in cloud.registries() if one["tags"]["mlregistry-registry"] == registry.name]
    return found


def an_import(cloud: MockCloud, registry: RegistryBuilder, name: str) -> tuple[AssetBuilder, Image]:
    """An environment, and the image that it imports."""
    image = an_image(name)
    cloud.put_image("external", HOST, "azureml/sklearn", image.digest, image.content)
    asset = an_environment(name, f"{HOST}/azureml/sklearn@{image.digest}").of_registry(registry.name)
    return asset, image


def evidence(seen: Manifest) -> dict[str, str]:
    """How each region is known to have it."""
    return {location: region(seen, location).get("evidence", "") for location in REGIONS}


def test_every_region_answers_for_the_image_itself(
    cluster: Cluster, cloud: MockCloud, asked_itself: RegistryBuilder
) -> None:
    asset, image = an_import(cloud, asked_itself, "everywhere")
    mark = cloud.last_request()

    seen = published(cluster, asset)

    home = home_of(cloud, asked_itself)
    assert home["properties"]["regionalEndpoints"] == "Enabled"
    assert evidence(seen) == dict.fromkeys(REGIONS, "Manifest")
    assert seen["status"]["digest"] == image.digest
    asked = [one["path"] for one in cloud.requests(mark) if "/manifests/" in one["path"]]
    for location in REGIONS:
        assert any(f"/{home['name'].lower()}.{location}.geo/" in path for path in asked), location
    stored = cluster.get(asked_itself)["status"]["containerRegistry"]
    assert stored["regionalEndpoints"] == "Enabled"


def test_a_region_that_lags_behind_is_copying_until_it_has_the_digest_itself(
    cluster: Cluster, cloud: MockCloud
) -> None:
    registry = a_registry("lagging").in_regions(*REGIONS).with_spec(containerRegistry=ENABLED)
    cluster.apply(registry)
    cluster.ready(registry)
    asset, image = an_import(cloud, registry, "lagging")
    home = home_of(cloud, registry)["name"]
    cloud.settings(replicationSeconds=LONG)
    cluster.apply(asset)

    def stands(**states: str) -> Manifest:
        return cluster.wait(
            asset,
            lambda seen: {one: region(seen, one).get("state") for one in states} == states,
            because=f"the regions are as they are: {states}",
        )

    seen = stands(eastus="Ready", eastus2="Copying", westus="Copying")
    assert evidence(seen)["eastus"] == "Manifest"
    assert condition(seen, "Ready")["status"] == "Unknown"
    assert "westus" in condition(seen, "Ready")["message"]

    cloud.put_image(home, "westus", "environments/lagging", image.digest, image.content)
    seen = stands(eastus="Ready", eastus2="Copying", westus="Ready")
    assert evidence(seen)["westus"] == "Manifest", "its replication still says that it is at work"

    cloud.put_image(home, "eastus2", "environments/lagging", image.digest, image.content)
    assert evidence(ready(cluster, asset)) == dict.fromkeys(REGIONS, "Manifest")


@pytest.mark.promise(13)
def test_a_region_that_has_lost_the_image_is_named_and_heals(
    cluster: Cluster, cloud: MockCloud, asked_itself: RegistryBuilder
) -> None:
    asset, image = an_import(cloud, asked_itself, "lost-one")
    published(cluster, asset)
    home = home_of(cloud, asked_itself)["name"]
    cloud.delete_image(home, "westus", "environments/lost-one", image.digest)

    seen = cluster.look_now(asset)

    assert (region(seen, "westus")["state"], region(seen, "eastus2")["state"]) == ("Failed", "Ready")
    assert condition(seen, "Ready")["status"] == "False"
    message = condition(seen, "Ready")["message"]
    assert "westus: " in message
    assert image.digest in message
    assert "delete its replication" in message

    again = cluster.look_now(asset)
    assert region(again, "westus")["state"] == "Failed", "what is lost does not come by waiting"

    cloud.put_image(home, "westus", "environments/lost-one", image.digest, image.content)
    assert region(ready(cluster, asset), "westus")["evidence"] == "Manifest"


@pytest.mark.promise(13)
def test_a_damaged_replica_is_never_ready_and_both_digests_are_told(
    cluster: Cluster, cloud: MockCloud, asked_itself: RegistryBuilder
) -> None:
    asset, image = an_import(cloud, asked_itself, "damaged")
    cloud.fault(pathRegex=r"\.eastus2\.geo/v2/.*/manifests/", corrupt="flip", times=None)
    cluster.apply(asset)

    seen = cluster.wait(
        asset,
        lambda seen: region(seen, "eastus2").get("state") == "Failed",
        because="the replica's bytes are not those of the digest",
    )
    message = region(seen, "eastus2")["message"]
    assert message.startswith("eastus2: ")
    assert image.digest in message
    assert message.count("sha256:") >= 2
    assert not is_ready(seen)

    cloud.clear_faults()
    assert evidence(ready(cluster, asset)) == dict.fromkeys(REGIONS, "Manifest")


@pytest.mark.promise(5)
def test_a_region_that_is_down_is_told_and_holds_up_no_other(
    cluster: Cluster, cloud: MockCloud, asked_itself: RegistryBuilder
) -> None:
    asset, _ = an_import(cloud, asked_itself, "away")
    published(cluster, asset)
    cloud.region("westus", available=False)

    seen = cluster.look_now(asset)

    assert condition(seen, "Ready")["reason"] == "RegionUnavailable"
    assert seen["status"]["readyRegions"] == "2/3"
    assert region(seen, "westus")["message"].startswith("westus: ")
    cloud.region("westus", available=True)
    assert evidence(ready(cluster, asset)) == dict.fromkeys(REGIONS, "Manifest")


@pytest.mark.promise(2)
def test_they_are_switched_on_and_off_by_one_update_and_the_evidence_follows(
    cluster: Cluster, cloud: MockCloud
) -> None:
    registry = a_registry("switching").in_regions(*REGIONS)
    cluster.apply(registry)
    cluster.ready(registry)
    asset, _ = an_import(cloud, registry, "switched")
    seen = published(cluster, asset)
    weaker = {"eastus": "Manifest", "eastus2": "ReplicationStatus", "westus": "ReplicationStatus"}
    assert evidence(seen) == weaker
    assert "regionalEndpoints: Enabled" in region(seen, "westus")["message"]

    for switched, expected in ((ENABLED, dict.fromkeys(REGIONS, "Manifest")), (None, weaker)):
        mark = cloud.last_request()
        cluster.apply(registry.with_spec(containerRegistry=switched) if switched else registry)
        cluster.ready(registry)
        cluster.wait(
            asset,
            lambda seen, expected=expected: evidence(seen) == expected,
            because="the asset is looked at again when its registry can be asked otherwise",
        )
        assert [one["method"] for one in cloud.arm_writes(mark)] == ["PATCH"]


def test_what_somebody_switched_off_in_azure_is_drift(
    cluster: Cluster, cloud: MockCloud, asked_itself: RegistryBuilder
) -> None:
    home = home_of(cloud, asked_itself)
    cloud.patch_resource(home["id"], {"properties": {"regionalEndpoints": "Disabled"}})

    cluster.look_now(asked_itself)
    seen = cluster.wait(
        asked_itself,
        lambda seen: bool(seen["status"].get("drift")) and is_ready(seen),
        because="it is put right, and told",
    )

    told = seen["status"]["drift"][-1]
    assert (told["field"], told["desired"], told["observed"]) == ("regionalEndpoints", "Enabled", "Disabled")
    assert home_of(cloud, asked_itself)["properties"]["regionalEndpoints"] == "Enabled"


@pytest.mark.promise(13)
def test_where_azure_does_not_offer_them_the_registry_says_so_and_images_are_told_by_status(
    cluster: Cluster, cloud: MockCloud
) -> None:
    cloud.settings(regionalEndpoints=False)
    registry = a_registry("not-offered").in_regions(*REGIONS).with_spec(containerRegistry=ENABLED)
    cluster.apply(registry)
    seen = cluster.ready(registry)
    for kind in ("Ready", "ContainerRegistryReady"):
        assert condition(seen, kind)["status"] == "True"
        assert "Azure does not offer regional endpoints" in condition(seen, kind)["message"]
    assert "regionalEndpoints" not in seen["status"]["containerRegistry"]

    asset, _ = an_import(cloud, registry, "told")
    told = published(cluster, asset)
    assert [evidence(told)[one] for one in REGIONS] == ["Manifest", "ReplicationStatus", "ReplicationStatus"]
    assert "does not offer" in region(told, "westus")["message"]
    assert (
        "By the state of Azure's replication alone: eastus2, westus."
        in condition(told, "Replicated")["message"]
    )

    with cloud.silence(because="what Azure does not offer is not asked for again and again"):
        cluster.look_now(registry)
        cluster.look_now(asset)
