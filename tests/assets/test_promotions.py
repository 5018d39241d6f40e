"""From registry to registry by digest: the same bytes, what is known of them, and what they need."""

from typing import Any

import pytest
from support.assets import (
    COMPONENT,
    a_component,
    a_model,
    an_environment,
    published,
    ready,
    refused_for,
    stalled_for,
)
from support.clouds import MockCloud
from support.clusters import Cluster, condition
from support.images import an_image
from support.manifests import AssetBuilder, RegistryBuilder, a_registry, an_asset
from support.shelves import Shelves, Version

FILES = {"model.pkl": b"weights", "MLmodel": b"flavors: {}\n"}
LINEAGE = {"workspace": "team", "jobName": "train-7", "gitCommit": "0f1e2d"}
OTHER = "sha256:" + "0" * 64


@pytest.fixture(scope="module")
def chain(module_cluster: Cluster, registry: RegistryBuilder) -> tuple[str, str, str]:
    """Three registries, the first of them the module's: development, test and production."""
    for name in ("testing", "production"):
        builder = a_registry(name).in_regions("westeurope", "northeurope")
        module_cluster.apply(builder)
        module_cluster.ready(builder)
    return registry.name, "testing", "production"


def promoted(name: str, kind: str, registry: str, source: str, asset: str, **pins: str) -> AssetBuilder:
    """An asset that comes from another registry of the same namespace."""
    origin: dict[str, Any] = {"registryRef": {"name": source}, "assetName": asset, "version": "1", **pins}
    return an_asset(name, asset).of_registry(registry).of_type(kind).with_spec(source={"asset": origin})


@pytest.mark.promise(11)
def test_a_model_keeps_its_digest_and_its_lineage_through_every_promotion(
    cluster: Cluster, shelves: Shelves, chain: tuple[str, str, str]
) -> None:
    development, testing, production = chain
    shelves.plant("team", {f"promoted/{path}": content for path, content in FILES.items()})
    first = published(
        cluster, a_model("promoted", shelves.url("team", "promoted")).with_spec(lineage=LINEAGE)
    )

    second = published(cluster, promoted("promoted-t", "Model", testing, development, "promoted"))
    third = published(cluster, promoted("promoted-p", "Model", production, testing, "promoted"))

    version = Version(production, "Model", "promoted")
    digest = shelves.assert_everywhere(version, FILES, "westeurope", "northeurope")
    assert {one["status"]["digest"] for one in (first, second, third)} == {digest}
    assert third["status"]["promotedFrom"] == {
        "assetId": "mlregistry://testing/models/promoted/versions/1",
        "digest": digest,
    }
    assert third["status"]["lineage"] == second["status"]["lineage"] == LINEAGE


def test_a_promotion_of_another_digest_than_is_pinned_copies_nothing(
    cluster: Cluster, shelves: Shelves, chain: tuple[str, str, str]
) -> None:
    development, testing, _ = chain
    shelves.plant("team", {"pinned/model.pkl": b"pinned"})
    digest = published(cluster, a_model("pinned", shelves.url("team", "pinned")))["status"]["digest"]
    asset = promoted("pinned-t", "Model", testing, development, "pinned", digest=OTHER)
    cluster.apply(asset)

    message = condition(stalled_for(cluster, asset, "DigestMismatch"), "Stalled")["message"]

    assert OTHER in message
    assert digest in message
    for account in shelves.accounts(testing).values():
        assert not shelves.lying(account, Version(testing, "Model", "pinned"))


def test_a_promotion_waits_for_a_version_that_is_not_published_yet(
    cluster: Cluster, shelves: Shelves, chain: tuple[str, str, str]
) -> None:
    development, testing, _ = chain
    asset = promoted("early-t", "Model", testing, development, "early")
    cluster.apply(asset)
    refused_for(cluster, asset, "DependencyNotFound")

    shelves.plant("team", {"early/model.pkl": b"early"})
    published(cluster, a_model("early", shelves.url("team", "early")))

    assert ready(cluster, asset)["status"]["readyRegions"] == "2/2"


def test_a_component_needs_its_environment_promoted_with_it(
    cluster: Cluster, cloud: MockCloud, chain: tuple[str, str, str]
) -> None:
    development, testing, _ = chain
    image = an_image("promoted")
    cloud.put_image("external", "mcr.example", "azureml/promoted", "1", image.content)
    published(cluster, an_environment("env", "mcr.example/azureml/promoted:1"))
    text = f"{COMPONENT}environment: azureml://registries/{development}/environments/env/versions/1\n"
    published(cluster, a_component("step", text))
    asset = promoted("step-t", "Component", testing, development, "step")
    cluster.apply(asset)

    waiting = refused_for(cluster, asset, "DependencyNotFound")
    assert f"mlregistry://{testing}/environments/env/versions/1" in condition(waiting, "Ready")["message"]

    environment = published(cluster, promoted("env-t", "Environment", testing, development, "env"))
    component = ready(cluster, asset)

    assert environment["status"]["digest"] == image.digest
    assert environment["status"]["promotedFrom"]["digest"] == image.digest
    assert component["status"]["readyRegions"] == "2/2"


def test_a_version_takes_another_name_in_the_same_registry(
    cluster: Cluster, shelves: Shelves, chain: tuple[str, str, str]
) -> None:
    development, _, _ = chain
    shelves.plant("team", {"old-name/model.pkl": b"renamed"})
    first = published(cluster, a_model("old-name", shelves.url("team", "old-name")))
    origin = {"registryRef": {"name": development}, "assetName": "old-name", "version": "1"}
    asset = an_asset("new-name", "new-name").of_type("Model").with_spec(source={"asset": origin})

    second = published(cluster, asset)

    assert second["status"]["digest"] == first["status"]["digest"]
    version = Version(development, "Model", "new-name")
    shelves.assert_everywhere(version, {"model.pkl": b"renamed"}, "eastus", "eastus2", "westus")
