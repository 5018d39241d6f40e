"""What an asset owes its registry and its users: the namespace rule, suspension, a registry to come."""

import pytest
from support.assets import REGIONS, a_document, a_model, published, ready, refused_for, stalled_for
from support.audits import AuditLog
from support.clouds import MockCloud
from support.clusters import Cluster, condition
from support.manifests import RegistryBuilder, a_registry
from support.shelves import Shelves, Version

FILES = {"data.yaml": b"a: b\n"}


@pytest.mark.promise(13)
def test_a_namespace_that_the_registry_does_not_allow_is_told_and_admitted_when_it_is(
    cluster: Cluster, shelves: Shelves
) -> None:
    team = cluster.namespace("team", tier="ml")
    closed = a_registry("closed").in_regions("eastus", "westus")
    cluster.apply(closed)
    cluster.ready(closed)
    asset = a_document("foreign").of_registry("closed", "default").in_namespace(team)
    cluster.apply(asset)

    seen = stalled_for(cluster, asset, "NamespaceNotAllowed")
    assert (
        f"MLRegistry default/closed does not allow assets in namespace {team}."
        " Have its allowedNamespaces include it, or use a namespace that it allows."
    ) in str(condition(seen, "Stalled")["message"])
    version = Version("closed", "Data", "foreign")
    assert shelves.is_nowhere(version)

    selector = {"matchLabels": {"tier": "ml"}}
    cluster.apply(closed.with_spec(allowedNamespaces={"from": "Selector", "selector": selector}))
    ready(cluster, asset)
    shelves.assert_everywhere(version, FILES, "eastus", "westus")


def test_an_asset_may_come_before_its_registry(cluster: Cluster, shelves: Shelves) -> None:
    asset = a_document("premature").of_registry("overdue")
    cluster.apply(asset)
    refused_for(cluster, asset, "ProgressingWithRetry")

    cluster.apply(a_registry("overdue").in_regions("eastus", "eastus2"))

    ready(cluster, asset)
    shelves.assert_everywhere(Version("overdue", "Data", "premature"), FILES, "eastus", "eastus2")


def test_a_suspended_asset_is_told_so_and_nothing_is_asked_of_azure(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, shelves: Shelves
) -> None:
    mark = cloud.last_request()
    asset = a_document("asleep")
    cluster.apply(asset.with_spec(suspend=True))

    seen = cluster.wait(asset, lambda seen: condition(seen, "Ready"), because="it is told so")

    assert (condition(seen, "Ready")["status"], condition(seen, "Ready")["reason"]) == (
        "Unknown",
        "Suspended",
    )
    assert [one for one in cloud.requests(mark) if "asleep" in f"{one['path']}?{one['query']}"] == []
    cluster.apply(asset)
    ready(cluster, asset)
    shelves.assert_everywhere(Version(registry.name, "Data", "asleep"), FILES, *REGIONS)


def test_a_ready_asset_that_is_suspended_is_frozen(
    cluster: Cluster, cloud: MockCloud, audit: AuditLog, registry: RegistryBuilder
) -> None:
    asset = a_document("frozen")
    published(cluster, asset)
    cluster.apply(asset.with_spec(suspend=True))
    before, quiet = cluster.get(asset), audit.from_here()
    cloud.region("westus", available=False)

    cluster.annotate(asset, reconcile_at="now")
    cloud.region("westus", available=True)
    published(cluster, a_document("thawed"))  # by then, what came before was looked at

    after = cluster.get(asset)
    assert after["status"] == before["status"]
    assert [one for one in quiet.writes() if one.name.startswith("frozen")] == []


@pytest.mark.promise(11)
def test_what_people_say_of_a_version_may_change_and_moves_no_byte(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, shelves: Shelves
) -> None:
    shelves.plant("team", {"described/model.pkl": b"weights"})
    asset = a_model("described", shelves.url("team", "described"))
    before = published(cluster, asset)
    mark = cloud.last_request()

    cluster.apply(asset.with_spec(description="The best one", tags={"stage": "prod"}, archived=True))
    seen = cluster.wait(
        asset,
        lambda seen: seen["status"]["observedGeneration"] == seen["metadata"]["generation"],
        because="the new generation is looked at",
    )

    assert condition(seen, "Ready")["status"] == "True"
    assert "archived" in condition(seen, "Ready")["message"]
    assert seen["status"]["digest"] == before["status"]["digest"]
    assert shelves.writes(mark) == []


def test_a_user_sees_the_version_in_one_line(cluster: Cluster, registry: RegistryBuilder) -> None:
    published(cluster, a_document("in-a-line").at_version("1.2.0"))

    (head, line) = cluster.kubectl("get", "mlassets", "in-a-line").splitlines()

    assert head.split() == ["NAME", "REGISTRY", "TYPE", "ASSET", "VERSION", "REGIONS", "READY", "AGE"]
    assert line.split()[:7] == ["in-a-line", "registry", "Data", "in-a-line", "1.2.0", "3/3", "True"]
    assert len(line.rstrip()) <= 100


@pytest.mark.promise(13)
@pytest.mark.parametrize("letter", ["l", "长"])
def test_what_is_too_long_for_an_event_is_cut_in_it_and_whole_in_the_condition(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves, letter: str
) -> None:
    assert registry.name
    container = "longnames" if letter == "l" else "longwords"
    folder = letter * (192 if letter == "l" else 120)
    shelves.plant(container, {f"{folder}{number}./model.bin": b"x" for number in range(8)})
    name = "n" * 235 + "-" + container.rjust(17, "n")  # no event could be called so, cut at any fixed place
    asset = a_model(container, shelves.url(container)).named(name)
    cluster.apply(asset)

    stalled = stalled_for(cluster, asset, "InvalidSpec")
    told = condition(stalled, "Ready")["message"]
    assert len(told.encode()) > 1024

    cluster.wait(asset, lambda _: cluster.events("default", asset), because="there is an event of it")
    (event,) = [one for one in cluster.events("default", asset) if one["reason"] == "InvalidSpec"]
    assert event["message"].endswith("…")
    assert told.startswith(event["message"][:-1])
    assert 1020 < len(event["message"].encode()) <= 1024
