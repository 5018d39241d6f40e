"""Bytes that are damaged on their way never make a version Ready; it heals when the damage ends."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from support.assets import REGIONS, a_model, ready
from support.clouds import MockCloud
from support.clusters import Cluster, condition, is_ready, region
from support.manifests import AssetBuilder, Manifest, RegistryBuilder
from support.shelves import TEAM, Shelves, Version
from support.watches import History

DIGEST = r"(sha256:[0-9a-f]{64}|MD5 [0-9a-zA-Z+/=]{22,32})"
FILES = {"model.pkl": b"the weights of a model, " * 40, "MLmodel": b"flavors: {}\n"}


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be published, and where it goes."""

    asset: AssetBuilder
    version: Version


@pytest.fixture
def source(shelves: Shelves, registry: RegistryBuilder) -> Source:
    shelves.plant("team", {f"damaged/{path}": content for path, content in FILES.items()})
    asset = a_model("damaged", shelves.url("team", "damaged"))
    return Source(asset, Version(registry.name, "Model", "damaged"))


@pytest.fixture(autouse=True)
def gone_afterwards(cloud: MockCloud, registry: RegistryBuilder, shelves: Shelves) -> Iterator[None]:
    """The tests of this module publish the same version: take its blobs away by hand."""
    yield
    version = Version(registry.name, "Model", "damaged")
    for account in shelves.accounts(registry.name).values():
        for name in shelves.lying(account, version):
            cloud.delete_blob(account, version.container, version.folder + name)


def assert_never_ready(history: History, asset: AssetBuilder) -> None:
    assert not any(is_ready(one) for one in history.versions(asset))


@pytest.mark.promise(11)
@pytest.mark.parametrize("damage", ["flip", "truncate"])
def test_a_copy_that_is_damaged_on_its_way_is_refused_and_named(
    cluster: Cluster, shelves: Shelves, source: Source, history: History, damage: str
) -> None:
    account = shelves.accounts(source.version.registry)["westus"]
    shelves.cloud.fault(method="PUT", pathRegex=f"^/{account}/.*model\\.pkl", corrupt=damage, times=None)

    cluster.apply(source.asset)
    seen = cluster.wait(
        source.asset,
        lambda seen: region(seen, "westus").get("state") == "Failed",
        because="the service refuses bytes that are not those that were published",
    )

    message = region(seen, "westus")["message"]
    assert "westus" in message
    assert "model.pkl" in message
    assert_names_two_digests(message)
    assert condition(seen, "Replicated")["reason"] == "ContentDamaged"
    assert "files/model.pkl" not in shelves.committed(account, source.version)
    assert "manifest.json" not in shelves.committed(account, source.version)
    shelves.assert_everywhere(source.version, FILES, "eastus", "eastus2")
    assert_never_ready(history, source.asset)

    shelves.cloud.clear_faults()
    ready(cluster, source.asset)
    shelves.assert_everywhere(source.version, FILES, *REGIONS)


@pytest.mark.promise(11)
@pytest.mark.parametrize("damage", ["flip", "truncate"])
def test_a_source_that_is_damaged_on_its_way_is_never_published(
    cluster: Cluster, shelves: Shelves, source: Source, history: History, damage: str
) -> None:
    shelves.cloud.fault(
        method="GET", pathRegex=f"^/{TEAM}/team/damaged/model\\.pkl", corrupt=damage, times=None
    )

    cluster.apply(source.asset)
    seen = cluster.wait(
        source.asset,
        lambda seen: condition(seen, "Published").get("reason") in {"ContentDamaged", "SourceChanged"},
        because="what arrives is not what the storage says",
    )

    message = condition(seen, "Published")["message"]
    assert "model.pkl" in message
    assert shelves.is_nowhere(source.version)
    assert_never_ready(history, source.asset)

    shelves.cloud.clear_faults()
    ready(cluster, source.asset)
    shelves.assert_everywhere(source.version, FILES, *REGIONS)


@pytest.mark.promise(11)
def test_a_source_that_changes_between_listing_and_reading_is_read_again(
    cluster: Cluster, shelves: Shelves, source: Source, history: History
) -> None:
    shelves.cloud.fault(
        method="GET", pathRegex=f"^/{TEAM}/team/damaged/", corrupt="changeAfterList", times=None
    )

    cluster.apply(source.asset)
    seen = cluster.wait(
        source.asset,
        lambda seen: condition(seen, "Published").get("reason") == "SourceChanged",
        because="bytes of two moments are never mixed",
    )

    assert "changed or went away after it was listed" in condition(seen, "Published")["message"]
    assert shelves.is_nowhere(source.version)
    assert_never_ready(history, source.asset)

    shelves.cloud.clear_faults()
    ready(cluster, source.asset)
    shelves.assert_everywhere(source.version, FILES, *REGIONS)


@pytest.mark.promise(11)
@pytest.mark.parametrize("location", ["eastus2", "eastus"])
def test_bytes_that_somebody_changed_by_hand_are_found_and_healed(
    cluster: Cluster, shelves: Shelves, source: Source, location: str
) -> None:
    cluster.apply(source.asset)
    ready(cluster, source.asset)
    account = shelves.accounts(source.version.registry)[location]
    shelves.cloud.put_blob(
        account, source.version.container, source.version.file("model.pkl"), b"other bytes"
    )

    looked = cluster.look_now(source.asset)

    assert not is_ready(looked) or looked["status"]["readyRegions"] == "3/3"
    healed: Manifest = cluster.wait(
        source.asset,
        lambda seen: is_ready(seen) and holds(shelves, source.version, location),
        because="it is copied again from a region that has the right ones",
    )
    assert healed["status"]["readyRegions"] == "3/3"
    shelves.assert_everywhere(source.version, FILES, *REGIONS)


def assert_names_two_digests(message: str) -> None:
    """What was expected, and what came."""
    assert len(set(re.findall(DIGEST, message))) >= 2, message


def holds(shelves: Shelves, version: Version, location: str) -> bool:
    account = shelves.accounts(version.registry)[location]
    found = shelves.cloud.get_blob(account, version.container, version.file("model.pkl"))
    return found == FILES["model.pkl"]
