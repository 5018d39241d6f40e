"""An object goes: its content stays, unless it alone says that it goes; its name never means other bytes."""

import pytest
from support.assets import REGIONS, a_document, a_model, published, stalled_for
from support.clouds import MockCloud
from support.clusters import Cluster, condition
from support.manifests import AssetBuilder, RegistryBuilder, a_registry
from support.shelves import Shelves, Version

from hack.world.operators import OperatorProcess

FILES = {"data.yaml": b"a: b\n"}


def deleted_with_its_content(asset: AssetBuilder) -> AssetBuilder:
    return asset.with_spec(deletionPolicy="Delete")


def take_away(cluster: Cluster, asset: AssetBuilder) -> None:
    cluster.delete(asset)
    cluster.gone(asset, because="nothing needs it")


def test_retained_content_stays_in_every_region(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    asset = a_document("kept")
    published(cluster, asset)

    take_away(cluster, asset)

    shelves.assert_everywhere(Version(registry.name, "Data", "kept"), FILES, *REGIONS)


@pytest.mark.promise(11)
def test_deleted_content_goes_in_every_region_and_leaves_a_tombstone(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    shelves.plant("team", {f"going/{number}": b"x" * number for number in range(30)})
    asset = deleted_with_its_content(a_model("going", shelves.url("team", "going")))
    digest = published(cluster, asset)["status"]["digest"]

    take_away(cluster, asset)

    version = Version(registry.name, "Model", "going")
    for account in shelves.accounts(registry.name).values():
        assert set(shelves.lying(account, version)) == {"tombstone.json"}
        assert shelves.document(account, version, "tombstone.json")["digest"] == digest


@pytest.mark.promise(4)
@pytest.mark.parametrize("left", ["checksums.json", "files/data.yaml"])
def test_a_deletion_that_fails_after_the_commit_mark_is_gone_still_leaves_nothing(
    cluster: Cluster, registry: RegistryBuilder, cloud: MockCloud, shelves: Shelves, left: str
) -> None:
    name = f"stopped-at-{left[:5]}"
    asset = deleted_with_its_content(a_document(name))
    published(cluster, asset)
    version = Version(registry.name, "Data", name)
    primary = shelves.accounts(registry.name)["eastus"]
    cloud.fault(
        method="DELETE",
        pathRegex=f"^/{primary}/{version.container}/{version.folder}{left}$",
        status=409,
        errorCode="PendingCopyOperation",
    )

    take_away(cluster, asset)

    assert cloud.faults()[0]["hits"] == 1
    for account in shelves.accounts(registry.name).values():
        assert set(shelves.lying(account, version)) == {"tombstone.json"}


@pytest.mark.promise(11)
def test_a_deleted_version_never_comes_back_with_other_bytes(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    asset = deleted_with_its_content(a_document("buried"))
    digest = published(cluster, asset)["status"]["digest"]
    take_away(cluster, asset)

    other = a_document("buried", "other: bytes\n")
    cluster.apply(other)
    seen = stalled_for(cluster, other, "VersionDeleted")
    assert digest in condition(seen, "Stalled")["message"]
    assert "deleted" in condition(seen, "Published")["message"]
    version = Version(registry.name, "Data", "buried")
    for account in shelves.accounts(registry.name).values():
        assert shelves.committed(account, version) == {"tombstone.json"}
    take_away(cluster, other)

    assert published(cluster, a_document("buried"))["status"]["digest"] == digest, "the same bytes may"
    shelves.assert_everywhere(version, FILES, *REGIONS)


def test_of_two_that_share_content_the_first_to_go_deletes_nothing(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    version = Version(registry.name, "Data", "halved")
    first = deleted_with_its_content(a_document("halved"))
    second = first.named("halved-too")
    published(cluster, first)
    published(cluster, second)

    take_away(cluster, first)
    shelves.assert_everywhere(version, FILES, *REGIONS)
    assert cluster.look_now(second)["status"]["readyRegions"] == "3/3"

    take_away(cluster, second)
    shelves.assert_everywhere(version, FILES, *REGIONS)  # who only shared it never becomes its owner


def test_one_that_keeps_what_it_shares_outlasts_one_that_does_not(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    keeper = a_document("outlast")
    other = deleted_with_its_content(keeper).named("outlast-too")
    published(cluster, keeper)
    published(cluster, other)

    take_away(cluster, other)
    take_away(cluster, keeper)

    shelves.assert_everywhere(Version(registry.name, "Data", "outlast"), FILES, *REGIONS)


def test_one_that_was_refused_deletes_nothing_of_the_winner(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    published(cluster, a_document("spared"))
    loser = deleted_with_its_content(a_document("spared", "other: bytes\n")).named("spared-not")
    cluster.apply(loser)
    stalled_for(cluster, loser, "VersionConflict")

    take_away(cluster, loser)

    shelves.assert_everywhere(Version(registry.name, "Data", "spared"), FILES, *REGIONS)


def test_what_never_was_published_goes_at_once(cluster: Cluster, registry: RegistryBuilder) -> None:
    asset = deleted_with_its_content(a_model("never", "https://127.0.0.1:1/account/models/never"))
    cluster.apply(asset)
    cluster.wait(asset, lambda seen: condition(seen, "Published"), because="it is looked at")

    take_away(cluster, asset)


@pytest.mark.promise(10)
def test_a_deletion_that_a_region_holds_up_ends_when_the_region_is_back(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, shelves: Shelves
) -> None:
    asset = deleted_with_its_content(a_document("held-up"))
    published(cluster, asset)
    cloud.region("westus", available=False)

    cluster.delete(asset)
    cluster.wait(
        asset,
        lambda seen: "westus" in condition(seen, "Ready").get("message", ""),
        because="it says what it waits for",
    )
    version = Version(registry.name, "Data", "held-up")
    shelves.assert_everywhere(version, FILES, "eastus", "eastus2")

    cloud.region("westus", available=True)
    cluster.gone(asset, because="every region can be reached again")
    for account in shelves.accounts(registry.name).values():
        assert shelves.committed(account, version) == {"tombstone.json"}


@pytest.mark.promise(9)
def test_force_detach_leaves_everything_and_waits_for_nobody(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, shelves: Shelves
) -> None:
    asset = deleted_with_its_content(a_document("detached"))
    published(cluster, asset)
    cloud.region("westus", available=False)
    cluster.delete(asset)
    cluster.wait(
        asset,
        lambda seen: "westus" in condition(seen, "Ready").get("message", ""),
        because="it says what it waits for",
    )

    cluster.annotate(asset, force_detach="true")
    cluster.gone(asset, because="nobody is waited for")

    cloud.region("westus", available=True)
    shelves.assert_everywhere(Version(registry.name, "Data", "detached"), FILES, *REGIONS)


@pytest.mark.promise(10)
@pytest.mark.parametrize("policy", ["Retain", "Delete"])
def test_an_asset_whose_registry_is_gone_can_go(cluster: Cluster, shelves: Shelves, policy: str) -> None:
    name = f"short-lived-{policy.lower()}"
    parent = a_registry(name).in_regions("eastus")
    cluster.apply(parent)
    cluster.ready(parent)
    asset = a_document("orphan").of_registry(name).with_spec(deletionPolicy=policy)
    published(cluster, asset)
    cluster.annotate(parent, force_detach="true")
    cluster.delete(parent)
    cluster.gone(parent, because="everything is left in Azure")

    told = cluster.look_now(asset)
    assert f"MLRegistry default/{name} does not exist" in condition(told, "Ready")["message"]
    take_away(cluster, asset)

    shelves.assert_everywhere(Version(name, "Data", "orphan"), FILES, "eastus")


@pytest.mark.promise(10)
def test_a_deletion_that_was_asked_for_while_the_operator_was_down_ends_when_it_is_up(
    cluster: Cluster, operator: OperatorProcess, registry: RegistryBuilder, shelves: Shelves
) -> None:
    asset = deleted_with_its_content(a_document("while-down"))
    published(cluster, asset)
    operator.kill()
    cluster.delete(asset)

    operator.start()
    cluster.gone(asset, because="what was asked for meanwhile is done")

    version = Version(registry.name, "Data", "while-down")
    for account in shelves.accounts(registry.name).values():
        assert shelves.committed(account, version) == {"tombstone.json"}


def test_a_suspended_asset_waits_with_its_content_and_goes_on_when_it_is_not(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    asset = deleted_with_its_content(a_document("suspended-end"))
    published(cluster, asset)
    cluster.apply(asset.with_spec(suspend=True))
    cluster.delete(asset)
    cluster.wait(
        asset,
        lambda _: any(event["reason"] == "Suspended" for event in cluster.events("default", asset)),
        because="it says that it waits",
    )
    version = Version(registry.name, "Data", "suspended-end")
    shelves.assert_everywhere(version, FILES, *REGIONS)

    cluster.patch(asset, {"spec": {"suspend": False}})
    cluster.gone(asset, because="it is suspended no more")
    assert not shelves.is_nowhere(version), "the tombstone stays"


@pytest.mark.promise(10)
def test_an_asset_that_goes_while_it_is_copied_goes(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, shelves: Shelves
) -> None:
    cloud.settings(copySecondsPerMiB=3)
    cloud.put_blob("teamaccount", "team", "slow/model.pkl", size=4 << 20)
    asset = deleted_with_its_content(a_model("slow", shelves.url("team", "slow")))
    cluster.apply(asset)
    cluster.wait(
        asset,
        lambda seen: condition(seen, "Published").get("status") == "True",
        because="the copies take a while",
    )

    take_away(cluster, asset)

    version = Version(registry.name, "Model", "slow")
    primary = shelves.accounts(registry.name)["eastus"]
    assert shelves.committed(primary, version) == {"tombstone.json"}
    for account in shelves.accounts(registry.name).values():
        assert "manifest.json" not in shelves.committed(account, version)
