"""The registry's row of each region counts the assets that are complete there, seldom and never falling."""

import time
from itertools import pairwise

import pytest
from support.audits import AuditLog
from support.clouds import MockCloud
from support.clusters import Cluster, is_ready
from support.manifests import Manifest, RegistryBuilder, a_registry, an_asset
from support.watches import History

from hack.world.operators import OperatorProcess
from mockcloud import defaults

REGIONS = ("eastus", "eastus2", "westus")
MANY = 12
COUNT_SECONDS = 10
SCOPE = f"/subscriptions/{defaults.SUBSCRIPTION_ID}"
ROLES = [{"role": role, "scope": SCOPE} for role in ("Owner", "Contributor", "Storage Blob Data Contributor")]


@pytest.fixture
def registry(cluster: Cluster, cloud: MockCloud, operator: OperatorProcess) -> RegistryBuilder:
    """Three regions, ready, of an operator that may write blobs."""
    assert operator.runs
    cloud.principals([one | {"roles": ROLES} for one in cloud.principals()])
    builder = a_registry().in_regions(*REGIONS)
    cluster.apply(builder)
    cluster.ready(builder)
    return builder


def counts(registry: Manifest) -> tuple[int | None, list[str | None]]:
    status = registry.get("status", {})
    return status.get("assets"), [row.get("assets") for row in status.get("regions", [])]


def publish_many(cluster: Cluster, registry: RegistryBuilder) -> Manifest:
    """Declare small assets, and the registry when it counts all of them in every region."""
    complete = (MANY, [f"{MANY}/{MANY}"] * len(REGIONS))
    for number in range(MANY):
        cluster.apply(an_asset(f"document-{number}", f"document-{number}"))
    return cluster.wait(
        registry, lambda seen: counts(seen) == complete, because="every asset is complete everywhere"
    )


@pytest.mark.promise(15)
def test_assets_are_counted_in_every_region_without_azure_and_every_ten_seconds_at_most(
    cluster: Cluster, cloud: MockCloud, audit: AuditLog, registry: RegistryBuilder
) -> None:
    mark, quiet, began = cloud.last_request(), audit.from_here(), time.monotonic()

    counted = publish_many(cluster, registry)

    assert is_ready(counted)
    assert cloud.arm_requests(mark) == [], "counting asks nothing of Azure"
    writes = [one for one in quiet.writes() if one.resource == "mlregistries/status"]
    assert len(writes) <= 1 + (time.monotonic() - began) / COUNT_SECONDS
    lines = cluster.kubectl("get", "mlreg", "registry", "--no-headers").split()
    assert lines[:4] == ["registry", "eastus", "3/3", str(MANY)]


@pytest.mark.promise(3)
def test_a_restart_neither_counts_anew_nor_lets_a_count_fall(
    cluster: Cluster,
    audit: AuditLog,
    operator: OperatorProcess,
    registry: RegistryBuilder,
    history: History,
) -> None:
    publish_many(cluster, registry)
    quiet = audit.from_here()

    operator.restart()
    cluster.look_now(registry)

    (write,) = [one for one in quiet.writes() if one.resource.startswith("mlregistries")]
    assert write.resource == "mlregistries/status", "the echo of the annotation, and no count"
    told = [counts(version)[0] or 0 for version in history.versions(registry)]
    assert all(before <= after for before, after in pairwise(told)), told
