"""What cannot be published is said at the earliest place that can know, and nothing of it is published."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.assets import (
    REGIONS,
    a_component,
    a_data_set,
    a_document,
    a_model,
    an_environment,
    from_blobs,
    ready,
    refused_for,
    stalled_for,
)
from support.clouds import MockCloud
from support.clusters import Cluster, RefusedError, condition
from support.manifests import AssetBuilder, RegistryBuilder, an_asset
from support.shelves import TEAM, Shelves, Version
from support.signatures import container_signature

from hack.world.operators import OperatorProcess
from mockcloud import defaults

HOST = "127.0.0.1:1"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An asset that the API server refuses, with words of the sentence that says why."""

    asset: AssetBuilder
    words: tuple[str, ...]
    because: str


REFUSALS = [
    Refusal(
        an_asset().with_spec(source={"inline": "a: b", "blob": {"url": f"https://{HOST}/a/b"}}),
        ("spec.source", "exactly one of blob, image, asset and inline"),
        because="two sources would be two versions",
    ),
    Refusal(
        an_asset().with_spec(source={}),
        ("spec.source", "exactly one"),
        because="a version comes from somewhere",
    ),
    Refusal(
        an_asset().with_spec(model={"format": "Custom"}),
        ("spec.model", "only for assets with type: Model"),
        because="a data set has no model block",
    ),
    Refusal(
        an_asset().with_spec(source={"image": {"reference": "mcr.example/sklearn:1"}}),
        ("spec.source.image", "only for assets with type: Environment"),
        because="an image makes no data set",
    ),
    Refusal(
        an_asset().with_spec(source=from_blobs(f"https://{HOST}/a/b?sig=secret")),
        ("spec.source.blob.url", "a shared access signature is a secret", "sasSecretRef"),
        because="a signature in the spec would be there for everybody to read",
    ),
    Refusal(
        an_asset().with_spec(source=from_blobs("http://insecure.example/a/b")),
        ("spec.source.blob.url", "https://"),
        because="content travels by HTTPS alone",
    ),
    Refusal(
        an_asset().with_spec(digest="sha256:short"),
        ("spec.digest", "64 hexadecimal digits"),
        because="a digest has a form",
    ),
    Refusal(
        an_asset().with_spec(references=[{"type": "Data", "assetName": "TAXI-fare", "version": "1"}]),
        ("spec.references", "cannot need itself"),
        because="names compare without case",
    ),
]


@pytest.mark.promise(7)
@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.because)
def test_what_cannot_be_is_refused_before_it_is_stored(cluster: Cluster, refusal: Refusal) -> None:
    with pytest.raises(RefusedError) as refused:
        cluster.create(refusal.asset.manifest())

    for word in refusal.words:
        assert word in str(refused.value)
    assert cluster.find(refusal.asset) is None


@dataclass(frozen=True, slots=True)
class Trouble:
    """A source that cannot be read, what a user reads of it, and what mends it."""

    source: Callable[[Shelves], dict[str, Any]]
    reason: str
    words: tuple[str, ...]
    because: str


TROUBLES = {
    "no account": Trouble(
        lambda shelves: from_blobs(f"{shelves.cloud.cloud.url}/nobodysaccount/models/taxi"),
        "SourceUnavailable",
        ("nobodysaccount",),
        because="an account that does not exist",
    ),
    "no container": Trouble(
        lambda shelves: from_blobs(shelves.url("no-such-container", "taxi")),
        "SourceUnavailable",
        ("ContainerNotFound", "spec.source.blob.url"),
        because="a container that does not exist",
    ),
    "no blob": Trouble(
        lambda shelves: from_blobs(shelves.url("bad", "no/such/prefix")),
        "InvalidSpec",
        ("holds no file",),
        because="a prefix with nothing below it",
    ),
    "another port": Trouble(
        lambda _: from_blobs(f"https://{HOST}/account/models/taxi"),
        "InvalidSpec",
        (HOST, "shown to no other"),
        because="another service on the cloud's own host",
    ),
    "a stranger": Trouble(
        lambda _: from_blobs("https://attacker.example/models/taxi"),
        "InvalidSpec",
        ("attacker.example", "shown to no other", "copy there first"),
        because="a host that would be shown the identity's token",
    ),
    "no Secret": Trouble(
        lambda shelves: from_blobs(shelves.url("bad", "some"), {"name": "nosuchsecret", "key": "sas"}),
        "CredentialsUnavailable",
        ("default/nosuchsecret",),
        because="a Secret that the operator may not read, or that is not there",
    ),
}


