"""What cannot be is said at the earliest place that can know; nothing is half made; mending is enough."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from support.clouds import GROUP, MockCloud
from support.clusters import Cluster, RefusedError, condition
from support.manifests import RESOURCE_GROUP, Manifest, RegistryBuilder, a_registry

from hack.controlplane.ports import free_ports
from hack.world.operators import OperatorProcess

NOWHERE = "99999999-9999-4999-8999-999999999999"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A registry that the API server refuses, with words of the sentence that says why."""

    registry: RegistryBuilder
    words: tuple[str, ...]
    because: str


def numbered(count: int) -> RegistryBuilder:
    """In so many regions; their names need not exist to be counted."""
    return a_registry().in_regions("eastus", *(f"region{number}" for number in range(count - 1)))


REFUSALS = [
    Refusal(
        a_registry("Not_A_Name"),
        ("metadata.name", "RFC 1123"),
        because="Kubernetes' own rules for names come first",
    ),
    Refusal(
        a_registry("x"),
        ("registryName", "2"),
        because="without registryName the object's name is the registry's",
    ),
    Refusal(
        a_registry().with_spec(registryName="_underscore-first"),
        ("spec.registryName",),
        because="a registry's name starts alphanumeric",
    ),
    Refusal(
        a_registry().with_spec(location="westus"),
        ("replicationLocations", "location"),
        because="the primary region is one of the regions",
    ),
    Refusal(
        numbered(33), ("spec.replicationLocations", "at most 32"), because="thirty-two regions are the most"
    ),
    Refusal(
        a_registry().in_regions("eastus", "eastus"),
        ("Duplicate value", "eastus"),
        because="a region is declared once",
    ),
    Refusal(
        a_registry().with_storage("eastus", account_type="Standard_EXTRA"),
        ("storageAccountType", "Standard_EXTRA", "Standard_LRS"),
        because="an unknown SKU is refused beside the known ones",
    ),
    Refusal(
        a_registry().with_spec(replicationLocation=[]),
        ("unknown field", "spec.replicationLocation"),
        because="kubectl tells of a misspelt field",
    ),
    Refusal(
        a_registry().in_azure(subscriptionId="my-subscription"),
        ("spec.azure.subscriptionId",),
        because="a subscription is a GUID",
    ),
]


@pytest.mark.promise(7)
@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.because)
def test_what_cannot_be_is_refused_before_it_is_stored(cluster: Cluster, refusal: Refusal) -> None:
    with pytest.raises(RefusedError) as refused:
        cluster.apply(refusal.registry)

    for word in refusal.words:
        assert word in str(refused.value)
    assert cluster.find(refusal.registry) is None


def test_what_is_no_yaml_is_refused_by_kubectl(cluster: Cluster) -> None:
    with pytest.raises(RefusedError, match="error parsing"):
        cluster.apply("apiVersion: mlregistry.io/v1alpha1\nkind: MLRegistry\nmetadata: {name: [}\n")

    assert cluster.all("MLRegistry") == []


@pytest.mark.promise(13)
@pytest.mark.usefixtures("operator")
def test_a_subscription_that_does_not_exist_is_named_and_nothing_is_written(
    cluster: Cluster, cloud: MockCloud
) -> None:
    registry = a_registry().in_azure(subscriptionId=NOWHERE)

    with cloud.silence(because="there is no such subscription"):
        cluster.apply(registry)
        stalled = cluster.wait(
            registry, lambda seen: condition(seen, "Stalled"), because="a wrong id needs a person"
        )

    assert condition(stalled, "Stalled")["reason"] == "SubscriptionNotFound"
    message = condition(stalled, "Ready")["message"]
    assert "SubscriptionNotFound" in message
    assert NOWHERE in message
    assert "spec.azure.subscriptionId" in message


def make_the_group(_: Cluster, cloud: MockCloud, __: RegistryBuilder) -> None:
    cloud.put_resource(GROUP, {"location": "eastus"})


def ask_to_create_it(cluster: Cluster, _: MockCloud, registry: RegistryBuilder) -> None:
    cluster.apply(registry.in_azure(createResourceGroup=True))


@pytest.mark.promise(13)
@pytest.mark.usefixtures("operator")
@pytest.mark.parametrize("mend", [make_the_group, ask_to_create_it])
def test_a_missing_group_is_told_and_either_remedy_is_enough(
    cluster: Cluster, cloud: MockCloud, mend: Callable[[Cluster, MockCloud, RegistryBuilder], None]
) -> None:
    cloud.delete_resource(GROUP)
    registry = a_registry().in_regions("eastus", "westus")

    with cloud.silence(because="nobody asked to create the group"):
        cluster.apply(registry)
        stalled = cluster.wait(
            registry, lambda seen: condition(seen, "Stalled"), because="a missing group needs a person"
        )
    message = condition(stalled, "Stalled")["message"]
    assert condition(stalled, "Stalled")["reason"] == "ResourceGroupNotFound"
    assert RESOURCE_GROUP in message
    assert "createResourceGroup: true" in message

    mend(cluster, cloud, registry)
    cluster.ready(registry)


@pytest.mark.promise(13)
@pytest.mark.parametrize("setting", ["ARM_ENDPOINT", "AUTHORITY_HOST"])
def test_an_azure_that_cannot_be_reached_is_told_and_tried_again(
    cluster: Cluster, idle_operator: OperatorProcess, setting: str
) -> None:
    port = free_ports(1)[0]
    right = dict(idle_operator.settings)
    idle_operator.settings[f"MLREGISTRY_CLOUD__{setting}"] = f"https://127.0.0.1:{port}"
    idle_operator.start()
    cluster.apply(a_registry())

    unreachable = cluster.wait(
        a_registry(),
        lambda seen: condition(seen, "Ready").get("status") == "False",
        because="a cloud that does not answer is no secret",
    )
    assert condition(unreachable, "Reconciling")["reason"] == "ProgressingWithRetry"
    message = condition(unreachable, "Ready")["message"]
    assert str(port) in message
    assert "Check the operator's network and endpoints" in message

    idle_operator.settings = right
    idle_operator.restart()
    cluster.ready(a_registry())


@pytest.mark.promise(13)
@pytest.mark.usefixtures("operator")
def test_regions_that_azure_does_not_have_are_told_while_the_others_are_made(
    cluster: Cluster, cloud: MockCloud
) -> None:
    registry = a_registry().in_regions("eastus", "atlantis")
    cluster.apply(registry)

    stalled: Manifest = cluster.wait(
        registry,
        lambda seen: condition(seen, "Stalled") and seen["status"]["readyRegions"] == "1/2",
        because="no retry makes a region",
    )
    message = condition(stalled, "Stalled")["message"]
    assert "LocationNotAvailableForResourceType" in message
    assert "atlantis" in message

    cluster.apply(registry.in_regions("eastus", "westus"))
    cluster.ready(registry)
    assert cloud.accounts().keys() == {"eastus", "westus"}
