"""One asset of each type: Ready everywhere, its bytes compared with the source by the test itself."""

import pytest
from support.assets import (
    COMPONENT,
    REGIONS,
    a_component,
    a_data_set,
    a_document,
    a_model,
    an_environment,
    published,
)
from support.clouds import MockCloud
from support.clusters import Cluster, condition, region
from support.images import an_image
from support.manifests import Manifest, RegistryBuilder, a_registry
from support.shelves import Shelves, Version, sha256_of

SMALL = {
    "model.pkl": b"\x80\x04weights",
    "empty": b"",
    "a folder/with spaces and ümläute/模型 %41+&#'.bin": b"named for people",
    "MLmodel": b"flavors: {}\n",
}
MANY = 1500
HOST = "mcr.example"


def assert_told(seen: Manifest, digest: str, files: dict[str, bytes]) -> None:
    """The status says what the test has found."""
    status = seen["status"]
    assert status["digest"] == digest
    assert status["sizeBytes"] == sum(map(len, files.values()))
    assert status["fileCount"] == len(files)
    assert status["readyRegions"] == "3/3"
    for location in REGIONS:
        row = region(seen, location)
        assert (row["state"], row["evidence"]) == ("Ready", "Checksum")
    for part in ("ReferencesResolved", "Published", "Replicated"):
        assert condition(seen, part)["status"] == "True"


@pytest.mark.promise(11)
def test_a_model_of_several_files_is_the_same_in_every_region(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    shelves.plant("team", {f"several/{path}": content for path, content in SMALL.items()})

    seen = published(cluster, a_model("Several", shelves.url("team", "several")).named("several"))

    digest = shelves.assert_everywhere(Version(registry.name, "Model", "Several"), SMALL, *REGIONS)
    assert_told(seen, digest, SMALL)
    assert seen["status"]["assetId"] == "mlregistry://registry/models/Several/versions/1"


def test_a_data_set_of_one_file_keeps_that_files_name(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    files = {"rides 2026.csv": b"a,b\n1,2\n"}
    shelves.plant("team", {"rides/october/rides 2026.csv": files["rides 2026.csv"]})

    url = shelves.url("team", "rides/october/rides%202026.csv")
    seen = published(cluster, a_data_set("one-file", url, "UriFile"))

    digest = shelves.assert_everywhere(Version(registry.name, "Data", "one-file"), files, *REGIONS)
    assert_told(seen, digest, files)


def test_a_whole_container_is_a_source(cluster: Cluster, registry: RegistryBuilder, shelves: Shelves) -> None:
    files = {"top.txt": b"top", "below/deep.txt": b"deep"}
    shelves.plant("whole", files)

    seen = published(cluster, a_data_set("whole", shelves.url("whole")))

    digest = shelves.assert_everywhere(Version(registry.name, "Data", "whole"), files, *REGIONS)
    assert_told(seen, digest, files)


def test_a_component_is_its_specification(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    files = {"component.yaml": COMPONENT.encode()}

    seen = published(cluster, a_component("train_taxi").named("train-taxi"))

    digest = shelves.assert_everywhere(Version(registry.name, "Component", "train_taxi"), files, *REGIONS)
    assert_told(seen, digest, files)


def test_an_inline_document_of_another_type_is_named_for_its_type(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    text = "columns: [färe, 距離]\n"

    seen = published(cluster, a_document("schema", text))

    files = {"data.yaml": text.encode()}
    digest = shelves.assert_everywhere(Version(registry.name, "Data", "schema"), files, *REGIONS)
    assert_told(seen, digest, files)


@pytest.mark.parametrize("by", ["tag", "digest"])
def test_an_environment_is_its_image_in_every_region(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, by: str
) -> None:
    image = an_image(by)
    reference = f"1.5-{by}" if by == "tag" else image.digest
    cloud.put_image("external", HOST, "azureml/sklearn", reference, image.content)
    source = f"{HOST}/azureml/sklearn{':' if by == 'tag' else '@'}{reference}"

    seen = published(cluster, an_environment(f"sklearn-{by}", source))

    (home,) = [
        one["name"] for one in cloud.registries() if one["tags"]["mlregistry-registry"] == registry.name
    ]
    assert seen["status"]["digest"] == image.digest
    for location in REGIONS:
        found = cloud.get_image(home, location, f"environments/sklearn-{by}", image.digest)
        assert found == image.content, f"{location} has another image"
        assert region(seen, location)["state"] == "Ready"
    assert region(seen, "eastus")["evidence"] == "Manifest"
    assert {region(seen, one)["evidence"] for one in REGIONS[1:]} <= {"Manifest", "ReplicationStatus"}


def test_fifteen_hundred_files_are_one_version(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    files = {f"part-{number:04}/data.bin": f"part {number}".encode() for number in range(MANY)}
    shelves.plant("many", files)
    version = Version(registry.name, "Data", "many")

    seen = published(cluster, a_data_set("many", shelves.url("many")), seconds=240)

    source = {blob["name"]: blob["md5"] for blob in shelves.source("many")}
    for account in shelves.accounts(registry.name).values():
        there = shelves.lying(account, version)
        assert {name[6:]: blob["md5"] for name, blob in there.items() if name.startswith("files/")} == source
        digest = shelves.assert_manifest_tells(account, version, files)
        assert digest == seen["status"]["digest"]
    assert seen["status"]["fileCount"] == MANY


def test_an_account_with_hierarchical_names_holds_the_same_bytes(cluster: Cluster, shelves: Shelves) -> None:
    flat = a_registry("flat").in_regions("eastus", "westus").with_storage("westus", hns=True)
    cluster.apply(flat)
    cluster.ready(flat)
    shelves.plant("team", {f"folders/{path}": content for path, content in SMALL.items()})
    asset = a_model("folders", shelves.url("team", "folders")).of_registry("flat")

    seen = published(cluster, asset)

    digest = shelves.assert_everywhere(Version("flat", "Model", "folders"), SMALL, "eastus", "westus")
    assert (seen["status"]["digest"], seen["status"]["readyRegions"]) == (digest, "2/2")


@pytest.mark.promise(11)
def test_a_source_that_changes_after_the_publication_changes_nothing(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    shelves.plant("team", {"moving/model.pkl": b"first"})
    asset = a_model("moving", shelves.url("team", "moving"))
    before = published(cluster, asset)

    shelves.plant("team", {"moving/model.pkl": b"second", "moving/more": b"more"})
    after = cluster.look_now(asset)

    version = Version(registry.name, "Model", "moving")
    digest = shelves.assert_everywhere(version, {"model.pkl": b"first"}, *REGIONS)
    assert before["status"]["digest"] == after["status"]["digest"] == digest
    assert condition(after, "Ready")["status"] == "True"


def test_the_digest_of_the_same_bytes_is_the_same_under_any_name(
    cluster: Cluster, registry: RegistryBuilder
) -> None:
    first = published(cluster, a_document("first-name"))
    second = published(cluster, a_document("second-name").at_version("7"))

    assert first["status"]["digest"] == second["status"]["digest"] != sha256_of(b"a: b\n")
