"""What only other objects can tell, asked of a real API server with the operator's own rights."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from support.clusters import PATHS, Cluster, Ref, RefusedError
from support.manifests import AssetBuilder, Builder, RegistryBuilder, a_registry, an_asset

from hack.controlplane.plane import ControlPlane
from hack.world.operators import OperatorProcess

DRY = {"params": {"dryRun": "All"}}
REGISTRY = a_registry()
MERGE = {"Content-Type": "application/merge-patch+json"}
NEEDED = an_asset("needed", "needed")
NEEDY = an_asset("needy", "needy").with_spec(
    references=[{"type": "Data", "assetName": "needed", "version": "1"}]
)


@pytest.fixture
def http(installed: ControlPlane) -> Iterator[httpx.Client]:
    with installed.client() as client:
        yield client


@pytest.fixture
def registry(cluster: Cluster, operator: OperatorProcess) -> RegistryBuilder:
    """A registry that is ready."""
    cluster.apply(REGISTRY)
    cluster.ready(REGISTRY)
    return REGISTRY


def warnings_of(http: httpx.Client, new: Builder) -> str:
    """What the API server says beside storing a new object."""
    path = PATHS[new.kind].format(namespace=new.namespace)
    answer = http.post(path, json=new.manifest(), **DRY)
    assert answer.status_code == 201, answer.text
    return " ".join(answer.headers.get_list("Warning"))


def refusal(cluster: Cluster, *arguments: str) -> str:
    """What kubectl prints when it is refused."""
    with pytest.raises(RefusedError) as refused:
        cluster.kubectl(*arguments)
    return str(refused.value)


@pytest.mark.promise(8)
def test_kubectl_says_which_registry_has_the_name(cluster: Cluster, registry: RegistryBuilder) -> None:
    second = a_registry("second").with_spec(registryName=registry.name.upper())

    with pytest.raises(RefusedError) as refused:
        cluster.apply(second)

    assert "spec.registryName: Forbidden: MLRegistry default/registry has this name" in str(refused.value)


@pytest.mark.promise(8)
def test_what_another_registry_owns_or_adopts_is_not_adopted(
    cluster: Cluster, registry: RegistryBuilder
) -> None:
    account = cluster.get(registry)["status"]["regions"][0]["storageAccount"]["id"]
    elsewhere = f"{account}x"
    cluster.annotate(registry, adopt=elsewhere)
    second = a_registry("second")

    for target, says in ((account, "is in the status of MLRegistry"), (elsewhere, "adopts")):
        with pytest.raises(RefusedError, match=f"{says}.*default/registry|default/registry {says}"):
            cluster.apply(second.annotated(adopt=target))


@pytest.mark.promise(9)
@pytest.mark.parametrize("how", [[], ["--dry-run=server"]], ids=["deleted", "tried"])
def test_a_registry_that_is_used_is_not_deleted(
    cluster: Cluster, registry: RegistryBuilder, how: list[str]
) -> None:
    cluster.apply(NEEDED)

    said = refusal(cluster, "delete", "mlregistry", registry.name, *how)

    assert "this registry is still used by MLAsset default/needed; delete what uses it first" in said
    assert "deletionTimestamp" not in cluster.get(registry)["metadata"]

    cluster.annotate(registry, force_detach="true")
    cluster.delete(registry)
    cluster.gone(registry, because="the annotation is the way out")


@pytest.mark.promise(9)
def test_a_version_that_is_referenced_is_not_deleted(cluster: Cluster, registry: RegistryBuilder) -> None:
    cluster.apply(NEEDED)
    cluster.apply(NEEDY)

    said = refusal(cluster, "delete", "mlasset", "needed")

    assert (
        "this version is still referenced by MLAsset default/needy; delete what references it first" in said
    )
    cluster.delete(NEEDY)
    cluster.gone(NEEDY, because="nobody needs it")
    cluster.delete(NEEDED)
    cluster.gone(NEEDED, because="nobody needs it any more")


@pytest.mark.promise(10)
def test_a_namespace_goes_with_a_registry_and_its_assets_in_it(
    cluster: Cluster, operator: OperatorProcess
) -> None:
    place = cluster.namespace("whole")
    for thing in (REGISTRY, NEEDED, NEEDY):
        cluster.apply(thing.in_namespace(place))
    cluster.ready(REGISTRY.in_namespace(place))

    cluster.delete(Ref("Namespace", place))

    cluster.gone(Ref("Namespace", place), because="the webhook stands in nobody's way", seconds=60)


@pytest.mark.promise(10)
def test_an_operator_that_is_down_refuses_no_deletion(
    cluster: Cluster, registry: RegistryBuilder, operator: OperatorProcess
) -> None:
    cluster.apply(NEEDED)
    operator.kill()

    cluster.delete(registry)

    assert "deletionTimestamp" in cluster.get(registry)["metadata"], "the finalizer decides when it is up"


def elsewhere(**source: Any) -> AssetBuilder:
    return an_asset("promoted").with_spec(source={"asset": {"assetName": "x", "version": "7", **source}})


COMPONENT = an_asset("latest").of_type("Component")
WARNED = [
    (an_asset().of_registry("nowhere"), "spec.registryRef: MLRegistry default/nowhere does not exist"),
    (an_asset("twin", "NEEDED"), "spec.version: MLAsset default/needed declares this version too"),
    (
        NEEDY.with_spec(references=[{"type": "Model", "assetName": "m", "version": "1"}]),
        "spec.references: no MLAsset declares models/m/versions/1 in MLRegistry default/registry",
    ),
    (
        elsewhere(registryRef={"name": "nowhere"}),
        "spec.source.asset: no MLAsset declares data/x/versions/7 in MLRegistry default/nowhere",
    ),
    (
        COMPONENT.with_spec(source={"inline": "environment: azureml:sklearn@latest\n"}),
        "names no version, so what it means can change",
    ),
]


def test_a_new_asset_passes_with_a_word_about_what_it_will_wait_for(
    cluster: Cluster, registry: RegistryBuilder, http: httpx.Client
) -> None:
    cluster.apply(NEEDED)
    for new, says in WARNED:
        assert says in warnings_of(http, new)
    assert warnings_of(http, NEEDY) == "", "all that it needs is declared"

    foreign = NEEDY.in_namespace(cluster.namespace("closed")).of_registry(registry.name, "default")
    assert "MLRegistry default/registry does not allow assets in namespace closed" in warnings_of(
        http, foreign
    )


@pytest.mark.promise(9)
def test_a_region_that_leaves_with_the_only_copy_is_told(
    cluster: Cluster, registry: RegistryBuilder, http: httpx.Client, operator: OperatorProcess
) -> None:
    operator.stop()
    cluster.apply(NEEDED)
    wide = registry.in_regions("eastus", "westus")
    cluster.apply(wide)
    rows = {"status": {"regions": [{"location": "westus", "state": "Ready"}]}}
    cluster.patch(NEEDED, rows, subresource="status")
    operator.start()
    cluster.patch(NEEDED, {"spec": {"suspend": True}})
    cluster.patch(NEEDED, rows, subresource="status")

    answer = http.patch(
        Ref.of(registry).path, json={"spec": registry.in_regions("eastus").spec}, headers=MERGE, **DRY
    )

    assert answer.status_code == 200
    assert "westus has the only complete copy of MLAsset default/needed" in answer.headers["Warning"]
