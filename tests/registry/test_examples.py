"""The main job: the examples, applied as they lie in the repository, end in Azure exactly as declared."""

from pathlib import Path

import pytest
from support.clouds import GROUP, MockCloud
from support.clusters import Cluster, Ref, condition, region
from support.manifests import Manifest, a_registry

from hack.world.places import EXAMPLES

REGIONS = ("eastus", "eastus2", "westus")
NAMESPACE = "ml-platform"

pytestmark = pytest.mark.usefixtures("operator")


@pytest.mark.promise(1)
@pytest.mark.parametrize(
    ("file", "name"),
    [
        pytest.param(EXAMPLES / "registry.yaml", "demo-registry-1", id="three regions"),
        pytest.param(EXAMPLES / "registry-storage.yaml", "demo-registry-2", id="storage for each region"),
    ],
)
def test_an_example_applied_as_a_file_becomes_exactly_what_it_declares(
    cluster: Cluster, cloud: MockCloud, file: Path, name: str
) -> None:
    cluster.apply(file)
    ready = cluster.ready(Ref("MLRegistry", name, NAMESPACE))

    assert_status_tells_of_three_ready_regions(ready)
    assert_every_region_has_its_account(ready, cluster, cloud)
    assert_one_premium_registry_is_replicated(ready, cluster, cloud)


@pytest.mark.promise(1)
def test_a_group_that_is_to_be_created_is_created_with_our_tags(cluster: Cluster, cloud: MockCloud) -> None:
    cloud.delete_resource(GROUP)

    cluster.apply(EXAMPLES / "registry.yaml")
    ready = cluster.ready(Ref("MLRegistry", "demo-registry-1", NAMESPACE))

    group = cloud.resource(GROUP)
    assert group is not None
    assert group["location"] == "eastus"
    assert group["tags"].items() >= wanted_tags(cluster, ready, "eastus").items()
    assert len(cloud.accounts()) == len(REGIONS)


@pytest.mark.promise(1)
def test_storage_settings_become_the_account_that_azure_needs_for_them(
    cluster: Cluster, cloud: MockCloud
) -> None:
    ready = cluster.apply(
        a_registry()
        .in_regions("westeurope", "northeurope", "westus3")
        .with_storage("westeurope", account_type="Premium_LRS")
        .with_storage("northeurope", account_type="Standard_ZRS", hns=True)
        .with_spec(publicNetworkAccess="Disabled")
    )
    ready = cluster.ready(ready)

    accounts = cloud.accounts()
    made = {
        location: (account["kind"], account["sku"]["name"], account["properties"]["isHnsEnabled"])
        for location, account in accounts.items()
    }
    assert made == {
        "westeurope": ("BlockBlobStorage", "Premium_LRS", False),
        "northeurope": ("StorageV2", "Standard_ZRS", True),
        "westus3": ("StorageV2", "Standard_LRS", False),
    }
    assert {one["properties"]["publicNetworkAccess"] for one in accounts.values()} == {"Disabled"}
    assert cloud.registries()[0]["properties"]["publicNetworkAccess"] == "Disabled"
    assert region(ready, "northeurope")["storageAccount"]["hns"] is True


def assert_status_tells_of_three_ready_regions(ready: Manifest) -> None:
    status = ready["status"]
    assert status["readyRegions"] == "3/3"
    assert [row["location"] for row in status["regions"]] == list(REGIONS)
    assert {row["state"] for row in status["regions"]} == {"Ready"}
    assert [row["role"] for row in status["regions"]] == ["Primary", "Replica", "Replica"]
    assert [row["imageReplication"] for row in status["regions"]] == ["Succeeded", "Ready", "Ready"]
    assert status["registryName"] == ready["spec"]["registryName"]
    assert status["resourceGroupId"] == GROUP
    for kind in ("Ready", "StorageReady", "ContainerRegistryReady", "AccessReady"):
        assert condition(ready, kind)["status"] == "True"
    assert not {"plan", "operations", "drift", "retained"} & status.keys()


def assert_every_region_has_its_account(ready: Manifest, cluster: Cluster, cloud: MockCloud) -> None:
    accounts = cloud.accounts()
    assert accounts.keys() == set(REGIONS)
    for location, account in accounts.items():
        properties = account["properties"]
        assert account["sku"]["name"] == "Standard_LRS"
        assert account["kind"] == "StorageV2"
        assert properties["isHnsEnabled"] is False
        assert properties["minimumTlsVersion"] == "TLS1_2"
        assert properties["allowBlobPublicAccess"] is False
        assert properties["allowSharedKeyAccess"] is False
        assert properties["supportsHttpsTrafficOnly"] is True
        assert properties["publicNetworkAccess"] == "Enabled"
        assert account["tags"].items() >= wanted_tags(cluster, ready, location).items()
        assert region(ready, location)["storageAccount"] == {
            "name": account["name"],
            "id": account["id"],
            "blobEndpoint": properties["primaryEndpoints"]["blob"],
            "type": "Standard_LRS",
            "hns": False,
        }


def assert_one_premium_registry_is_replicated(ready: Manifest, cluster: Cluster, cloud: MockCloud) -> None:
    (registry,) = cloud.registries()
    assert registry["sku"]["name"] == "Premium"
    assert registry["location"] == "eastus"
    assert registry["properties"]["adminUserEnabled"] is False
    assert registry["tags"].items() >= wanted_tags(cluster, ready, "eastus").items()
    assert ready["status"]["containerRegistry"] == {
        "name": registry["name"],
        "id": registry["id"],
        "loginServer": registry["properties"]["loginServer"],
    }
    replications = cloud.replications()
    assert replications.keys() == {"eastus2", "westus"}
    for location, replication in replications.items():
        assert replication["id"] == f"{registry['id']}/replications/{location}"
        assert replication["tags"].items() >= wanted_tags(cluster, ready, location).items()


def wanted_tags(cluster: Cluster, registry: Manifest, location: str) -> dict[str, str]:
    """The declared tags, and the three that tell whose a resource is."""
    cluster_id = cluster.get(Ref("Namespace", "kube-system"))["metadata"]["uid"]
    metadata = registry["metadata"]
    return {
        **registry["spec"].get("tags", {}),
        "mlregistry-owner": f"{cluster_id}/{metadata['namespace']}/{metadata['name']}",
        "mlregistry-registry": registry["status"]["registryName"],
        "mlregistry-location": location,
    }
