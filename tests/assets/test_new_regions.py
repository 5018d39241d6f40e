"""A region is added to the registry: every asset is copied there, some at a time, and counted."""

import pytest
from support.assets import a_document, ready
from support.audits import AuditLog
from support.clouds import MockCloud
from support.clusters import Cluster, region
from support.manifests import a_registry
from support.shelves import Shelves, Version

MANY = 40
AT_ONCE = 16  # copies of one registry
COPY_SECONDS = 1.0
TEXT = "text: " + "x" * (20 * 1024) + "\n"


@pytest.mark.promise(5)
def test_a_new_region_is_filled_with_every_asset_some_at_a_time(
    cluster: Cluster, cloud: MockCloud, audit: AuditLog, shelves: Shelves
) -> None:
    parent = a_registry("growing").in_regions("eastus", "westus")
    cluster.apply(parent)
    cluster.ready(parent)
    assets = [a_document(f"grows-{number}", TEXT).of_registry("growing") for number in range(MANY)]
    for asset in assets:
        cluster.create(asset.manifest())
    for asset in assets:
        ready(cluster, asset)
    cloud.settings(copySecondsPerMiB=COPY_SECONDS * (1 << 20) / len(TEXT))
    mark, quiet = cloud.last_request(), audit.from_here()

    cluster.apply(parent.in_regions("eastus", "westus", "eastus2"))
    for asset in assets:
        cluster.wait(
            asset,
            lambda seen: seen["status"].get("readyRegions") == "3/3",
            because="every asset comes to the new region",
        )
    cluster.wait(
        parent,
        lambda seen: region(seen, "eastus2").get("assets") == f"{MANY}/{MANY}",
        because="the registry's row counts them",
    )

    account = shelves.accounts("growing")["eastus2"]
    files = {"data.yaml": TEXT.encode()}
    for asset in assets:
        shelves.assert_holds("eastus2", Version("growing", "Data", asset.name), files)
    copies = [
        entry
        for entry in cloud.requests(mark)
        if entry["method"] == "PUT" and entry["path"].endswith("/files/data.yaml")
    ]
    assert {entry["path"].split("/")[1] for entry in copies} == {account}, "no other region is written"
    assert len(copies) == MANY, "one copy each"
    assert 1 < most_at_once([entry["time"] for entry in copies]) <= AT_ONCE
    counted = [one for one in quiet.writes() if one.resource == "mlregistries/status"]
    assert len(counted) <= 12, "the count is not written for every asset"


def most_at_once(begun: list[float]) -> int:
    """How many copies were under way at once at least, as each of them takes the same time."""
    surely = COPY_SECONDS * 0.9
    return max(sum(start - surely < other <= start for other in begun) for start in begun)
