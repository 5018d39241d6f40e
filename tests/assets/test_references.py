"""What a version needs is there before it is: awaited where it may still come, refused where it cannot."""

import pytest
from support.assets import a_component, a_document, an_environment, published, ready, refused_for, stalled_for
from support.clouds import MockCloud
from support.clusters import Cluster, condition
from support.images import an_image
from support.manifests import AssetBuilder, Manifest, RegistryBuilder
from support.shelves import Shelves, Version

HOST = "mcr.example"


def needs(asset: AssetBuilder, *names: str, kind: str = "Data") -> AssetBuilder:
    return asset.with_spec(references=[{"type": kind, "assetName": name, "version": "1"} for name in names])


def says(seen: Manifest) -> str:
    return str(condition(seen, "ReferencesResolved").get("message", ""))


@pytest.mark.promise(13)
def test_what_is_missing_is_named_and_the_version_goes_on_by_itself(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    asset = needs(a_document("needy"), "needed", "needed-too")
    cluster.apply(asset)

    seen = refused_for(cluster, asset, "DependencyNotFound")
    assert "mlregistry://registry/data/needed/versions/1" in says(seen)
    assert "mlregistry://registry/data/needed-too/versions/1" in says(seen)
    assert not condition(seen, "Stalled"), "it may still come"
    assert shelves.is_nowhere(Version(registry.name, "Data", "needy"))

    published(cluster, a_document("needed"))
    seen = cluster.wait(
        asset, lambda seen: "needed-too" in says(seen) and "needed/" not in says(seen), because="one is there"
    )
    published(cluster, a_document("needed-too"))
    ready(cluster, asset)


@pytest.mark.promise(13)
def test_what_has_failed_is_told_with_the_object_that_declares_it(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    broken = a_document("broken").with_spec(digest=f"sha256:{'2' * 64}")
    cluster.apply(broken)
    stalled_for(cluster, broken, "DigestMismatch")
    asset = needs(a_document("leaning"), "broken")
    cluster.apply(asset)

    seen = refused_for(cluster, asset, "DependencyNotReady")

    assert "default/broken" in says(seen)
    assert "cannot be published as it is" in says(seen)
    assert shelves.is_nowhere(Version(registry.name, "Data", "leaning"))


@pytest.mark.promise(13)
def test_a_circle_is_refused_with_the_way_around_it(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    ring = [needs(a_document(f"ring-{number}"), f"ring-{(number + 1) % 3}") for number in range(3)]
    for asset in ring:
        cluster.apply(asset)

    for asset in ring:
        seen = stalled_for(cluster, asset, "ReferenceCycle")
        assert all(f"ring-{number}" in says(seen) for number in range(3))
        assert shelves.is_nowhere(Version(registry.name, "Data", asset.name))


def test_a_component_waits_for_the_environment_that_its_specification_names(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder
) -> None:
    text = "type: command\nenvironment: azureml://registries/registry/environments/conda/versions/1\n"
    asset = a_component("trains", text)
    cluster.apply(asset)
    seen = refused_for(cluster, asset, "DependencyNotFound")
    assert "mlregistry://registry/environments/conda/versions/1" in says(seen)

    image = an_image("conda")
    cloud.put_image("external", HOST, "conda", "1", image.content)
    published(cluster, an_environment("conda", f"{HOST}/conda:1"))
    seen = ready(cluster, asset)

    assert says(seen) == "Published: mlregistry://registry/environments/conda/versions/1."


def test_a_pipeline_waits_for_its_components(cluster: Cluster, registry: RegistryBuilder) -> None:
    steps = "".join(
        f"  {name}: {{component: 'azureml://registries/registry/components/{name}/versions/1'}}\n"
        for name in ("first-step", "last-step")
    )
    asset = a_component("pipe", f"type: pipeline\njobs:\n{steps}")
    cluster.apply(asset)
    seen = refused_for(cluster, asset, "DependencyNotFound")
    assert "components/first-step/versions/1" in says(seen)
    assert "components/last-step/versions/1" in says(seen)

    published(cluster, a_component("first-step"))
    published(cluster, a_component("last-step"))
    ready(cluster, asset)


def test_a_version_stays_ready_though_what_it_needs_is_archived(
    cluster: Cluster, registry: RegistryBuilder
) -> None:
    needed, asset = a_document("archived-need"), needs(a_document("archives"), "archived-need")
    published(cluster, needed)
    published(cluster, asset)

    cluster.apply(needed.with_spec(archived=True))
    seen = cluster.wait(
        needed,
        lambda seen: "archived" in condition(seen, "Ready")["message"],
        because="that it is archived is said",
    )

    assert condition(seen, "Ready")["status"] == "True"
    assert condition(cluster.look_now(asset), "Ready")["status"] == "True"
    published(cluster, needs(a_document("archives-later"), "archived-need"))
