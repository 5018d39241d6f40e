"""A claim costs nothing and gives no right over data: content goes only with whoever published it."""

import pytest
from support.assets import REGIONS, a_document, a_model, an_environment, published
from support.clouds import MockCloud
from support.clusters import Cluster, RefusedError, condition
from support.images import Image, an_image
from support.manifests import AssetBuilder, RegistryBuilder
from support.shelves import Shelves, Version

from hack.world.operators import OperatorProcess

HOST = "mcr.example"
FILES = {"data.yaml": b"a: b\n"}
NOWHERE = "https://127.0.0.1:1/account/data/never"


def parasite_of(asset: AssetBuilder, digest: str) -> AssetBuilder:
    """Another object with the digest that the victim's status shows, and a source that was never there."""
    return asset.named(f"{asset.name}-parasite").with_spec(
        source={"blob": {"url": NOWHERE}}, digest=digest, deletionPolicy="Delete"
    )


def take_away(cluster: Cluster, asset: AssetBuilder) -> None:
    cluster.delete(asset)
    cluster.gone(asset, because="nobody needs it")


@pytest.mark.promise(16)
def test_a_digest_that_was_copied_gives_no_right_to_delete(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    victim = a_document("copied")
    digest = published(cluster, victim)["status"]["digest"]
    parasite = parasite_of(victim, digest)

    seen = published(cluster, parasite)
    told = condition(seen, "Published")
    assert (told["status"], told["reason"]) == ("True", "Shared")
    assert "MLAsset default/copied published" in told["message"]
    assert "source was not read" in told["message"]

    take_away(cluster, victim)
    take_away(cluster, parasite)
    shelves.assert_everywhere(Version(registry.name, "Data", "copied"), FILES, *REGIONS)


@pytest.mark.promise(16)
def test_who_copied_a_digest_keeps_no_content_that_its_publisher_deletes(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    owner = a_document("unheld").with_spec(deletionPolicy="Delete")
    digest = published(cluster, owner)["status"]["digest"]
    published(cluster, parasite_of(owner, digest).with_spec(deletionPolicy=None))

    take_away(cluster, owner)

    version = Version(registry.name, "Data", "unheld")
    for account in shelves.accounts(registry.name).values():
        assert shelves.committed(account, version) == {"tombstone.json"}


@pytest.mark.promise(16)
@pytest.mark.promise(9)
def test_who_copied_a_digest_lifts_no_guard(cluster: Cluster, registry: RegistryBuilder) -> None:
    owner = a_document("guarded").with_spec(deletionPolicy="Delete")
    digest = published(cluster, owner)["status"]["digest"]
    needs = [{"type": "Data", "assetName": "guarded", "version": "1"}]
    published(cluster, a_document("guarding").with_spec(references=needs))
    published(cluster, parasite_of(owner, digest))

    with pytest.raises(RefusedError, match="still referenced by MLAsset default/guarding"):
        cluster.delete(owner)


@pytest.mark.promise(16)
def test_a_copied_source_does_not_inherit_what_its_publisher_has_left(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    owner = a_document("left")
    published(cluster, owner)
    take_away(cluster, owner)
    thief = owner.named("left-thief").with_spec(deletionPolicy="Delete")
    seen = published(cluster, thief)
    assert condition(seen, "Published")["reason"] == "Succeeded", "its source was read"

    take_away(cluster, thief)

    version = Version(registry.name, "Data", "left")
    shelves.assert_everywhere(version, FILES, *REGIONS)
    again = owner.with_spec(deletionPolicy="Delete")
    published(cluster, again)
    take_away(cluster, again)
    for account in shelves.accounts(registry.name).values():
        assert shelves.committed(account, version) == {"tombstone.json"}, "its own object may, made anew"


def imported(cloud: MockCloud, name: str) -> tuple[AssetBuilder, Image]:
    """An environment, and the image that it imports."""
    image = an_image(name)
    cloud.put_image("external", HOST, "azureml/sklearn", image.digest, image.content)
    return an_environment(name, f"{HOST}/azureml/sklearn@{image.digest}"), image


def has_image(cloud: MockCloud, name: str, image: Image) -> bool:
    home = cloud.registries()[0]["name"]
    return cloud.get_image(home, "eastus", f"environments/{name}", image.digest) is not None


@pytest.mark.promise(16)
def test_an_image_goes_with_the_object_that_imported_it_and_with_no_other(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, operator: OperatorProcess
) -> None:
    owner, image = imported(cloud, "pictured")
    published(cluster, owner.with_spec(deletionPolicy="Delete"))
    parasite = owner.named("pictured-parasite").with_spec(deletionPolicy="Delete")
    seen = published(cluster, parasite)
    assert condition(seen, "Published")["reason"] == "Shared"
    assert condition(cluster.get(owner), "Published")["reason"] == "Succeeded"

    take_away(cluster, parasite)
    assert has_image(cloud, "pictured", image)
    operator.restart()
    take_away(cluster, owner)
    assert not has_image(cloud, "pictured", image)


@pytest.mark.promise(16)
def test_an_image_that_was_left_is_nobodys_who_declares_it_later(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder
) -> None:
    owner, image = imported(cloud, "hung")
    published(cluster, owner)
    take_away(cluster, owner)
    thief = owner.named("hung-thief").with_spec(deletionPolicy="Delete")
    published(cluster, thief)

    take_away(cluster, thief)
    assert has_image(cloud, "hung", image)

    published(cluster, owner.with_spec(deletionPolicy="Delete"))
    take_away(cluster, owner)
    assert not has_image(cloud, "hung", image), "the object that was made anew stands for its publisher"


@pytest.mark.promise(16)
def test_a_source_that_was_read_keeps_the_content(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    shelves.plant("team", {"both/model.pkl": b"weights"})
    owner = a_model("both", shelves.url("team", "both")).with_spec(deletionPolicy="Delete")
    published(cluster, owner)
    published(cluster, owner.named("both-too").with_spec(deletionPolicy=None))

    take_away(cluster, owner)

    shelves.assert_everywhere(Version(registry.name, "Model", "both"), {"model.pkl": b"weights"}, *REGIONS)
