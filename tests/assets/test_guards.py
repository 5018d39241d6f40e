"""What is still used does not go: where admission was not asked, the finalizer waits and names the users."""

import pytest
from support.assets import a_component, a_document, a_model, published
from support.clouds import MockCloud
from support.clusters import Cluster, Ref, Thing, condition
from support.manifests import Manifest, RegistryBuilder, a_registry
from support.shelves import Shelves, Version
from support.soon import soon

from hack.world.operators import OperatorProcess

FILES = {"data.yaml": b"a: b\n"}


def parent(cluster: Cluster, name: str, namespace: str = "default") -> RegistryBuilder:
    builder = a_registry(name).in_regions("eastus", "westus").in_namespace(namespace)
    cluster.apply(builder)
    cluster.ready(builder)
    return builder


def waits_for(cluster: Cluster, thing: Thing, reason: str) -> Manifest:
    """What a deleted object is that waits for that reason; what its condition says."""
    seen = cluster.wait(
        thing,
        lambda seen: condition(seen, "Stalled").get("reason") == reason,
        because=f"its deletion waits, and says {reason}",
    )
    assert condition(seen, "Ready")["reason"] == reason
    return condition(seen, "Stalled")


@pytest.mark.promise(9)
def test_a_registry_waits_for_its_assets_and_names_them(
    cluster: Cluster, cloud: MockCloud, operator: OperatorProcess
) -> None:
    assert operator.runs
    home = parent(cluster, "used")
    asset = a_document("user").of_registry(home.name)
    published(cluster, asset)

    with cloud.silence(because="what is still used stays as it is"):
        cluster.delete_unasked(home)
        said = waits_for(cluster, home, "InUse")["message"]
        assert "default/user" in said
        assert "mlregistry.io/force-detach" in said

        cluster.delete(asset)
        cluster.gone(home, because="nothing uses it any more")


@pytest.mark.promise(9)
def test_a_version_waits_for_who_refers_to_it_and_names_them(
    cluster: Cluster, registry: RegistryBuilder
) -> None:
    needed = a_document("needed")
    published(cluster, needed)
    reference = {"type": "Data", "assetName": "needed", "version": "1"}
    user = a_component("needy").with_spec(references=[reference])
    published(cluster, user)

    cluster.delete_unasked(needed)
    said = waits_for(cluster, needed, "InUse")["message"]
    assert "default/needy" in said

    cluster.delete(user)
    cluster.gone(needed, because=f"nothing in {registry.name} refers to it any more")


@pytest.mark.promise(9)
def test_force_detach_waits_for_nobody_and_leaves_everything(
    cluster: Cluster, cloud: MockCloud, shelves: Shelves, operator: OperatorProcess
) -> None:
    assert operator.runs
    home = parent(cluster, "detached").deleted_with_its_data()
    cluster.apply(home)
    asset = a_document("left").of_registry(home.name)
    published(cluster, asset)
    cluster.delete_unasked(home)
    waits_for(cluster, home, "InUse")

    with cloud.silence(because="everything is left in Azure"):
        cluster.annotate(home, force_detach="true")
        cluster.gone(home, because="the annotation is the way out")

    shelves.assert_everywhere(Version(home.name, "Data", "left"), FILES, "eastus", "westus")


@pytest.mark.promise(10)
def test_a_namespace_that_goes_takes_registry_and_assets_along(
    cluster: Cluster, operator: OperatorProcess
) -> None:
    assert operator.runs
    place = cluster.namespace("going")
    home = parent(cluster, "within", place)
    needed = a_document("first").of_registry(home.name).in_namespace(place)
    published(cluster, needed)
    reference = {"type": "Data", "assetName": "first", "version": "1"}
    user = a_component("second").of_registry(home.name).in_namespace(place)
    published(cluster, user.with_spec(references=[reference]))

    cluster.kubectl("delete", "namespace", place, "--wait=false")

    for thing in (user, needed, home):
        cluster.gone(thing, because="nothing outside the namespace uses any of it")


@pytest.mark.promise(9)
def test_content_that_assets_left_goes_only_when_that_is_confirmed(
    cluster: Cluster, cloud: MockCloud, shelves: Shelves, operator: OperatorProcess
) -> None:
    assert operator.runs
    home = parent(cluster, "confirmed").deleted_with_its_data()
    cluster.apply(home)
    asset = a_document("behind").of_registry(home.name)
    published(cluster, asset)
    cluster.delete(asset)
    cluster.gone(asset, because="Retain leaves the content")

    with cloud.silence(because="nobody has confirmed anything"):
        cluster.delete(home)
        said = waits_for(cluster, home, "ContentRetained")["message"]
    assert "data/behind/versions/1" in said
    assert "mlregistry.io/confirm-delete: confirmed" in said
    shelves.assert_everywhere(Version(home.name, "Data", "behind"), FILES, "eastus", "westus")

    cluster.annotate(home, confirm_delete=home.name)
    cluster.gone(home, because="the deletion of the content is confirmed")
    assert not shelves.accounts(home.name)


@pytest.mark.promise(9)
def test_a_namespace_goes_in_the_middle_of_a_publication(
    cluster: Cluster, operator: OperatorProcess, shelves: Shelves
) -> None:
    """Nothing that was committed is left without the commit mark of its version."""
    assert operator.runs
    place = cluster.namespace("going")
    home = parent(cluster, "halfway", place)
    shelves.plant("halfway", {f"{n}.bin": b"x" * 100 for n in range(100)})
    shelves.cloud.settings(latencySeconds=0.05)
    asset = a_model("halfway", shelves.url("halfway")).of_registry(home.name).in_namespace(place)
    mark = shelves.cloud.last_request()
    cluster.apply(asset)
    soon(lambda: len(shelves.writes(mark, "/models/halfway/", "comp=block")) > 20, because="it is uploaded")

    cluster.kubectl("delete", "namespace", place, "--wait=false")

    for thing in (asset, home, Ref("Namespace", place)):
        cluster.gone(thing, because="a publication holds up nobody")
    version = Version(home.name, "Model", "halfway")
    for account in shelves.accounts(home.name).values():
        there = shelves.committed(account, version)
        assert not there or "manifest.json" in there
