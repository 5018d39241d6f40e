"""Images of private registries become environments, by the right of whoever may pull them and no other."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.assets import REGIONS, an_environment, published, ready, refused_for, stalled_for
from support.clouds import MockCloud
from support.clusters import Cluster, condition
from support.images import HELM, KITOPS, Image, an_artifact, an_image, an_index
from support.manifests import AssetBuilder, Manifest, RegistryBuilder, a_registry
from support.watches import History

from hack.world.clouds import Cloud
from hack.world.operators import OperatorProcess
from mockcloud import defaults
from mockcloud.server import MockCloudThread

OTHER_SUBSCRIPTION = "99999999-9999-4999-8999-999999999999"
IMAGES = f"/subscriptions/{OTHER_SUBSCRIPTION}/resourceGroups/images"
REGISTRIES = f"{IMAGES}/providers/Microsoft.ContainerRegistry/registries"
SECRET_TYPE = "kubernetes.io/dockerconfigjson"
READABLE, PULLABLE, CLOSED = "readableimages", "pullableimages", "closedimages"
PRIVATE_HOST = "ghcr.example"
USER, PASSWORD = "robot", "correct-horse:battery"
OPERATORS_ROLES = (
    "Contributor",
    "Storage Blob Data Contributor",
    "Storage Blob Delegator",
    "Role Based Access Control Administrator",
)


@pytest.fixture(scope="module")
def module_cloud() -> Iterator[MockCloud]:
    """Two subscriptions: of the other one, the operator may read one registry and pull from another."""
    subscriptions = (defaults.SUBSCRIPTION_ID, OTHER_SUBSCRIPTION)
    with MockCloudThread(settings={"lroSeconds": 0}, subscriptions=subscriptions) as thread:
        cloud = MockCloud(Cloud(thread.url, thread.ca_file))
        for name in (READABLE, PULLABLE, CLOSED):
            cloud.put_resource(f"{REGISTRIES}/{name}", {"location": "westeurope"})
        lets_operator(
            cloud,
            {"role": "Reader", "scope": f"{REGISTRIES}/{READABLE}"},
            {"role": "AcrPull", "scope": f"{REGISTRIES}/{PULLABLE}"},
        )
        cloud.host_accounts(
            PRIVATE_HOST, [{"username": USER, "password": PASSWORD, "repositories": ["team/"]}]
        )
        yield cloud


def lets_operator(cloud: MockCloud, *grants: dict[str, str]) -> None:
    """Its own subscription as ever, and beside it these roles alone."""
    own = [{"role": role, "scope": f"/subscriptions/{defaults.SUBSCRIPTION_ID}"} for role in OPERATORS_ROLES]
    cloud.principals(
        [
            {**one, "roles": [*own, *grants]} if one["clientId"] == defaults.OPERATOR_CLIENT_ID else one
            for one in cloud.principals()
        ]
    )


@pytest.fixture(scope="module", autouse=True)
def without_secrets_in_the_log(module_operator: OperatorProcess) -> Iterator[None]:
    yield
    log = module_operator.log.read_text("utf-8")
    for secret in (PASSWORD, base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()):
        assert secret not in log


def in_azure(cloud: MockCloud, registry: str, image: Image, repository: str = "dev/sklearn") -> str:
    """Put the image into a registry of the other subscription, and how one refers to it."""
    cloud.put_image(registry, "westeurope", repository, "7", image.content)
    return f"{login_server(cloud, registry)}/{repository}:7"


def login_server(cloud: MockCloud, registry: str) -> str:
    found = cloud.resource(f"{REGISTRIES}/{registry}")
    assert found is not None
    return str(found["properties"]["loginServer"])


def home_of(cloud: MockCloud, registry: str = "registry") -> str:
    tagged = {one.get("tags", {}).get("mlregistry-registry"): one["name"] for one in cloud.registries()}
    return str(tagged[registry])


def assert_everywhere(seen: Manifest, cloud: MockCloud, image: Image, registry: str = "registry") -> None:
    """Every region has these bytes, and the status says so."""
    (home,) = [
        one["name"]
        for one in cloud.registries()
        if one.get("tags", {}).get("mlregistry-registry") == registry
    ]
    assert seen["status"]["readyRegions"] == "3/3"
    assert seen["status"]["digest"] == image.digest
    repository = f"environments/{seen['spec']['assetName']}"
    for location in REGIONS:
        assert cloud.get_image(home, location, repository, image.digest) == image.content, location


def a_secret(
    cluster: Cluster, name: str, auths: object, *, kind: str = "kubernetes.io/dockerconfigjson"
) -> str:
    """A pull secret that the operator may read."""
    cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": kind,
            "metadata": {"name": name, "namespace": "default"},
            "stringData": {".dockerconfigjson": json.dumps({"auths": auths})},
        }
    )
    cluster.let_operator_read("default", name)
    return name


def a_user(password: str = PASSWORD) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{USER}:{password}".encode()).decode()}


def told(cluster: Cluster, asset: AssetBuilder, reason: str) -> str:
    message: str = condition(refused_for(cluster, asset, reason), "Published")["message"]
    return message


def imports(cloud: MockCloud, mark: int) -> list[str]:
    return [one["path"] for one in cloud.requests(mark) if "importImage" in one["path"]]


@pytest.mark.usefixtures("registry")
def test_a_private_registry_of_another_subscription_is_found_by_its_login_server(
    cluster: Cluster, cloud: MockCloud
) -> None:
    image = an_image("found")

    seen = published(cluster, an_environment("found", in_azure(cloud, READABLE, image)))

    assert_everywhere(seen, cloud, image)


@pytest.mark.usefixtures("registry")
def test_many_images_cost_one_list_of_the_registries(cluster: Cluster, cloud: MockCloud) -> None:
    reference = in_azure(cloud, READABLE, an_image("many"), "dev/many")
    published(cluster, an_environment("many-1", reference))
    mark = cloud.last_request()

    for number in range(2, 5):
        published(cluster, an_environment(f"many-{number}", reference))

    listed = [one for one in cloud.requests(mark) if one["path"].rstrip("/") == "/subscriptions"]
    assert listed == []


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("by", ["tag", "digest"])
def test_a_registry_named_by_its_id_asks_for_acrpull_alone(
    cluster: Cluster, cloud: MockCloud, by: str
) -> None:
    image = an_image(f"named by {by}")
    reference = in_azure(cloud, PULLABLE, image, f"dev/{by}")
    if by == "digest":
        reference = f"{reference.removesuffix(':7')}@{image.digest}"

    seen = published(cluster, an_environment(f"named-{by}", reference, registryId=f"{REGISTRIES}/{PULLABLE}"))

    assert_everywhere(seen, cloud, image)


@pytest.mark.promise(13)
@pytest.mark.usefixtures("registry")
def test_a_missing_right_is_told_and_goes_on_once_it_is_given(cluster: Cluster, cloud: MockCloud) -> None:
    image = an_image("closed")
    reference = in_azure(cloud, CLOSED, image)
    named = an_environment("closed-named", reference, registryId=f"{REGISTRIES}/{CLOSED}")
    alone = an_environment("closed-alone", reference)

    cluster.apply(named)
    cluster.apply(alone)

    message = told(cluster, named, "SourceUnavailable")
    assert f"Grant the identity of MLRegistry default/registry Reader, or AcrPull, on {REGISTRIES}" in message
    message = told(cluster, alone, "SourceUnavailable")
    assert f"sees no container registry {login_server(cloud, CLOSED)}" in message
    assert "UNAUTHORIZED" in message
    assert "source.image.registryId" in message
    assert "source.image.pullSecretRef" in message
    lets_operator(
        cloud,
        {"role": "Reader", "scope": f"{REGISTRIES}/{READABLE}"},
        {"role": "AcrPull", "scope": f"{REGISTRIES}/{PULLABLE}"},
        {"role": "AcrPull", "scope": f"{REGISTRIES}/{CLOSED}"},
    )
    assert_everywhere(ready(cluster, named), cloud, image)


@pytest.mark.promise(16)
@pytest.mark.usefixtures("registry")
def test_an_id_is_that_of_the_registry_that_the_reference_names(cluster: Cluster, cloud: MockCloud) -> None:
    in_azure(cloud, READABLE, an_image("victim"), "base/secret")
    stranger = f"{login_server(cloud, CLOSED)}/base/secret:7"
    mark = cloud.last_request()

    for name, target in (("readable", READABLE), ("pullable", PULLABLE)):
        asset = an_environment(f"deputy-{name}", stranger, registryId=f"{REGISTRIES}/{target}")
        cluster.apply(asset)
        if target == READABLE:
            message = condition(stalled_for(cluster, asset, "InvalidSpec"), "Published")["message"]
            assert login_server(cloud, READABLE) in message
        else:
            told(cluster, asset, "SourceUnavailable")

    assert imports(cloud, mark) == []


@pytest.mark.promise(16)
def test_an_identity_pulls_for_another_namespace_only_what_its_registry_names(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder
) -> None:
    image = an_image("consented")
    reference = in_azure(cloud, READABLE, image, "dev/consented")
    team = cluster.namespace("team")
    named = an_environment("by-id", reference, registryId=f"{REGISTRIES}/{READABLE}")
    alone = an_environment("by-host", reference)
    named, alone = (
        one.in_namespace(team).of_registry(registry.name, registry.namespace) for one in (named, alone)
    )
    opened = registry.with_spec(allowedNamespaces={"from": "All"})
    cluster.apply(opened)
    mark = cloud.last_request()
    try:
        cluster.apply(named)
        cluster.apply(alone)
        message = told(cluster, named, "SourceNotAllowed")
        assert f"pulls for namespace {team} only what spec.allowedSources of that registry names" in message
        message = told(cluster, alone, "SourceUnavailable")
        assert "spec.allowedSources of MLRegistry default/registry" in message
        listed = [one["path"] for one in cloud.requests(mark) if OTHER_SUBSCRIPTION in one["path"]]
        assert listed == [], "nobody looks for what is not for him"

        entry = {"url": f"https://{login_server(cloud, READABLE)}/dev/", "namespaces": {"from": "All"}}
        cluster.apply(opened.with_spec(allowedSources=[entry]))

        assert_everywhere(ready(cluster, named), cloud, image)
        assert_everywhere(ready(cluster, alone), cloud, image)
    finally:
        cluster.empty(["MLAsset"])
        cluster.apply(registry)


@pytest.mark.promise(16)
@pytest.mark.usefixtures("registry")
def test_the_container_registry_of_a_closed_registry_is_closed(cluster: Cluster, cloud: MockCloud) -> None:
    owner = cluster.namespace("owner")
    secret = a_registry("secret").in_namespace(owner)
    cluster.apply(secret)
    seen = cluster.ready(secret)
    held = seen["status"]["containerRegistry"]
    cloud.put_image(held["name"], "eastus", "environments/secret", "1", an_image("secret").content)
    reference = f"{held['loginServer']}/environments/secret:1"
    mark = cloud.last_request()

    for name, right in (("alone", {}), ("named", {"registryId": held["id"]})):
        asset = an_environment(f"held-{name}", reference, **right)
        cluster.apply(asset)
        message = told(cluster, asset, "NamespaceNotAllowed")
        assert f"is the container registry of MLRegistry {owner}/secret" in message

    assert imports(cloud, mark) == []


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize(
    ("name", "auths"),
    [
        ("auth", {PRIVATE_HOST: a_user()}),
        ("parts", {"other.example": a_user("x"), PRIVATE_HOST: {"username": USER, "password": PASSWORD}}),
        ("old", {f"https://{PRIVATE_HOST}/v1/": a_user()}),
    ],
)
def test_a_private_registry_elsewhere_is_pulled_with_a_pull_secret(
    cluster: Cluster, cloud: MockCloud, name: str, auths: dict[str, Any]
) -> None:
    image = an_image(f"elsewhere {name}")
    cloud.put_image("external", PRIVATE_HOST, "team/svc", name, image.content)
    secret = a_secret(cluster, f"pull-{name}", auths)
    asset = an_environment(
        f"elsewhere-{name}", f"{PRIVATE_HOST}/team/svc:{name}", pullSecretRef={"name": secret}
    )

    seen = published(cluster, asset)

    assert_everywhere(seen, cloud, image)
    assert PASSWORD not in str(seen)


@pytest.mark.usefixtures("registry")
def test_a_registry_of_azure_takes_a_users_password_too(cluster: Cluster, cloud: MockCloud) -> None:
    image = an_image("token")
    reference = in_azure(cloud, CLOSED, image, "dev/token")
    guest = {
        "principalId": "77777777-7777-4777-8777-777777777777",
        "clientId": "puller",
        "clientSecret": "s3cret",
    }
    roles = [{"role": "AcrPull", "scope": f"{REGISTRIES}/{CLOSED}"}]
    cloud.principals([*cloud.principals(), {**guest, "roles": roles}])
    user = {"username": "puller", "password": "s3cret"}
    secret = a_secret(cluster, "pull-azure", {login_server(cloud, CLOSED): user})

    seen = published(cluster, an_environment("token", reference, pullSecretRef={"name": secret}))

    assert_everywhere(seen, cloud, image)


@pytest.mark.promise(13)
@pytest.mark.usefixtures("registry")
def test_a_wrong_password_is_told_and_goes_on_once_it_is_right(cluster: Cluster, cloud: MockCloud) -> None:
    image = an_image("passwords")
    cloud.put_image("external", PRIVATE_HOST, "team/svc", "pw", image.content)
    secret = a_secret(cluster, "pull-wrong", {PRIVATE_HOST: a_user("wrong")})
    asset = an_environment("passwords", f"{PRIVATE_HOST}/team/svc:pw", pullSecretRef={"name": secret})

    cluster.apply(asset)
    message = told(cluster, asset, "SourceUnavailable")

    assert message.startswith(f"Could not import {PRIVATE_HOST}/team/svc:pw: authentication required")
    assert f"into the entry for {PRIVATE_HOST} of Secret default/{secret}" in message
    a_secret(cluster, secret, {PRIVATE_HOST: a_user()})
    assert_everywhere(ready(cluster, asset), cloud, image)


@pytest.mark.promise(13)
@pytest.mark.usefixtures("registry")
def test_what_a_user_may_not_pull_and_what_nobody_was_named_for_are_told(
    cluster: Cluster, cloud: MockCloud
) -> None:
    cloud.put_image("external", PRIVATE_HOST, "others/svc", "1", an_image("others").content)
    secret = a_secret(cluster, "pull-denied", {PRIVATE_HOST: a_user()})
    denied = an_environment("denied", f"{PRIVATE_HOST}/others/svc:1", pullSecretRef={"name": secret})
    nobody = an_environment("nobody", f"{PRIVATE_HOST}/team/svc:1")

    cluster.apply(denied)
    cluster.apply(nobody)

    assert "that may pull others/svc" in told(cluster, denied, "SourceUnavailable")
    assert "(source.image.pullSecretRef), in a new MLAsset" in told(cluster, nobody, "SourceUnavailable")


@pytest.mark.promise(13)
@pytest.mark.usefixtures("registry")
def test_a_secret_that_cannot_be_used_is_told_and_never_what_is_in_it(
    cluster: Cluster, cloud: MockCloud
) -> None:
    a_secret(cluster, "pull-opaque", {PRIVATE_HOST: a_user()}, kind="Opaque")
    a_secret(cluster, "pull-elsewhere", {"other.example": a_user()})
    mark = cloud.last_request()
    cases = {
        "pull-opaque": "is of type Opaque, and not kubernetes.io/dockerconfigjson",
        "pull-elsewhere": f"has no entry for {PRIVATE_HOST} (1 for other hosts)",
        "pull-unread": "The operator may not read Secret default/pull-unread",
    }
    for secret, words in cases.items():
        asset = an_environment(secret, f"{PRIVATE_HOST}/team/svc:1", pullSecretRef={"name": secret})
        cluster.apply(asset)
        assert words in told(cluster, asset, "CredentialsUnavailable")
        assert PASSWORD not in str(cluster.get(asset))
    assert imports(cloud, mark) == []


@pytest.mark.promise(13)
@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("where", ["elsewhere", "azure"])
def test_a_tag_that_was_moved_from_under_a_pinned_digest_is_told(
    cluster: Cluster, cloud: MockCloud, where: str
) -> None:
    pinned, now = an_image(f"pinned {where}"), an_image(f"moved {where}")
    right: dict[str, Any] = {}
    if where == "azure":
        reference = in_azure(cloud, PULLABLE, now, "dev/moved")
        right = {"registryId": f"{REGISTRIES}/{PULLABLE}"}
    else:
        cloud.put_image("external", PRIVATE_HOST, "team/moved", "7", now.content)
        reference = f"{PRIVATE_HOST}/team/moved:7"
        right = {"pullSecretRef": {"name": a_secret(cluster, "pull-moved", {PRIVATE_HOST: a_user()})}}
    asset = an_environment(f"moved-{where}", f"{reference}@{pinned.digest}", **right)

    cluster.apply(asset)
    message = told(cluster, asset, "SourceUnavailable")

    assert f"has no image {pinned.digest} there any more, or never had" in message
    assert "If the tag 7 was moved, pin the digest that it names now, in a new MLAsset" in message


KINDS: dict[str, tuple[Callable[[], bytes], str]] = {
    "chart": (lambda: an_artifact(HELM).content, "a Helm chart"),
    "kit": (lambda: an_artifact(KITOPS, "kit").content, "a KitOps kit"),
    "unknown": (lambda: an_artifact("application/vnd.example.thing+json", "thing").content, "an artifact"),
}


@pytest.mark.promise(11)
@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_image_is_refused_and_its_version_is_free_for_one(
    cluster: Cluster, cloud: MockCloud, kind: str
) -> None:
    content, words = KINDS[kind]
    cloud.put_image("external", "mcr.example", f"kinds/{kind}", "1", content())
    wrong = an_environment(f"kind-{kind}", f"mcr.example/kinds/{kind}:1").with_spec(deletionPolicy="Delete")

    cluster.apply(wrong)
    message = condition(stalled_for(cluster, wrong, "InvalidSpec"), "Published")["message"]

    assert message.startswith(f"mcr.example/kinds/{kind}:1 is {words} ")
    assert cloud.get_image(home_of(cloud), "eastus", f"environments/kind-{kind}", "1") is None
    image = an_image(f"instead of {kind}")
    cloud.put_image("external", "mcr.example", f"kinds/{kind}", "2", image.content)
    cluster.delete(wrong)
    cluster.gone(wrong, because="nothing was published")
    right = an_environment(f"kind-{kind}", f"mcr.example/kinds/{kind}:2")
    assert_everywhere(published(cluster, right), cloud, image)


@pytest.mark.promise(4)
@pytest.mark.usefixtures("registry")
def test_what_is_no_image_is_taken_away_although_that_failed_at_first(
    cluster: Cluster, cloud: MockCloud, history: History
) -> None:
    """As after a crash: a pass finds it under the tag, and never tells of it as published."""
    cloud.put_image("external", "mcr.example", "kinds/stuck", "1", an_artifact(HELM, "stuck").content)
    cloud.fault(method="DELETE", pathRegex="environments/stuck/manifests", status=503, times=2)
    asset = an_environment("stuck", "mcr.example/kinds/stuck:1")

    cluster.apply(asset)
    stalled_for(cluster, asset, "InvalidSpec")

    assert cloud.get_image(home_of(cloud), "eastus", "environments/stuck", "1") is None
    told_of = [condition(one, "Published").get("status") for one in history.versions(asset)]
    assert "True" not in told_of


@pytest.mark.usefixtures("registry")
def test_an_index_of_other_things_is_no_image_and_one_of_images_is(
    cluster: Cluster, cloud: MockCloud
) -> None:
    chart, image = an_artifact(HELM, "listed"), an_image("listed")
    for name, one in (("charts", chart), ("images", image)):
        cloud.put_image("external", "mcr.example", f"index/{name}", one.digest, one.content)
        cloud.put_image("external", "mcr.example", f"index/{name}", "1", an_index(one))

    cluster.apply(an_environment("index-charts", "mcr.example/index/charts:1"))
    published(cluster, an_environment("index-images", "mcr.example/index/images:1"))

    stalled_for(cluster, an_environment("index-charts", ""), "InvalidSpec")
