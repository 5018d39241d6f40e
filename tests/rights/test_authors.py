"""What people may do with our kinds: the tiers as shipped, Kubernetes' own roles, and whoever may only write.

Every line is tried by everybody, through kubectl, on objects that an administrator made; nothing is stored.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from support.clusters import Cluster
from support.manifests import AssetBuilder, Builder, RegistryBuilder, a_registry, an_asset
from support.people import Answer, Person
from support.soon import soon

from hack.controlplane.plane import ControlPlane
from hack.world.installation import apply
from mlregistry_operator.api.author_rules import OBEYED, SECRET_FIELDS, SecretField

NAMESPACE, SECRET = "team-rights", "theirs"
TIERS = {
    "user": "mlregistry-asset-user",
    "publisher": "mlregistry-asset-publisher",
    "manager": "mlregistry-registry-manager",
}
KUBERNETES = ("view", "edit", "admin")
WRITER = "writer"  # may write both kinds, as somebody's own role said before there were verbs
READERS = {*TIERS, *KUBERNETES, WRITER}
PUBLISHERS = {"publisher", "manager", "edit", "admin"}
MANAGERS = {"manager", "admin"}
SEES_SECRETS = {"edit", "admin"}  # by Kubernetes' own roles
PLAIN_VERBS = ["get", "list", "create", "update", "patch", "delete"]

REGISTRY = a_registry("registry").in_namespace(NAMESPACE)
ASSET = an_asset("asset").in_namespace(NAMESPACE)


def with_secret(asset: AssetBuilder) -> AssetBuilder:
    blob = {"url": "https://a.blob.core.windows.net/c", "sasSecretRef": {"name": SECRET, "key": "sas"}}
    return asset.with_spec(source={"blob": blob})


SECRET_REGISTRY = REGISTRY.named("secret-registry").with_secret(SECRET)
SECRET_ASSET = with_secret(ASSET.named("secret-asset"))
THINGS: tuple[RegistryBuilder | AssetBuilder, ...] = (REGISTRY, ASSET, SECRET_REGISTRY, SECRET_ASSET)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing to try, who may do it, and what those are told who could but for the policy."""

    id: str
    command: tuple[str, ...]
    thing: Builder | None = None
    may: set[str]
    told: str = ""
    tell: frozenset[str] | set[str] = frozenset()
    because: str

    def __str__(self) -> str:
        return self.id


def annotated(kind: str, name: str, annotation: str) -> tuple[str, ...]:
    return "annotate", kind.lower(), name, annotation, "--dry-run=server", "--overwrite"


def obeyed(kind: str, thing: str, writers: set[str], havers: set[str]) -> Iterator[Line]:
    """A line for every annotation of the table."""
    values = {"confirm-delete": "registry", "resync-interval": "10m", "force-detach": "true"}
    arm_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/ml-registries"
    for one in OBEYED:
        if one.kind != kind:
            continue
        value = values.get(one.annotation.partition("/")[2], arm_id)
        yield Line(
            id=f"{kind}-{one.annotation.partition('/')[2]}",
            command=annotated(kind, thing, f"{one.annotation}={value}"),
            may=havers if one.verb else writers,
            tell=writers - havers if one.verb else set(),
            told=f"{one.field}: {one.sentence}" if one.verb else "",
            because="a verb of its own" if one.verb else "patch is enough",
        )


def sentence(field: SecretField) -> str:
    return f"{field.field}: {field.sentence.format(name=SECRET)}"


