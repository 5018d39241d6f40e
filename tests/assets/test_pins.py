"""A pinned digest is held to before anything is committed."""

import pytest
from support.assets import REGIONS, a_document, a_model, published, stalled_for
from support.clusters import Cluster, condition
from support.manifests import RegistryBuilder
from support.shelves import Shelves, Version

WRONG = f"sha256:{'0' * 64}"
FILES = {"model.pkl": b"weights"}


@pytest.mark.promise(11)
def test_a_wrong_pin_commits_nothing_and_names_both_digests(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    shelves.plant("team", {"pinned/model.pkl": FILES["model.pkl"]})
    url = shelves.url("team", "pinned")
    right = published(cluster, a_model("unpinned", url))["status"]["digest"]

    asset = a_model("pinned", url).with_spec(digest=WRONG)
    cluster.apply(asset)
    seen = stalled_for(cluster, asset, "DigestMismatch")

    message = condition(seen, "Stalled")["message"]
    assert WRONG in message
    assert right in message
    assert condition(seen, "Published")["reason"] == "DigestMismatch"
    assert "digest" not in seen["status"], "what is not published has no digest"
    assert shelves.is_nowhere(Version(registry.name, "Model", "pinned"))


@pytest.mark.promise(11)
def test_a_wrong_pin_of_many_files_leaves_none_of_them(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    shelves.plant("team", {f"many-pinned/{number}": b"x" * number for number in range(40)})
    asset = a_model("many-pinned", shelves.url("team", "many-pinned")).with_spec(digest=WRONG)

    cluster.apply(asset)
    stalled_for(cluster, asset, "DigestMismatch")

    assert shelves.is_nowhere(Version(registry.name, "Model", "many-pinned"))


def test_the_right_pin_is_published(cluster: Cluster, registry: RegistryBuilder, shelves: Shelves) -> None:
    text = "pinned: right\n"
    digest = published(cluster, a_document("by-itself", text))["status"]["digest"]

    seen = published(cluster, a_document("by-its-pin", text).with_spec(digest=digest))

    version = Version(registry.name, "Data", "by-its-pin")
    assert shelves.assert_everywhere(version, {"data.yaml": text.encode()}, *REGIONS) == digest
    assert seen["status"]["digest"] == digest


def test_a_source_that_is_corrected_is_published_by_itself(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    """The pin was right; what lay at the source was not."""
    shelves.plant("team", {"right/model.pkl": b"right", "wrong/model.pkl": b"wrong"})
    digest = published(cluster, a_model("right", shelves.url("team", "right")))["status"]["digest"]
    asset = a_model("wrong", shelves.url("team", "wrong")).with_spec(digest=digest)
    cluster.apply(asset)
    stalled_for(cluster, asset, "DigestMismatch")

    shelves.plant("team", {"wrong/model.pkl": b"right"})
    cluster.ready(asset)

    version = Version(registry.name, "Model", "wrong")
    assert shelves.assert_everywhere(version, {"model.pkl": b"right"}, *REGIONS) == digest
