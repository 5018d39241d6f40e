"""Which namespaces have the operator act in its own name, and where: settings say so, and it holds them."""

import json

import pytest
from support.clouds import MockCloud
from support.clusters import Cluster, RefusedError, condition
from support.credentials import NAME, Credentials
from support.manifests import RESOURCE_GROUP, RegistryBuilder, a_registry

from hack.world.operators import OperatorProcess
from mockcloud import defaults

SUBSCRIPTION = defaults.SUBSCRIPTION_ID
ELSEWHERE = "11111111-2222-4333-8444-555555555555"
FEDERATED = {"workloadIdentity": {"clientId": ELSEWHERE, "tenantId": defaults.TENANT_ID}}


@pytest.fixture
def home(cluster: Cluster) -> str:
    """The one namespace that may."""
    return cluster.namespace("platform")


@pytest.fixture
def team(cluster: Cluster) -> str:
    """Another one."""
    return cluster.namespace("team")


@pytest.fixture
def bounded(idle_operator: OperatorProcess, home: str) -> OperatorProcess:
    """An operator that does not run yet, whose identity is for one namespace, subscription and group."""
    allowed = {
        "namespaces": [home],
        "subscriptions": [SUBSCRIPTION],
        "resourceGroups": [RESOURCE_GROUP.upper()],
    }
    idle_operator.settings["MLREGISTRY_IDENTITY__ALLOWED"] = json.dumps(
        [allowed | {"clientIds": [SUBSCRIPTION]}]
    )
    return idle_operator


def refused(cluster: Cluster, registry: RegistryBuilder) -> str:
    """What the registry says once the identity is kept from it."""
    seen = cluster.wait(
        registry,
        lambda seen: condition(seen, "Stalled").get("reason") == "IdentityNotAllowed",
        because="the operator does not act for that namespace",
    )
    message: str = condition(seen, "Ready")["message"]
    return message


@pytest.mark.promise(16)
def test_the_operators_identity_is_used_for_whom_the_settings_say_and_for_nobody_else(
    cluster: Cluster, cloud: MockCloud, bounded: OperatorProcess, home: str, team: str
) -> None:
    """They are stored while nobody answers reviews, so that the controller alone decides."""
    own = a_registry("own").in_namespace(home)
    strangers = {
        "another namespace": a_registry("other-space").in_namespace(team),
        "another group": a_registry("other-group").in_namespace(home).in_azure(resourceGroup="elsewhere"),
        "another subscription": a_registry("other-sub").in_namespace(home).in_azure(subscriptionId=ELSEWHERE),
        "an application": a_registry("application").in_namespace(team).in_azure(credentials=FEDERATED),
        "another application": a_registry("app2").in_namespace(home).in_azure(credentials=FEDERATED),
    }
    for registry in (own, *strangers.values()):
        cluster.apply(registry)
    credentials = Credentials(team)
    credentials.store(cluster)
    credentials.allow(cluster)
    brings = a_registry("brings").in_namespace(team).with_secret(NAME)
    cluster.apply(brings)

    bounded.start()
    for registry in strangers.values():
        message = refused(cluster, registry)
        assert f"namespace {registry.namespace} may not have the operator act in its own name" in message
        assert "identity.allowed" in message
    cluster.ready(own)
    cluster.ready(brings)

    paths = str([entry["path"] for entry in cloud.arm_requests()]).lower()
    assert "/elsewhere/" not in paths
    assert ELSEWHERE not in paths
    assert {one.get("tags", {}).get("mlregistry-registry") for one in cloud.resources()} - {None} == {
        "own",
        "brings",
    }
    for registry in strangers.values():
        with pytest.raises(RefusedError, match="may not have the operator act in its own name"):
            cluster.create(registry.named(f"{registry.name}-2").manifest())


@pytest.mark.promise(10)
def test_a_registry_that_lost_the_identity_can_still_go(
    cluster: Cluster, cloud: MockCloud, bounded: OperatorProcess, team: str
) -> None:
    retained = a_registry("retained").in_namespace(team)
    doomed = a_registry("doomed").in_namespace(team).deleted_with_its_data()
    settings = bounded.settings.pop("MLREGISTRY_IDENTITY__ALLOWED")
    bounded.start()
    for registry in (retained, doomed):
        cluster.apply(registry)
        cluster.ready(registry)
    bounded.stop()
    bounded.settings["MLREGISTRY_IDENTITY__ALLOWED"] = settings
    bounded.start()
    mark = cloud.last_request()

    cluster.delete(retained)
    cluster.gone(retained, because="what stays in Azure needs no identity")
    cluster.annotate(doomed, confirm_delete="doomed")
    cluster.delete(doomed)
    assert "mlregistry.io/force-detach" in refused(cluster, doomed)
    cluster.annotate(doomed, force_detach="true")
    cluster.gone(doomed, because="it leaves everything in Azure")

    assert cloud.arm_requests(mark) == []