@pytest.mark.promise(13)
@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
def test_a_source_that_cannot_be_read_is_told_and_nothing_is_published(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves, trouble: Trouble
) -> None:
    shelves.plant("bad", {"some/file": b"here"})
    asset = a_data_set("troubled", "").with_spec(source=trouble.source(shelves))

    cluster.apply(asset)
    seen = refused_for(cluster, asset, trouble.reason)

    message = condition(seen, "Published")["message"]
    for word in trouble.words:
        assert word in message
    assert condition(seen, "Published")["reason"] == trouble.reason
    assert shelves.is_nowhere(Version(registry.name, "Data", "troubled"))


@pytest.mark.promise(13)
def test_what_comes_to_be_readable_is_published_by_itself(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    asset = a_data_set("late", shelves.url("late", "rides"))
    cluster.apply(asset)
    refused_for(cluster, asset, "SourceUnavailable")

    shelves.plant("late", {"rides/1.csv": b"1"})
    ready(cluster, asset)

    shelves.assert_everywhere(Version(registry.name, "Data", "late"), {"1.csv": b"1"}, *REGIONS)


@pytest.fixture
def without_data_roles(cloud: MockCloud) -> Iterator[None]:
    """The operator may manage accounts, and use data of the registry's group alone."""
    people = cloud.principals()
    subscription = f"/subscriptions/{defaults.SUBSCRIPTION_ID}"
    group = f"{subscription}/resourceGroups/ml-registries"
    roles = [
        {"role": "Contributor", "scope": subscription},
        {"role": "Storage Blob Data Contributor", "scope": group},
        {"role": "Storage Blob Delegator", "scope": group},
    ]
    cloud.principals([{**one, "roles": roles} if _is_operator(one) else one for one in people])
    yield
    everywhere = [{**one, "scope": subscription} for one in roles]
    cloud.principals([{**one, "roles": everywhere} if _is_operator(one) else one for one in people])


def _is_operator(person: dict[str, Any]) -> bool:
    return bool(person["principalId"] == defaults.OPERATOR_PRINCIPAL_ID)


@pytest.mark.promise(13)
@pytest.mark.usefixtures("without_data_roles")
def test_a_source_that_may_not_be_read_is_told_with_the_role_to_grant(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    shelves.plant("closed", {"rides/1.csv": b"1"})
    asset = a_data_set("closed", shelves.url("closed", "rides"))

    cluster.apply(asset)
    seen = refused_for(cluster, asset, "SourceUnavailable")

    message = condition(seen, "Published")["message"]
    assert "AuthorizationPermissionMismatch" in message
    assert "Storage Blob Data Reader" in message
    assert shelves.is_nowhere(Version(registry.name, "Data", "closed"))


BOMB_MIB = 256
MOST_MIB = 200


@pytest.mark.promise(17)
@pytest.mark.parametrize("packed", [True, False], ids=["gzip", "plain"])
def test_a_source_that_answers_with_far_too_much_takes_no_memory_and_holds_nobody_up(
    cluster: Cluster,
    cloud: MockCloud,
    registry: RegistryBuilder,
    shelves: Shelves,
    module_operator: OperatorProcess,
    *,
    packed: bool,
) -> None:
    name = f"swollen-{packed}".lower()
    shelves.plant(name, {"rides/1.csv": b"1"})
    listed = cloud.fault(
        pathRegex=f"/{name}$", queryRegex="comp=list", times=None, padMiB=BOMB_MIB, gzip=packed
    )
    asset = a_data_set(name, shelves.url(name, "rides"))

    cluster.apply(asset)
    seen = refused_for(cluster, asset, "ResponseTooLarge")
    other = a_document(f"beside-{name}")
    cluster.apply(other)
    ready(cluster, other)

    message = condition(seen, "Published")["message"]
    assert "packed (gzip)" in message if packed else "larger than 8 MiB" in message
    assert "what answers at that address" in message
    assert shelves.is_nowhere(Version(registry.name, "Data", name))
    assert most_memory(module_operator) < MOST_MIB

    cloud.remove_fault(listed)
    ready(cluster, asset)


def most_memory(operator: OperatorProcess) -> int:
    """The most MiB that the process ever held."""
    told = Path(f"/proc/{operator.pid}/status").read_text("utf-8")
    return next(int(line.split()[1]) for line in told.splitlines() if line.startswith("VmHWM")) // 1024


def secret_with(cluster: Cluster, name: str, **data: str) -> dict[str, Any]:
    """A Secret that the operator may read."""
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": "default"},
        "stringData": data,
    }
    if cluster.find(secret) is None:
        cluster.create(secret)
    else:
        cluster.patch(secret, {"stringData": data})
    cluster.let_operator_read("default", name)
    return secret


@pytest.mark.promise(13)
@pytest.mark.usefixtures("without_data_roles")
def test_a_signature_in_a_secret_opens_a_source_and_is_told_to_nobody(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, shelves: Shelves
) -> None:
    shelves.plant("signed", {"rides/1.csv": b"1", "rides/2.csv": b""})
    expired = container_signature(cloud, TEAM, "signed", hours=-1)
    secret_with(cluster, "signature", sas=expired)
    source = from_blobs(shelves.url("signed", "rides"), {"name": "signature", "key": "sas"})
    asset = a_data_set("signed", "").with_spec(source=source)

    cluster.apply(asset)
    seen = refused_for(cluster, asset, "CredentialsUnavailable")
    assert "Key sas of Secret default/signature expired at 20" in condition(seen, "Published")["message"]
    assert shelves.is_nowhere(Version(registry.name, "Data", "signed"))

    secret_with(cluster, "signature", sas="?" + container_signature(cloud, TEAM, "signed"))
    ready(cluster, asset)
    files = {"1.csv": b"1", "2.csv": b""}
    shelves.assert_everywhere(Version(registry.name, "Data", "signed"), files, *REGIONS)
    assert "sig=" not in str(cluster.get(asset))


@pytest.mark.promise(13)
def test_a_secret_without_the_key_is_told(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    secret_with(cluster, "other-key", other="x")
    source = from_blobs(shelves.url("signed", "rides"), {"name": "other-key", "key": "sas"})
    asset = a_data_set("keyless", "").with_spec(source=source)

    cluster.apply(asset)
    seen = refused_for(cluster, asset, "CredentialsUnavailable")

    assert "Secret default/other-key lacks sas" in condition(seen, "Published")["message"]


BAD_DOCUMENTS = {
    "no YAML": ("{: no", ("spec.source.inline", "YAML document")),
    "a label": (
        "environment: azureml://registries/registry/environments/sklearn/labels/latest",
        ("environment", "versions/"),
    ),
    "a workspace's own": ("environment: azureml:sklearn@latest", ("environment", "sklearn")),
    "another registry's": (
        "environment: azureml://registries/elsewhere/environments/sklearn/versions/1",
        ("is in the registry elsewhere", "azureml://registries/registry/environments/sklearn/versions/1"),
    ),
}


@pytest.mark.promise(13)
@pytest.mark.parametrize("name", BAD_DOCUMENTS)
def test_a_specification_that_cannot_be_held_to_is_refused_with_what_to_write(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves, name: str
) -> None:
    text, words = BAD_DOCUMENTS[name]
    asset = a_component("bad-component", text)
    try:
        cluster.apply(asset)
    except RefusedError as refused:
        message = str(refused)
    else:
        message = condition(stalled_for(cluster, asset, "InvalidSpec"), "ReferencesResolved")["message"]

    for word in words:
        assert word in message
    assert shelves.is_nowhere(Version(registry.name, "Component", "bad-component"))


def test_an_unknown_registry_is_awaited(cluster: Cluster, registry: RegistryBuilder) -> None:
    asset = a_document("early").of_registry("not-yet")
    cluster.apply(asset)

    seen = refused_for(cluster, asset, "ProgressingWithRetry")

    assert "MLRegistry default/not-yet does not exist" in condition(seen, "Ready")["message"]


@pytest.mark.promise(13)
def test_an_image_that_is_not_there_is_told(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder
) -> None:
    asset = an_environment("no-image", "mcr.example/no/such/image:1")

    cluster.apply(asset)
    seen = cluster.wait(
        asset,
        lambda seen: (
            condition(seen, "Published").get("status") == "False"
            and "no/such/image" in condition(seen, "Published")["message"]
        ),
        because="an import that fails is told",
    )

    assert condition(seen, "Ready")["status"] == "False"
    assert not [one for one in cloud.images(_home(cloud)) if "no-image" in one["repository"]]


def _home(cloud: MockCloud) -> str:
    return str(cloud.registries()[0]["name"])


def test_a_source_whose_names_storage_cannot_keep_is_refused_with_them(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    shelves.plant("names", {"bad/fine": b"1", "bad/ends with a dot.": b"2"})
    asset = a_model("names", shelves.url("names", "bad"))

    cluster.apply(asset)
    seen = refused_for(cluster, asset, "InvalidSpec")

    assert "ends with a dot" in condition(seen, "Published")["message"]
    assert shelves.is_nowhere(Version(registry.name, "Model", "names"))
