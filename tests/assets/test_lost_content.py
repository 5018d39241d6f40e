"""Content that Azure has lost comes back from another region, never from a source that may have changed."""

import pytest
from support.assets import REGIONS, a_model, published, ready, stalled_for
from support.clouds import MockCloud
from support.clusters import Cluster, condition
from support.manifests import AssetBuilder, RegistryBuilder
from support.shelves import Shelves, Version

FIRST, SECOND = {"model.pkl": b"first"}, {"model.pkl": b"second"}


def lose(shelves: Shelves, version: Version, *locations: str) -> None:
    """Take everything of the version away in these regions, behind the operator's back."""
    accounts = shelves.accounts(version.registry)
    for location in locations:
        for path in shelves.lying(accounts[location], version):
            shelves.cloud.delete_blob(accounts[location], version.container, version.folder + path)


def changed_source(cluster: Cluster, shelves: Shelves, name: str) -> tuple[AssetBuilder, str]:
    """A version that is published, and whose source has other bytes since; with its digest."""
    shelves.plant("team", {f"{name}/{path}": content for path, content in FIRST.items()})
    asset = a_model(name, shelves.url("team", name))
    digest: str = published(cluster, asset)["status"]["digest"]
    shelves.plant("team", {f"{name}/{path}": content for path, content in SECOND.items()})
    return asset, digest


@pytest.mark.promise(11)
def test_a_primary_that_lost_a_version_is_refilled_from_another_region_alone(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, shelves: Shelves
) -> None:
    asset, digest = changed_source(cluster, shelves, "refilled")
    version = Version(registry.name, "Model", "refilled")
    for location in REGIONS[1:]:
        cloud.region(location, available=False)
    lose(shelves, version, REGIONS[0])

    cluster.look_now(asset)
    assert not shelves.lying(shelves.accounts(registry.name)[REGIONS[0]], version)

    for location in REGIONS[1:]:
        cloud.region(location, available=True)
    seen = ready(cluster, asset)
    assert seen["status"]["digest"] == digest
    shelves.assert_everywhere(version, FIRST, *REGIONS)


@pytest.mark.promise(11)
def test_a_version_that_every_region_lost_stalls_and_is_not_published_anew(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    asset, digest = changed_source(cluster, shelves, "lost")
    version = Version(registry.name, "Model", "lost")

    lose(shelves, version, *REGIONS)
    cluster.look_now(asset)

    assert digest in condition(stalled_for(cluster, asset, "ContentLost"), "Stalled")["message"]
    for account in shelves.accounts(registry.name).values():
        assert not shelves.lying(account, version)
