"""Nobody reads through the operator what he could not, and nothing is sent where it does not belong."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from support.assets import (
    a_data_set,
    a_document,
    an_environment,
    from_blobs,
    published,
    ready,
    refused_for,
)
from support.clouds import MockCloud
from support.clusters import Cluster, condition
from support.foreign_hosts import ForeignHost, foreign_host
from support.manifests import AssetBuilder, RegistryBuilder, a_registry
from support.shelves import TEAM, Shelves, Version

from hack.world.operators import OperatorProcess
from hack.world.webhooks import WebhookEndpoint

SIGNATURE = "sv=2024-11-04&se=2126-01-01&sig=c2VjcmV0"
# So long that whoever waits for a registry to open can only have been woken.
PATIENT = {"MLREGISTRY_RECONCILE__SLOW_RETRY_SECONDS": "300", "MLREGISTRY_RECONCILE__RETRY_MAX_SECONDS": "1"}


@pytest.fixture(scope="module")
def foreign(module_cloud: MockCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForeignHost]:
    with foreign_host(module_cloud.cloud.ca, tmp_path_factory.mktemp("foreign")) as host:
        yield host


@pytest.fixture(scope="module")
def module_operator(
    module_cluster: Cluster,
    module_cloud: MockCloud,
    webhook: WebhookEndpoint,
    foreign: ForeignHost,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[OperatorProcess]:
    """Its administrator lets it read from the foreign host, by one of its names."""
    folder = tmp_path_factory.mktemp("operator")
    settings = {**PATIENT, "MLREGISTRY_CONTENT__ALLOWED_HOSTS": f"other.example,{foreign.name}"}
    operator = OperatorProcess(folder, module_cluster.plane, module_cloud.cloud, webhook, settings=settings)
    operator.start()
    yield operator
    operator.stop()
    log = operator.log.read_text("utf-8")
    for secret in ("Bearer ey", "sig="):
        assert secret not in log


@pytest.fixture(scope="module")
def closed(module_cluster: Cluster, registry: RegistryBuilder) -> RegistryBuilder:
    """Another team's registry, closed to everybody else, with a version that is a secret of that team."""
    team = module_cluster.namespace("owner")
    builder = a_registry("closed").in_namespace(team)
    module_cluster.apply(builder)
    module_cluster.ready(builder)
    assert builder.name != registry.name
    return builder


@pytest.fixture
def account(shelves: Shelves, closed: RegistryBuilder) -> str:
    """The closed registry's account, with content in the containers of assets and of publishers."""
    (name,) = shelves.accounts(closed.name).values()
    for container in ("data", "staging"):
        for path in ("secret/1/files/a.csv", "team-a/a.csv", "team-ab/b.csv"):
            shelves.cloud.put_blob(name, container, path, b"secret")
    return name


def requests_to(cloud: MockCloud, mark: int, account: str) -> list[str]:
    """What was asked of the account's data since then, by whichever of its names."""
    return [one["path"] for one in cloud.requests(mark) if one["path"].startswith(f"/{account}")]


def told(cluster: Cluster, asset: AssetBuilder, reason: str) -> str:
    """What the asset says once it is refused for that reason."""
    message: str = condition(refused_for(cluster, asset, reason), "Published")["message"]
    return message


@pytest.mark.promise(16)
@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize(
    "path", ["data/secret/1/files", "data/secret/1/files/a.csv", "staging/team-a", "staging%2Fteam-a"]
)
@pytest.mark.parametrize("secondary", ["", "-secondary"], ids=["account", "secondary"])
def test_what_lies_in_a_closed_registrys_account_is_not_read_by_its_url(
    cluster: Cluster, cloud: MockCloud, account: str, path: str, secondary: str
) -> None:
    asset = a_data_set("deputy", f"{cloud.cloud.url}/{account}{secondary}/{path}")
    mark = cloud.last_request()

    cluster.apply(asset)
    message = told(cluster, asset, "NamespaceNotAllowed")

    assert "/closed, which does not allow assets in namespace default" in message
    assert requests_to(cloud, mark, account) == []