(OF_REGISTRY, OF_ASSET) = SECRET_FIELDS[:2]
CREATE = ("create", "--dry-run=server")
LINES = (
    Line(
        id="read",
        command=("get", "mlregistries,mlassets"),
        may=READERS,
        because="every tier reads",
    ),
    Line(
        id="make-an-asset",
        command=CREATE,
        thing=ASSET.named("new"),
        may=PUBLISHERS | {WRITER},
        because="publishers and managers publish",
    ),
    Line(
        id="make-an-asset-with-a-secret",
        command=CREATE,
        thing=with_secret(ASSET.named("new")),
        may=SEES_SECRETS,
        tell=(PUBLISHERS | {WRITER}) - SEES_SECRETS,
        told=sentence(OF_ASSET),
        because="the tiers read no Secrets; edit and admin do",
    ),
    Line(
        id="make-a-registry",
        command=CREATE,
        thing=REGISTRY.named("new"),
        may=MANAGERS | {WRITER},
        because="managers make registries",
    ),
    Line(
        id="make-a-registry-with-a-secret",
        command=CREATE,
        thing=REGISTRY.named("new").with_secret(SECRET),
        may={"admin"},
        tell={"manager", WRITER},
        told=sentence(OF_REGISTRY),
        because="whoever names an Azure identity may read it",
    ),
    Line(
        id="make-a-registry-that-adopts",
        command=CREATE,
        thing=REGISTRY.named("new").annotated(
            adopt="/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/ml-registries"
        ),
        may=MANAGERS,
        tell={WRITER},
        told="metadata.annotations[mlregistry.io/adopt]: you do not have the verb adopt",
        because="an object can be born with the annotation",
    ),
    Line(
        id="change-an-asset",
        command=(
            "patch",
            "mlasset",
            ASSET.name,
            "--type=merge",
            '--patch={"spec": {"archived": true}}',
            "--dry-run=server",
        ),
        may=PUBLISHERS | {WRITER},
        because="publishers change what may change",
    ),
    Line(
        id="change-an-asset-with-a-secret",
        command=(
            "patch",
            "mlasset",
            SECRET_ASSET.name,
            "--type=merge",
            '--patch={"spec": {"suspend": true}}',
            "--dry-run=server",
        ),
        may=SEES_SECRETS,
        tell=(PUBLISHERS | {WRITER}) - SEES_SECRETS,
        told=sentence(OF_ASSET),
        because="a change of the spec changes what the Secret is used for",
    ),
    Line(
        id="change-a-registry-with-a-secret",
        command=(
            "patch",
            "mlregistry",
            SECRET_REGISTRY.name,
            "--type=merge",
            '--patch={"spec": {"suspend": true}}',
            "--dry-run=server",
        ),
        may={"admin"},
        tell={"manager", WRITER},
        told=sentence(OF_REGISTRY),
        because="a change of the spec changes what the Secret is used for",
    ),
    Line(
        id="label-an-asset-with-a-secret",
        command=("label", "mlasset", SECRET_ASSET.name, "team=a", "--dry-run=server"),
        may=PUBLISHERS | {WRITER},
        because="a label changes nothing of what is done",
    ),
    Line(
        id="delete-an-asset-with-a-secret",
        command=("delete", "mlasset", SECRET_ASSET.name, "--dry-run=server"),
        may=PUBLISHERS | {WRITER},
        because="a deletion needs no Secret",
    ),
    Line(
        id="delete-a-registry-with-a-secret",
        command=("delete", "mlregistry", SECRET_REGISTRY.name, "--dry-run=server"),
        may=MANAGERS | {WRITER},
        because="a deletion needs no Secret",
    ),
    Line(
        id="write-status",
        command=(
            "patch",
            "mlasset",
            ASSET.name,
            "--subresource=status",
            "--type=merge",
            '--patch={"status": {"assetId": "mine"}}',
            "--dry-run=server",
        ),
        may=set(),
        because="status is the operator's",
    ),
    *obeyed("MLRegistry", REGISTRY.name, MANAGERS | {WRITER}, MANAGERS),
    *obeyed("MLAsset", ASSET.name, PUBLISHERS | {WRITER}, PUBLISHERS),
)


@pytest.fixture(scope="module")
def people(installed: ControlPlane) -> Iterator[dict[str, Person]]:
    """Everybody, in a namespace with an asset and a registry of either sort."""
    cluster = Cluster(installed)
    people = {name: Person(f"a-{name}", NAMESPACE) for name in READERS}
    roles = {**TIERS, **{name: name for name in KUBERNETES}}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    apply(installed, [namespace, *(people[name].binding(role) for name, role in roles.items())])
    kinds = {"apiGroups": ["mlregistry.io"], "resources": ["mlregistries", "mlassets"], "verbs": PLAIN_VERBS}
    people[WRITER].given(cluster, WRITER, [kinds])
    soon(
        lambda: people["admin"].tries(cluster, *CREATE, thing=REGISTRY.named("new")).done,
        because="Kubernetes adds the rules to its own roles soon after they were installed",
    )
    yield people
    cluster.close()


@pytest.fixture
def things(cluster: Cluster) -> None:
    for thing in THINGS:
        cluster.create(thing.manifest())


@pytest.mark.promise(16)
@pytest.mark.usefixtures("things")
@pytest.mark.parametrize("line", LINES, ids=str)
def test_everybody_may_what_the_table_says_and_is_told_why_not(
    cluster: Cluster, people: dict[str, Person], line: Line
) -> None:
    def tried(one: Person) -> Answer:
        return one.tries(cluster, *line.command, thing=line.thing)

    with ThreadPoolExecutor() as pool:
        answers = dict(zip(people, pool.map(tried, people.values()), strict=True))

    assert {name for name, answer in answers.items() if answer.done} == line.may, line.because
    told = {name: answer.sentence for name, answer in answers.items() if answer.sentence}
    assert told.keys() == line.tell, "the others have no right to write at all"
    for sentence in told.values():
        assert sentence.startswith(line.told)
