"""Whoever names a Secret may read it: every field that names one, with neither operator nor webhook there."""

from collections.abc import Iterator

import pytest
from support.clusters import Cluster, Ref
from support.manifests import Builder, a_registry, an_asset
from support.people import DONE, Answer, Person

from hack.controlplane.plane import ControlPlane
from hack.world.installation import install
from hack.world.places import NAMESPACE, SERVICE_ACCOUNT
from hack.world.webhooks import WebhookEndpoint
from mlregistry_operator.api.author_rules import SECRET_FIELDS, SecretField

MINE, THEIRS = "mine", "theirs"
WRITES = [{"apiGroups": ["mlregistry.io"], "resources": ["mlregistries", "mlassets"], "verbs": ["*"]}]
STATUS = '--patch={"status": {"observedGeneration": 1}}'
FINALIZER = "mlregistry.io/finalizer"


def naming(field: SecretField, secret: str) -> Builder:
    """The object of the field's kind that names this Secret, and is in order otherwise."""
    match field.field:
        case "spec.azure.credentials.secretRef":
            return a_registry("thing").with_secret(secret)
        case "spec.source.blob.sasSecretRef":
            reference = {"name": secret, "key": "sas"}
            blob = {"url": "https://a.blob.core.windows.net/c", "sasSecretRef": reference}
            return an_asset("thing").with_spec(source={"blob": blob})
        case "spec.source.image.pullSecretRef":
            image = {"reference": "ghcr.example/team/svc:1", "pullSecretRef": {"name": secret}}
            return an_asset("pulled").of_type("Environment").with_spec(source={"image": image})
    raise AssertionError(f"{field.field} has no example here: write one")


@pytest.fixture(scope="module", autouse=True)
def without_webhook(installed: ControlPlane, webhook: WebhookEndpoint) -> Iterator[None]:
    installed.kubectl("delete", "validatingwebhookconfiguration", "mlregistry-operator")
    yield
    install(installed, webhook)


@pytest.fixture
def author(cluster: Cluster) -> Person:
    """Somebody who may write both kinds, and get one Secret by its name."""
    author = Person("an-author", cluster.namespace("team"))
    author.given(cluster, "writes", WRITES)
    author.may_get(cluster, MINE)
    return author


def told(field: SecretField, secret: str) -> Answer:
    return Answer(by_rbac=False, sentence=f"{field.field}: {field.sentence.format(name=secret)}")


fields = pytest.mark.parametrize("field", SECRET_FIELDS, ids=lambda field: field.field)


@pytest.mark.promise(16)
@fields
def test_an_author_names_the_secrets_that_he_may_get_and_no_other(
    cluster: Cluster, author: Person, field: SecretField
) -> None:
    mine, theirs = (naming(field, name).in_namespace(author.namespace) for name in (MINE, THEIRS))

    for command in (["create"], ["apply"], ["apply", "--server-side"]):
        assert author.tries(cluster, *command, thing=theirs) == told(field, THEIRS), command
    assert cluster.find(theirs) is None
    assert author.tries(cluster, "apply", "--server-side", thing=mine) == DONE


@pytest.mark.promise(16)
@fields
def test_what_a_secret_is_used_for_is_changed_only_by_whoever_may_get_it(
    cluster: Cluster, author: Person, field: SecretField
) -> None:
    thing = naming(field, THEIRS).in_namespace(author.namespace)
    cluster.create(thing.manifest())
    suspended = ("patch", thing.kind, thing.name, "--type=merge", '--patch={"spec": {"suspend": true}}')

    assert author.tries(cluster, *suspended) == told(field, THEIRS)
    author.may_get(cluster, THEIRS)
    assert author.tries(cluster, *suspended) == DONE


@pytest.mark.promise(10)
@fields
def test_status_finalizers_metadata_and_deletions_pass_without_the_secret(
    cluster: Cluster, author: Person, field: SecretField
) -> None:
    thing = naming(field, THEIRS).in_namespace(author.namespace)
    manifest = thing.manifest()
    manifest["metadata"]["finalizers"] = [FINALIZER, "example.org/last"]
    cluster.create(manifest)
    what = (thing.kind, thing.name)
    operator = Person(f"system:serviceaccount:{NAMESPACE}:{SERVICE_ACCOUNT}", author.namespace)
    author.given(cluster, "status", [{**WRITES[0], "resources": ["mlregistries/status", "mlassets/status"]}])

    steps = (
        (author, ("label", *what, "team=a")),
        (author, ("annotate", *what, "mlregistry.io/reconcile-at=now")),
        (author, ("patch", *what, "--subresource=status", "--type=merge", STATUS)),
        (operator, ("patch", *what, "--subresource=status", "--type=merge", STATUS)),
        (author, ("delete", *what, "--wait=false")),
        (
            operator,
            ("patch", *what, "--type=merge", '--patch={"metadata": {"finalizers": ["example.org/last"]}}'),
        ),
        (
            author,
            ("patch", *what, "--type=json", '--patch=[{"op": "remove", "path": "/metadata/finalizers"}]'),
        ),
    )
    assert [(step, one.tries(cluster, *step)) for one, step in steps] == [(step, DONE) for _, step in steps]
    assert cluster.find(thing) is None


@pytest.mark.promise(10)
def test_a_namespace_goes_with_all_that_names_secrets_in_it(cluster: Cluster) -> None:
    namespace = cluster.namespace("team")
    for field in SECRET_FIELDS:
        cluster.create(naming(field, THEIRS).in_namespace(namespace).manifest())

    cluster.kubectl("delete", "namespace", namespace, "--timeout=60s")

    assert cluster.find(Ref("Namespace", namespace)) is None