@pytest.mark.promise(16)
@pytest.mark.usefixtures("registry")
def test_an_account_is_a_registrys_although_its_status_is_lost(
    cluster: Cluster, cloud: MockCloud, closed: RegistryBuilder, account: str
) -> None:
    cluster.patch(closed, {"spec": {"suspend": True}})
    cluster.patch(closed, {"status": None}, subresource="status")
    asset = a_data_set("forgotten", f"{cloud.cloud.url}/{account}/data/secret/1/files")
    mark = cloud.last_request()

    try:
        cluster.apply(asset)
        told(cluster, asset, "NamespaceNotAllowed")
        assert requests_to(cloud, mark, account) == []
    finally:
        cluster.patch(closed, {"spec": {"suspend": False}})
        cluster.look_now(closed)
        cluster.ready(closed)


@pytest.mark.promise(16)
def test_a_registry_that_opens_lets_its_content_be_read_and_its_staging_as_it_says(
    cluster: Cluster, registry: RegistryBuilder, closed: RegistryBuilder, account: str, shelves: Shelves
) -> None:
    base = f"{shelves.cloud.cloud.url}/{account}"
    content = a_data_set("opened", f"{base}/data/secret/1/files")
    own, others = a_data_set("own", f"{base}/staging/team-a"), a_data_set("others", f"{base}/staging/team-ab")
    for asset in (content, own, others):
        cluster.apply(asset)
        told(cluster, asset, "NamespaceNotAllowed")

    prefix = {"url": f"{base}/staging/team-a/", "namespaces": {"from": "All"}}
    cluster.apply(closed.with_spec(allowedNamespaces={"from": "All"}, allowedSources=[prefix]))
    try:
        ready(cluster, content)
        ready(cluster, own)
        assert "no entry for" in told(cluster, others, "SourceNotAllowed")
        assert shelves.is_nowhere(Version(registry.name, "Data", "others"))
    finally:
        cluster.apply(closed)


@pytest.fixture
def choosy(cluster: Cluster, registry: RegistryBuilder, shelves: Shelves) -> Iterator[RegistryBuilder]:
    """The registry, while it lets the team's folder be read and a part of a registry of images."""
    allowed = [
        {"url": shelves.url("team", "models/")},
        {
            "url": shelves.url("team", "elsewhere/"),
            "namespaces": {"from": "Selector", "selector": {"matchLabels": {"team": "nobody"}}},
        },
        {"url": "https://mcr.example/azureml/"},
    ]
    choosy = registry.with_spec(allowedSources=allowed)
    cluster.apply(choosy)
    yield choosy
    cluster.apply(registry)


@pytest.mark.promise(16)
@pytest.mark.parametrize(
    "path",
    [
        "models-of-others",
        "models-of-others/a.csv",
        "other/a.csv",
        "elsewhere/a.csv",
        "",
        "models/%252e%252e/x",
    ],
)
@pytest.mark.usefixtures("choosy")
def test_nothing_is_read_that_allowed_sources_leave_out(
    cluster: Cluster, cloud: MockCloud, shelves: Shelves, path: str
) -> None:
    for name in ("models-of-others/a.csv", "other/a.csv", "elsewhere/a.csv"):
        shelves.plant("team", {name: b"1"})
    asset = a_data_set("left-out", shelves.url("team", path) if path else shelves.url("team"))
    mark = cloud.last_request()

    cluster.apply(asset)
    if path.startswith("models/"):
        told(
            cluster, asset, "InvalidSpec"
        )  # it lies below, and there is nothing: it is read as it is written
        return
    message = told(cluster, asset, "SourceNotAllowed")

    assert "spec.allowedSources of MLRegistry default/registry has no entry for" in message
    assert requests_to(cloud, mark, TEAM) == []


