"""The first sync ever, on a cluster that has not heard of our kinds."""

from collections.abc import Iterator

import pytest
from support.applications import ASSETS, REGISTRY, Application, operation_of
from support.clouds import MockCloud
from support.clusters import Cluster, is_ready

from hack.world.installation import install
from hack.world.operators import OperatorProcess
from hack.world.webhooks import WebhookEndpoint


@pytest.fixture(autouse=True)
def judged() -> None:
    """A watch on kinds that go and come would break; the same statuses are judged in every other test."""


@pytest.fixture
def bare(cluster: Cluster, webhook: WebhookEndpoint) -> Iterator[None]:
    """A cluster that has never heard of our kinds."""
    kinds = ["mlregistries.mlregistry.io", "mlassets.mlregistry.io"]
    cluster.kubectl("delete", "customresourcedefinition", *kinds)
    yield
    install(cluster.plane, webhook)


@pytest.mark.promise(1)
@pytest.mark.usefixtures("bare")
def test_a_first_sync_brings_kinds_rights_registry_and_assets_to_a_cluster_that_knows_none_of_them(
    cluster: Cluster, application: Application, idle_operator: OperatorProcess, cloud: MockCloud
) -> None:
    revision = application.repository.commit("Everything")
    application.apply()
    application.wait(
        lambda app: "MLRegistry" in operation_of(app).get("message", ""),
        because="kinds and rights come first, and then the registry is waited for",
    )

    idle_operator.start()
    app = application.settled(revision, because="a Deployment would have started the operator in wave 0")

    assert all(is_ready(cluster.get(one)) for one in (REGISTRY, *ASSETS))
    assert {one["status"] for one in app["status"]["resources"]} == {"Synced"}
    assert not app["status"].get("conditions")
    assert len(cloud.accounts()) == 4, "three regions, and the team's own account"
