"""A namespace is deleted with everything in it: the Secret goes first, and Azure is empty all the same."""

import json
from collections.abc import Iterator

import pytest
from support.assets import a_document, an_environment, published
from support.clouds import ACCOUNTS, REGISTRIES, REPLICATIONS, MockCloud
from support.clusters import Cluster, Ref, condition
from support.credentials import NAME, Credentials
from support.images import an_image
from support.manifests import AssetBuilder, Manifest, RegistryBuilder, a_registry

from hack.world.operators import OperatorProcess
from mockcloud import defaults

GOING_SECONDS = 60.0
HOST = "mcr.example"
FORCED = 'mlregistry.io/force-detach: "true"'


@pytest.fixture
def credentials(cluster: Cluster) -> Credentials:
    """A Secret in a namespace of its own, with an identity that may write blobs, and the right to read it."""
    found = Credentials(cluster.namespace("field")).but(
        AZURE_CLIENT_ID=defaults.OPERATOR_CLIENT_ID, AZURE_CLIENT_SECRET=defaults.OPERATOR_CLIENT_SECRET
    )
    found.store(cluster)
    found.allow(cluster)
    return found


@pytest.fixture
def registry(cluster: Cluster, credentials: Credentials) -> Iterator[RegistryBuilder]:
    """A registry by that Secret, ready, that takes its data along."""
    builder = (
        a_registry("field")
        .in_regions("eastus", "westus")
        .in_namespace(credentials.namespace)
        .with_secret(NAME)
        .deleted_with_its_data()
        .with_spec(allowedNamespaces={"from": "All"})
    )
    cluster.apply(builder)
    cluster.ready(builder)
    yield builder
    cluster.empty()


def owned(cloud: MockCloud) -> list[str]:
    return [one["id"] for kind in (ACCOUNTS, REGISTRIES, REPLICATIONS) for one in cloud.resources(kind)]


def of(registry: RegistryBuilder, asset: AssetBuilder, namespace: str | None = None) -> AssetBuilder:
    """An asset of it, in its namespace or another, that takes its content along."""
    ours = asset.of_registry(registry.name, registry.namespace).with_spec(deletionPolicy="Delete")
    return ours.in_namespace(namespace or registry.namespace)


def stalled(cluster: Cluster, thing: RegistryBuilder | AssetBuilder, *words: str) -> str:
    """What it says once a person has to act, with all of these words."""

    def tells(seen: Manifest) -> bool:
        message = condition(seen, "Stalled").get("message", "")
        return all(word in message for word in words)

    seen = cluster.wait(thing, tells, because=f"it says {', '.join(words)}")
    return str(condition(seen, "Stalled")["message"])


@pytest.mark.promise(10)
def test_a_namespace_with_secret_registry_and_assets_goes_and_azure_is_empty(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder
) -> None:
    image = an_image("field")
    cloud.put_image("external", HOST, "team/env", image.digest, image.content)
    published(cluster, of(registry, a_document("rides")))
    published(cluster, of(registry, an_environment("sklearn", f"{HOST}/team/env@{image.digest}")))
    place = Ref("Namespace", registry.namespace)

    cluster.delete(place)
    cluster.gone(place, because="nothing that it takes along is needed", seconds=GOING_SECONDS)

    assert owned(cloud) == []


@pytest.mark.promise(10)
@pytest.mark.promise(13)
def test_after_a_restart_the_message_names_what_ends_it_and_it_does(
    cluster: Cluster,
    cloud: MockCloud,
    operator: OperatorProcess,
    registry: RegistryBuilder,
) -> None:
    asset = of(registry, a_document("kept"))
    published(cluster, asset)
    there = set(owned(cloud))
    operator.stop()
    place = Ref("Namespace", registry.namespace)
    cluster.delete(place)
    secret = Ref("Secret", NAME, registry.namespace)
    cluster.gone(secret, because="nothing holds a Secret")
    operator.start()

    said = stalled(cluster, asset, f"Namespace {registry.namespace} is being deleted", FORCED)
    assert f"MLAsset {asset.namespace}/{asset.name}" in said
    assert "Create" not in said
    cluster.annotate(asset, force_detach="true")
    said = stalled(cluster, registry, f"Namespace {registry.namespace} is being deleted", FORCED)
    assert f"MLRegistry {registry.namespace}/{registry.name}" in said
    cluster.annotate(registry, force_detach="true")
    cluster.gone(place, because="force-detach ends it", seconds=GOING_SECONDS)

    assert set(owned(cloud)) == there
    log = [json.loads(line) for line in operator.log.read_text("utf-8").splitlines() if line[:1] == "{"]
    told = " ".join(one.get("note", "") for one in log if one.get("reason") == "Retained")
    for account in cloud.accounts().values():
        assert account["id"] in told, "its events went with the namespace; the log has the list"
        cloud.delete_resource(account["id"])
    cloud.delete_resource(cloud.registries()[0]["id"])


@pytest.mark.promise(10)
def test_secret_and_registry_that_are_deleted_together_leave_nothing_either(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder
) -> None:
    """As `kubectl delete -f` does it: the namespace stays, and the Secret is the first of the files."""
    asset = of(registry, a_document("together"))
    published(cluster, asset)

    cluster.delete(Ref("Secret", NAME, registry.namespace))
    cluster.delete(asset)
    cluster.delete_unasked(registry)
    cluster.gone(registry, because="what it was reconciled with ends it", seconds=GOING_SECONDS)

    assert owned(cloud) == []


@pytest.mark.promise(10)
def test_an_asset_of_another_namespace_goes_after_the_registrys_secret_has(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder
) -> None:
    asset = of(registry, a_document("elsewhere"), cluster.namespace("team"))
    published(cluster, asset)
    place = Ref("Namespace", registry.namespace)
    cluster.delete(place)
    cluster.wait(
        registry,
        lambda seen: f"{asset.namespace}/{asset.name}" in condition(seen, "Ready").get("message", ""),
        because="it waits for the asset, and names it",
    )

    cluster.delete(asset)
    cluster.gone(place, because="its last asset is gone", seconds=GOING_SECONDS)

    assert owned(cloud) == []


@pytest.mark.promise(16)
def test_a_secret_that_was_taken_away_from_a_living_registry_is_not_used_for_its_deletion(
    cluster: Cluster, cloud: MockCloud, credentials: Credentials, registry: RegistryBuilder
) -> None:
    cluster.delete(Ref("Secret", NAME, registry.namespace))
    cluster.annotate(registry, reconcile_at="now")
    stalled(cluster, registry, f"Secret {registry.namespace}/{NAME} does not exist")

    with cloud.silence(because="the credentials were taken back"):
        cluster.delete(registry)
        stalled(cluster, registry, "Create it with the keys", FORCED)

    credentials.store(cluster)
    cluster.gone(registry, because="the Secret is back", seconds=GOING_SECONDS)
    assert owned(cloud) == []