@pytest.mark.promise(16)
def test_what_allowed_sources_name_is_read_and_a_change_of_them_is_looked_at_at_once(
    cluster: Cluster, choosy: RegistryBuilder, shelves: Shelves
) -> None:
    shelves.plant("team", {"models/taxi/a.csv": b"1", "late/a.csv": b"2"})
    late, image = (
        a_data_set("late", shelves.url("team", "late")),
        an_environment("strange", "mcr.example/other/x:1"),
    )
    for asset in (late, image):
        cluster.apply(asset)
        told(cluster, asset, "SourceNotAllowed")
    published(cluster, a_data_set("named", shelves.url("team", "models/taxi")))
    published(cluster, a_data_set("whole", shelves.url("team", "models")))
    published(cluster, a_document("inside"))

    both = [*choosy.spec["allowedSources"], {"url": shelves.url("team", "late/")}]
    cluster.apply(choosy.with_spec(allowedSources=both))
    ready(cluster, late)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A host outside the cloud, what the Secret says of it, and what the asset says then."""

    host: str
    hosts: str | None
    reason: str
    words: tuple[str, ...]


ELSEWHERE = {
    "not listed": Elsewhere(
        "127.0.0.1", "localhost", "SourceNotAllowed", ("MLREGISTRY_CONTENT__ALLOWED_HOSTS",)
    ),
    "not named": Elsewhere("localhost", None, "SourceNotAllowed", ("Secret default/", "mlregistry.io/hosts")),
    "another named": Elsewhere(
        "localhost", "elsewhere.example", "SourceNotAllowed", ("mlregistry.io/hosts",)
    ),
    "private": Elsewhere("localhost", "x.example, {name}", "SourceNotAllowed", ("address is private",)),
}


@pytest.mark.promise(16)
@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("case", ELSEWHERE)
def test_a_signature_goes_to_no_host_that_the_cloud_the_operator_and_its_secret_do_not_name(
    cluster: Cluster, foreign: ForeignHost, case: str
) -> None:
    where, name = ELSEWHERE[case], f"sas-{case.replace(' ', '-')}"
    hosts = where.hosts.format(name=foreign.name) if where.hosts else None
    secret: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": name,
            "namespace": "default",
            "annotations": {"mlregistry.io/hosts": hosts} if hosts else {},
        },
        "stringData": {"sas": SIGNATURE},
    }
    cluster.create(secret)
    cluster.let_operator_read("default", name)
    source = from_blobs(f"https://{where.host}:{foreign.port}/c/models/x", {"name": name, "key": "sas"})
    asset = a_data_set("stolen", "").with_spec(source=source)

    cluster.apply(asset)
    message = told(cluster, asset, where.reason)

    for word in where.words:
        assert word in message
    assert foreign.visits == 0
    assert SIGNATURE not in str(cluster.get(asset))


REDIRECTED = {
    "a list of blobs": {"pathRegex": f"/{TEAM}/led$", "queryRegex": "comp=list"},
    "a look at a blob": {"pathRegex": f"/{TEAM}/led/astray", "method": "HEAD"},
    "the bytes": {"pathRegex": f"/{TEAM}/led/astray/a.csv", "method": "GET"},
}


@pytest.mark.promise(16)
@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("what", REDIRECTED)
@pytest.mark.parametrize("status", [302, 307])
def test_no_redirect_of_a_source_is_followed(
    cluster: Cluster, shelves: Shelves, foreign: ForeignHost, what: str, status: int
) -> None:
    cloud = shelves.cloud
    shelves.plant("led", {"astray/a.csv": b"1"})
    cloud.fault(
        **REDIRECTED[what],
        times=None,
        status=status,
        headers={"Location": f"{foreign.url}/latest/meta-data/iam"},
    )
    asset = a_data_set(f"astray-{status}-{len(what)}", shelves.url("led", "astray"))

    cluster.apply(asset)
    message = told(cluster, asset, "RefusedByAzure")

    assert "no redirect is followed" in message
    assert foreign.visits == 0


NO_END = (
    '<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="{container}"><Blobs/>'
    "<NextMarker>again</NextMarker></EnumerationResults>"
)


@pytest.mark.promise(17)
@pytest.mark.usefixtures("registry")
def test_a_list_of_a_source_that_does_not_end_is_a_failure(
    cluster: Cluster, cloud: MockCloud, shelves: Shelves
) -> None:
    shelves.plant("endless", {"rides/a.csv": b"1"})
    cloud.fault(
        pathRegex=f"/{TEAM}/endless$",
        queryRegex="comp=list",
        times=None,
        body=NO_END,
        headers={"Content-Type": "application/xml"},
    )
    asset = a_data_set("endless", shelves.url("endless", "rides"))
    mark = cloud.last_request()

    cluster.apply(asset)
    message = told(cluster, asset, "AzureUnavailable")

    assert "the list does not end" in message
    assert len(requests_to(cloud, mark, f"{TEAM}/endless")) < 40
