"""One version, several objects: the first to publish wins, the same bytes are shared, others are refused."""

import pytest
from support.assets import REGIONS, a_document, a_model, published, ready, refused_for, stalled_for
from support.clouds import MockCloud
from support.clusters import Cluster, condition
from support.manifests import AssetBuilder, RegistryBuilder
from support.shelves import Shelves, Version

FIRST, OTHER = "first: bytes\n", "other: bytes\n"


def another(asset: AssetBuilder, name: str, text: str) -> AssetBuilder:
    """Another object that declares the same version."""
    return asset.named(name).with_spec(source={"inline": text})


@pytest.mark.promise(11)
def test_other_bytes_for_a_published_version_are_refused_with_both_digests(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    winner = a_document("contested", FIRST)
    first = published(cluster, winner)["status"]["digest"]
    other = published(cluster, a_document("elsewhere", OTHER))["status"]["digest"]
    loser = another(winner, "contested-again", OTHER)

    cluster.apply(loser)
    seen = stalled_for(cluster, loser, "VersionConflict")

    message = condition(seen, "Stalled")["message"]
    assert first in message
    assert other in message
    assert "MLAsset default/contested" in message
    version = Version(registry.name, "Data", "contested")
    shelves.assert_everywhere(version, {"data.yaml": FIRST.encode()}, *REGIONS)
    assert cluster.look_now(winner)["status"]["readyRegions"] == "3/3"


@pytest.mark.promise(11)
def test_a_pinned_digest_that_another_has_not_is_refused_without_reading_the_source(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, shelves: Shelves
) -> None:
    winner = a_document("taken", FIRST)
    published(cluster, winner)
    shelves.plant("team", {"taken/data.yaml": b"other"})
    mark = cloud.last_request()
    loser = winner.named("taken-again").with_spec(
        source={"blob": {"url": shelves.url("team", "taken")}}, digest=f"sha256:{'1' * 64}"
    )

    cluster.apply(loser)
    seen = stalled_for(cluster, loser, "VersionConflict")

    assert f"sha256:{'1' * 64}" in condition(seen, "Stalled")["message"]
    assert not [one for one in cloud.requests(mark) if "/team/taken" in one["path"]]
    assert shelves.writes(mark) == []


def test_the_same_bytes_are_shared_and_that_is_said(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, shelves: Shelves
) -> None:
    shelves.plant("team", {"shared/data.yaml": FIRST.encode()})
    winner = a_document("shared", FIRST)
    first = published(cluster, winner)
    mark = cloud.last_request()
    second = winner.named("shared-again").with_spec(source={"blob": {"url": shelves.url("team", "shared")}})

    seen = published(cluster, second)

    assert seen["status"]["digest"] == first["status"]["digest"]
    assert "shares the content that MLAsset default/shared published" in condition(seen, "Ready")["message"]
    assert shelves.writes(mark) == [], "nothing is uploaded twice"


def test_objects_that_are_applied_at_once_agree_on_one(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    shelves.plant("team", {"raced/model.pkl": b"weights"})
    url = shelves.url("team", "raced")
    racers = [a_model("raced", url).named(f"racer-{number}") for number in range(5)]
    for racer in racers:
        cluster.create(racer.manifest())

    digests = {ready(cluster, racer)["status"]["digest"] for racer in racers}

    assert len(digests) == 1
    version = Version(registry.name, "Model", "raced")
    assert {shelves.assert_everywhere(version, {"model.pkl": b"weights"}, *REGIONS)} == digests


@pytest.mark.promise(11)
def test_objects_with_other_bytes_that_are_applied_at_once_leave_one_winner(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    racers = [a_document("clash", f"number: {number}\n").named(f"clash-{number}") for number in range(4)]
    for racer in racers:
        cluster.create(racer.manifest())

    for racer in racers:
        cluster.wait(
            racer,
            lambda seen: (
                condition(seen, "Ready").get("status") == "True"
                or condition(seen, "Stalled").get("reason") == "VersionConflict"
            ),
            because="each of them has won, or knows that it has not",
        )

    winners = [one for one in racers if condition(cluster.get(one), "Ready")["status"] == "True"]
    assert len(winners) == 1
    text = str(winners[0].spec["source"]["inline"])
    version = Version(registry.name, "Data", "clash")
    shelves.assert_everywhere(version, {"data.yaml": text.encode()}, *REGIONS)


def test_names_compare_without_case(cluster: Cluster, registry: RegistryBuilder) -> None:
    published(cluster, a_document("Cased", FIRST).named("cased"))
    again = a_document("cAsEd", OTHER).named("cased-again")

    cluster.apply(again)

    stalled_for(cluster, again, "VersionConflict")


def test_an_object_that_was_made_anew_owns_what_it_published(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, shelves: Shelves
) -> None:
    """The source may be gone by then: nothing needs to be read again."""
    shelves.plant("team", {"renewed/model.pkl": b"weights"})
    asset = a_model("renewed", shelves.url("team", "renewed"))
    before = published(cluster, asset)
    cluster.delete(asset)
    cluster.gone(asset, because="its content is retained")
    cloud.delete_blob("teamaccount", "team", "renewed/model.pkl")
    mark = cloud.last_request()

    after = published(cluster, asset)

    assert after["status"]["digest"] == before["status"]["digest"]
    assert shelves.writes(mark) == []


def test_an_object_that_cannot_publish_keeps_no_other_from_it(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    stuck = a_model("stuck", shelves.url("team", "no/such")).named("stuck-first")
    cluster.apply(stuck)
    refused_for(cluster, stuck, "InvalidSpec")
    shelves.plant("team", {"stuck/model.pkl": b"weights"})

    second = a_model("stuck", shelves.url("team", "stuck")).named("stuck-second")
    published(cluster, second)

    version = Version(registry.name, "Model", "stuck")
    shelves.assert_everywhere(version, {"model.pkl": b"weights"}, *REGIONS)
