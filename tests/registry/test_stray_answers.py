"""Wherever an answer of Azure leads, no token goes there, and no list is followed for ever."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.clouds import MockCloud
from support.clusters import Cluster, condition
from support.foreign_hosts import ForeignHost, foreign_host
from support.manifests import a_registry

REGISTRY = a_registry().in_regions("eastus", "westus")
TOKEN = {"pathRegex": "/oauth2/v2.0/token$"}
READ = {"method": "GET", "pathRegex": "/storageAccounts/[^/?]+$"}
LISTED = {"method": "GET", "pathRegex": "/replications$"}


@pytest.fixture
def foreign(cloud: MockCloud, tmp_path: Path) -> Iterator[ForeignHost]:
    folder = tmp_path / "foreign"
    folder.mkdir()
    with foreign_host(cloud.cloud.ca, folder) as host:
        yield host


REDIRECTED = {
    "Resource Manager": (READ, 302),
    "Resource Manager, for the same method": (READ, 307),
    "an operation": ({"method": "GET", "pathRegex": "asyncoperations|operationresults"}, 302),
    "a token": (TOKEN, 302),
    "a token, for the same method": (TOKEN, 307),
}


@pytest.mark.promise(16)
@pytest.mark.usefixtures("operator")
@pytest.mark.parametrize("what", REDIRECTED)
def test_no_redirect_of_azure_is_followed(
    cluster: Cluster, cloud: MockCloud, foreign: ForeignHost, what: str
) -> None:
    asked, status = REDIRECTED[what]
    cloud.settings(lroSeconds=1)
    cloud.fault(**asked, times=2, status=status, headers={"Location": f"{foreign.url}/latest/meta-data"})

    cluster.apply(REGISTRY)
    cluster.wait(REGISTRY, _has_status, because="the first pass tells how it went")
    _asked_again(cluster, cloud)

    assert cluster.ready(REGISTRY)
    assert foreign.visits == 0


@pytest.mark.promise(16)
@pytest.mark.usefixtures("operator")
@pytest.mark.parametrize("kind", ["registries", "replications"])
def test_an_operation_is_looked_up_at_resource_manager_alone(
    cluster: Cluster, cloud: MockCloud, foreign: ForeignHost, kind: str
) -> None:
    cloud.settings(lroSeconds=1)
    away = dict.fromkeys(("Azure-AsyncOperation", "Location"), f"{foreign.url}/operations/1")
    cloud.fault(method="PUT", pathRegex=f"/{kind}/[^/?]+$", times=3, headers=away)

    cluster.apply(REGISTRY)
    cluster.ready(REGISTRY)

    assert foreign.visits == 0


NEXT = {
    "another host": ('{{"value": [], "nextLink": "{foreign}/next"}}', "goes to no other host"),
    "itself": (
        '{{"value": [], "nextLink": "{cloud}/subscriptions/x/replications?page=2"}}',
        "the list does not end",
    ),
}


@pytest.mark.promise(17)
@pytest.mark.usefixtures("operator")
@pytest.mark.parametrize("leads", NEXT)
def test_a_list_that_leads_away_or_does_not_end_is_a_failure(
    cluster: Cluster, cloud: MockCloud, foreign: ForeignHost, leads: str
) -> None:
    body, words = NEXT[leads]
    told = body.format(foreign=foreign.url, cloud=cloud.cloud.url)
    json = {"Content-Type": "application/json"}
    fault = cloud.fault(method="GET", pathRegex="/replications", times=None, body=told, headers=json)
    mark = cloud.last_request()

    cluster.apply(REGISTRY)
    cluster.wait(REGISTRY, lambda seen: words in str(seen.get("status")), because=f"it says: {words}")
    assert len([one for one in cloud.requests(mark) if "/replications" in one["path"]]) < 100

    cloud.remove_fault(fault)
    cluster.ready(REGISTRY)
    assert foreign.visits == 0


def _has_status(seen: dict[str, Any]) -> bool:
    return bool(condition(seen, "Ready"))


def _asked_again(cluster: Cluster, cloud: MockCloud) -> None:
    """What only a person can mend is tried again when he says so."""
    cloud.clear_faults()
    cluster.look_now(REGISTRY)
