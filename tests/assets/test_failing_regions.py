"""A region's data plane is down: the others have the version, its row says why, and it heals by itself."""

import pytest
from support.assets import REGIONS, a_document, a_model, published, ready
from support.clouds import MockCloud
from support.clusters import Cluster, condition, region
from support.manifests import RegistryBuilder
from support.shelves import Shelves, Version

DOCUMENT = {"data.yaml": b"a: b\n"}


@pytest.mark.promise(5)
def test_a_region_that_is_down_holds_up_no_other_and_completes_by_itself(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, shelves: Shelves
) -> None:
    version = Version(registry.name, "Data", "two-of-three")
    asset = a_document("two-of-three")
    cloud.region("westus", available=False)

    cluster.apply(asset)
    seen = cluster.wait(
        asset,
        lambda seen: (
            seen.get("status", {}).get("readyRegions") == "2/3"
            and condition(seen, "Ready")["reason"] == "RegionUnavailable"
        ),
        because="two regions have it, and the third cannot be reached",
    )

    assert condition(seen, "Ready")["status"] == "False"
    assert condition(seen, "Published")["status"] == "True"
    assert condition(seen, "Replicated")["status"] == "False"
    assert region(seen, "westus")["state"] == "Failed"
    assert "westus" in region(seen, "westus")["message"]
    assert not condition(seen, "Stalled"), "an outage passes by itself"
    shelves.assert_everywhere(version, DOCUMENT, "eastus", "eastus2")

    cloud.region("westus", available=True)
    ready(cluster, asset)
    shelves.assert_everywhere(version, DOCUMENT, *REGIONS)


@pytest.mark.promise(12)
def test_a_region_that_goes_down_afterwards_is_told_and_comes_back_without_a_write(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, shelves: Shelves
) -> None:
    asset = a_document("went-down")
    before = published(cluster, asset)
    cloud.region("eastus2", available=False)

    down = cluster.look_now(asset)
    assert condition(down, "Ready")["reason"] == "RegionUnavailable"
    assert down["status"]["readyRegions"] == "2/3"
    assert down["status"]["digest"] == before["status"]["digest"]

    mark = cloud.last_request()
    cloud.region("eastus2", available=True)
    healed = ready(cluster, asset)
    assert healed["status"]["readyRegions"] == "3/3"
    assert shelves.writes(mark) == []


@pytest.mark.promise(12)
def test_a_primary_that_is_down_is_told_and_publication_waits_for_it(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, shelves: Shelves
) -> None:
    version = Version(registry.name, "Data", "primary-down")
    asset = a_document("primary-down")
    cloud.region("eastus", available=False)

    cluster.apply(asset)
    seen = cluster.wait(
        asset,
        lambda seen: condition(seen, "Ready").get("reason") == "RegionUnavailable",
        because="nothing can be published into a region that is away",
    )
    assert region(seen, "eastus")["state"] == "Failed"
    assert shelves.is_nowhere(version)

    cloud.region("eastus", available=True)
    ready(cluster, asset)
    shelves.assert_everywhere(version, DOCUMENT, *REGIONS)


def test_a_published_version_stays_published_while_its_primary_is_down(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder
) -> None:
    asset = a_document("primary-went-down")
    before = published(cluster, asset)
    cloud.region("eastus", available=False)

    down = cluster.look_now(asset)

    assert condition(down, "Published")["status"] in {"True", "Unknown"}
    assert condition(down, "Ready")["reason"] == "RegionUnavailable"
    assert down["status"]["digest"] == before["status"]["digest"]
    assert region(down, "westus")["state"] == "Ready", "what is there is there"


@pytest.mark.promise(13)
def test_a_throttled_region_is_no_outage_and_holds_up_no_other(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, shelves: Shelves
) -> None:
    account = shelves.accounts(registry.name)["westus"]
    shelves.plant("team", {"throttled/model.pkl": b"weights"})
    cloud.fault(
        method="PUT", pathRegex=f"^/{account}/models/throttled/", times=3, errorCode="ServerBusy", status=503
    )

    seen = published(cluster, a_model("throttled", shelves.url("team", "throttled")))

    assert seen["status"]["readyRegions"] == "3/3"
    assert cloud.faults()[0]["hits"] == 3
    version = Version(registry.name, "Model", "throttled")
    shelves.assert_everywhere(version, {"model.pkl": b"weights"}, *REGIONS)
