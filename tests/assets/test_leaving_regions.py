"""A region leaves a registry: nothing of it is taken down before what it holds is proved elsewhere."""

import secrets
from collections.abc import Iterator

import pytest
from support.assets import a_document, published
from support.clouds import MockCloud
from support.clusters import Cluster, condition, is_ready, region
from support.manifests import AssetBuilder, RegistryBuilder, a_registry
from support.shelves import Shelves, Version

FILES = {"data.yaml": b"a: b\n"}


@pytest.fixture
def parent(cluster: Cluster) -> Iterator[RegistryBuilder]:
    """A registry of the test's own in two regions, which deletes the account of one that leaves."""
    name = f"leaving-{secrets.token_hex(4)}"
    builder = a_registry(name).in_regions("eastus", "westus").with_spec(regionRemovalPolicy="Delete")
    cluster.apply(builder)
    cluster.ready(builder)
    yield builder
    cluster.annotate(builder, force_detach="true")


def only_in_the_west(
    cluster: Cluster, shelves: Shelves, parent: RegistryBuilder
) -> tuple[AssetBuilder, Version]:
    """A published version of which the primary has lost everything."""
    asset = a_document("alone").of_registry(parent.name)
    published(cluster, asset)
    version = Version(parent.name, "Data", "alone")
    lose_in_the_primary(shelves, version)
    return asset, version


def lose_in_the_primary(shelves: Shelves, version: Version) -> None:
    account = shelves.accounts(version.registry)["eastus"]
    for path in shelves.lying(account, version):
        shelves.cloud.delete_blob(account, version.container, version.folder + path)


def has_left(cluster: Cluster, parent: RegistryBuilder) -> None:
    cluster.wait(
        parent,
        lambda seen: is_ready(seen) and not region(seen, "westus"),
        because="what lies there is safe, so that the region can go",
    )


def assert_copied_before_deleted(cloud: MockCloud, since: int, east: str) -> None:
    """The primary's commit mark was written before anything in the west was deleted."""
    entries = cloud.requests(since)
    marks = [
        one["n"]
        for one in entries
        if one["method"] == "PUT" and f"/{east}/" in one["path"] and one["path"].endswith("/manifest.json")
    ]
    deletions = [one["n"] for one in cloud.arm_writes(since) if one["method"] == "DELETE"]
    assert marks
    assert deletions
    assert max(marks) < min(deletions)


@pytest.mark.promise(9)
def test_the_only_copy_of_a_version_is_copied_before_its_region_goes(
    cluster: Cluster, cloud: MockCloud, shelves: Shelves, parent: RegistryBuilder
) -> None:
    _, version = only_in_the_west(cluster, shelves, parent)
    accounts, mark = shelves.accounts(parent.name), cloud.last_request()

    cluster.apply(parent.in_regions("eastus"))
    has_left(cluster, parent)

    assert_copied_before_deleted(cloud, mark, accounts["eastus"])
    shelves.assert_holds("eastus", version, FILES)
    assert shelves.accounts(parent.name).keys() == {"eastus"}


@pytest.mark.promise(9)
def test_content_that_no_object_declares_any_more_is_copied_too(
    cluster: Cluster, cloud: MockCloud, shelves: Shelves, parent: RegistryBuilder
) -> None:
    asset, version = only_in_the_west(cluster, shelves, parent)
    cluster.delete(asset)
    cluster.gone(asset, because="its content stays")
    accounts, mark = shelves.accounts(parent.name), cloud.last_request()

    cluster.apply(parent.in_regions("eastus"))
    has_left(cluster, parent)

    assert_copied_before_deleted(cloud, mark, accounts["eastus"])
    shelves.assert_holds("eastus", version, FILES)


@pytest.mark.promise(9)
def test_a_region_that_cannot_be_read_is_kept_until_it_can(
    cluster: Cluster, cloud: MockCloud, shelves: Shelves, parent: RegistryBuilder
) -> None:
    published(cluster, a_document("unread").of_registry(parent.name))
    cloud.region("westus", available=False)
    mark = cloud.last_request()

    cluster.apply(parent.in_regions("eastus"))
    seen = cluster.wait(
        parent,
        lambda seen: region(seen, "westus").get("state") == "Draining" and condition(seen, "Reconciling"),
        because="the row stays while the region is there",
    )
    assert seen["status"]["readyRegions"] == "1/1"
    assert not [one for one in cloud.arm_writes(mark) if one["method"] == "DELETE"]

    cloud.region("westus", available=True)
    has_left(cluster, parent)
    assert shelves.accounts(parent.name).keys() == {"eastus"}


@pytest.mark.promise(9)
def test_a_region_that_comes_back_while_it_is_drained_turns_round(
    cluster: Cluster, cloud: MockCloud, shelves: Shelves, parent: RegistryBuilder
) -> None:
    _, version = only_in_the_west(cluster, shelves, parent)
    accounts, mark = shelves.accounts(parent.name), cloud.last_request()
    cloud.fault(method="PUT", pathRegex=f"^/{accounts['eastus']}/", status=503, times=None)

    cluster.apply(parent.in_regions("eastus"))
    held = cluster.wait(
        parent,
        lambda seen: "data/alone/versions/1" in region(seen, "westus").get("message", ""),
        because="the row says what the region is kept for",
    )
    cluster.apply(parent)
    back = cluster.ready(parent)
    cloud.clear_faults()

    assert region(held, "westus")["state"] == "Draining"
    assert any(step["action"] == "DrainStorageAccount" for step in held["status"]["plan"])
    assert region(back, "westus")["state"] == "Ready"
    assert not [one for one in cloud.arm_writes(mark) if one["method"] in ("DELETE", "PUT")]
    shelves.assert_holds("westus", version, FILES)


@pytest.mark.promise(9)
def test_a_leaving_region_has_a_row_in_its_assets_until_it_is_gone(
    cluster: Cluster, cloud: MockCloud, shelves: Shelves, parent: RegistryBuilder
) -> None:
    asset, _ = only_in_the_west(cluster, shelves, parent)
    east = shelves.accounts(parent.name)["eastus"]
    cloud.fault(method="PUT", pathRegex=f"^/{east}/", status=503, times=None)
    cluster.apply(parent.in_regions("eastus"))

    seen = cluster.wait(
        asset,
        lambda seen: seen["status"]["readyRegions"] == "0/1" and region(seen, "westus"),
        because="only the region that leaves has it",
    )
    assert region(seen, "westus")["state"] == "Ready"
    assert "leaves" in region(seen, "westus")["message"]
    assert condition(seen, "Ready")["status"] != "True"

    cloud.clear_faults()
    cluster.wait(
        asset,
        lambda seen: is_ready(seen) and not region(seen, "westus"),
        because="it is complete where the registry is, and nowhere else",
    )
