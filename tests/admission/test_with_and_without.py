"""What admission says of an object, the controller holds: each row with the webhook there, and with it away.

One world for all rows: first every edit is only tried, and refused or warned of; then the operator is stopped
while the same edits are made, and what it says and does of them when it is back is looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from support.assets import published
from support.clouds import ACCOUNTS, GROUP, MockCloud
from support.clusters import MERGE_PATCH, Cluster, Ref, condition
from support.manifests import RESOURCE_GROUP, Builder, Manifest, a_registry, an_asset

from hack.controlplane.plane import ControlPlane
from hack.world.clouds import Cloud
from hack.world.operators import OperatorProcess
from hack.world.webhooks import WebhookEndpoint
from mlregistry_operator.api.guards import ASSET_IN_USE, GUARDS, REGISTRY_IN_USE, Guard
from mlregistry_operator.api.relations import (
    ADOPTED_TWICE,
    ADOPTS_ANOTHERS,
    IDENTITY_CLOSED,
    NAME_CLAIMED,
    NAMESPACE_CLOSED,
    ONLY_COPY_LEAVES,
    REFERENCE_UNDECLARED,
    REFERENCE_UNFIT,
    REGISTRY_MISSING,
    RELATIONS,
    SOURCE_CLOSED,
    SOURCE_UNDECLARED,
    VERSION_TAKEN,
    Relation,
)
from mlregistry_operator.api.rules import RULES
from mlregistry_operator.domain.arm import ResourceGroup
from mlregistry_operator.domain.naming import storage_account_names
from mockcloud import defaults
from mockcloud.server import MockCloudThread

IMPATIENT = {
    "MLREGISTRY_RECONCILE__RETRY_MIN_SECONDS": "0.3",
    "MLREGISTRY_RECONCILE__RETRY_MAX_SECONDS": "1",
    "MLREGISTRY_RECONCILE__SLOW_RETRY_SECONDS": "1",
}
SENTENCES = {rule.id: rule.sentence for rule in RULES}
ELSEWHERE = {
    ONLY_COPY_LEAVES.id: "tests/assets/test_leaving_regions.py: the bytes are drained",
    IDENTITY_CLOSED.id: "tests/registry/test_own_identity.py: it needs a setting of the operator",
    SOURCE_CLOSED.id: "tests/assets/test_source_boundaries.py: it needs an account of the mock cloud",
}
ALIKE = "tag names that differ by case alone are one tag in Azure, and here are two: Team, team; keep one"
WIDE = a_registry("moved").in_regions("eastus", "westus")
OWNED = {"registryRef": {"name": "owned"}}
NEEDS = [{"type": "Data", "assetName": "needed", "version": "1"}]


def account_of(registry: str, location: str = "eastus") -> str:
    """The account that a registry of that name would have."""
    group = ResourceGroup(defaults.SUBSCRIPTION_ID, RESOURCE_GROUP)
    return f"{GROUP}/providers/{ACCOUNTS}/{storage_account_names(group, registry, location)[0]}"


def tagged(registry: str, tag: str) -> Builder:
    return a_registry(registry).with_tags(**{tag: "1"})


def asset(name: str, **spec: Any) -> Builder:
    return an_asset(name, name).of_registry("owned").with_spec(**spec)


def needing(**reference: str) -> Builder:
    return asset("unresolved", references=[{"type": "Model", "version": "1", **reference}])


@dataclass(frozen=True, slots=True)
class Row:
    """An edit that admission has a word about.

    `says` is in admission's answer. `reason` is that of the `where` condition when the operator is back, and
    `told` is in its message. `untouched` are paths that nobody writes to.
    """

    id: str
    edit: Builder
    says: str
    reason: str
    told: str
    where: str = "Stalled"
    refused: bool = True
    deletes: bool = False
    untouched: tuple[str, ...] = ()


def of_relation(relation: Relation, edit: Builder, reason: str, **more: Any) -> Row:
    """The sentence about `who` and `what`; a condition says its cause."""
    who, what = more.pop("who", ""), more.pop("what", "")
    told = more.pop("told", relation.cause_and_remedy(who, what)[0])
    says = relation.told(who, what)
    return Row(relation.id, edit, says, reason, told, refused=relation.refused, **more)


def of_guard(guard: Guard, edit: Builder, who: str) -> Row:
    return Row(guard.id, edit, guard.told(who), "InUse", guard.told(who), deletes=True)


def of_annotation(rule: str, edit: Builder) -> Row:
    """It is refused when it is asked for, and not obeyed when it is there."""
    return Row(rule, edit, SENTENCES[rule], "Succeeded", "It is not obeyed: metadata.annotations", "Ready")


def of_spec(rule: str, edit: Builder, *untouched: str, where: str = "Stalled") -> Row:
    return Row(rule, edit, SENTENCES[rule], "InvalidSpec", SENTENCES[rule], where, untouched=untouched)


ROWS = [
    of_relation(
        NAME_CLAIMED,
        a_registry("again").with_spec(registryName="OWNED").deleted_with_its_data(),
        "NameConflict",
        who="default/owned",
        untouched=(account_of("owned"),),
    ),
    of_relation(
        ADOPTS_ANOTHERS,
        a_registry("taker").annotated(adopt=account_of("taker")),
        "NotOwned",
        who="default/owned",
        what=account_of("taker").lower(),
        told="is in the status of MLRegistry default/owned or carries its owner tag",
        untouched=(account_of("taker"),),
    ),
    of_relation(
        ADOPTED_TWICE,
        a_registry("second").annotated(adopt=account_of("second")),
        "NotOwned",
        who="default/owned",
        what=account_of("second").lower(),
        told="MLRegistry default/owned adopts",
        untouched=(account_of("second"),),
    ),
    of_spec(
        "tag-prefix-any-case",
        a_registry("prefixed").with_tags(**{"mLregistry-x": "1"}),
        account_of("prefixed"),
    ),
    of_spec("tag-reserved-any-case", a_registry("azures").with_tags(aZure="1"), account_of("azures")),
    Row(
        "tag-names-differ",
        a_registry("twice").with_tags(Team="1", team="2"),
        ALIKE,
        "InvalidSpec",
        ALIKE,
        untouched=(account_of("twice"),),
    ),
    of_spec("tag-name-characters", a_registry("odd").with_tags(**{"a<b": "1"}), account_of("odd")),
    Row(
        "retained-account-differs",
        WIDE.with_storage("westus", hns=True),
        "which the registry left in westus, has storageAccountHns false where the spec has true",
        "RetainedAccountDiffers",
        "which the registry left there, has storageAccountHns false where the spec has true",
        untouched=(account_of("moved", "westus"),),
    ),
    of_spec("inline-is-yaml", asset("scrambled", source={"inline": "a: [b"}), "/data/scrambled/"),
    of_annotation("adopt-form", a_registry("adopting").annotated(adopt="everything")),
    of_annotation("confirm-delete-form", a_registry("confirming").annotated(confirm_delete="Another")),
    of_annotation("resync-interval-form", a_registry("resyncing").annotated(resync_interval="often")),
    of_annotation("force-detach-form", a_registry("detaching").annotated(force_detach="perhaps")),
    of_annotation("asset-resync-interval-form", asset("seldom").annotated(resync_interval="seldom")),
    of_annotation("asset-force-detach-form", asset("undecided").annotated(force_detach="perhaps")),
    of_guard(REGISTRY_IN_USE, a_registry("busy"), "default/user"),
    of_guard(ASSET_IN_USE, asset("needed"), "default/needy"),
    of_relation(
        VERSION_TAKEN,
        asset("needed", source={"inline": "other: bytes\n"}).named("taker-of-needed"),
        "VersionConflict",
        who="default/needed",
        told="is published already by MLAsset default/needed",
    ),
    of_relation(
        REGISTRY_MISSING,
        asset("homeless").of_registry("nowhere"),
        "ProgressingWithRetry",
        who="default/nowhere",
        where="Reconciling",
    ),
    of_relation(
        NAMESPACE_CLOSED,
        asset("stranger").of_registry("owned", "default"),
        "NamespaceNotAllowed",
        who="default/owned",
        what="{closed}",
        untouched=("/data/stranger/",),
    ),
    of_relation(
        REFERENCE_UNDECLARED,
        needing(assetName="nobody"),
        "DependencyNotFound",
        who="default/owned",
        what="models/nobody/versions/1",
        where="ReferencesResolved",
        told="models/nobody/versions/1",
        untouched=("/data/unresolved/",),
    ),
    of_relation(
        SOURCE_UNDECLARED,
        asset(
            "orphan",
            source={"asset": {"registryRef": {"name": "owned"}, "assetName": "nobody", "version": "7"}},
        ),
        "DependencyNotFound",
        who="default/owned",
        what="data/nobody/versions/7",
        where="Published",
        told="is not published",
        untouched=("/data/orphan/",),
    ),
    Row(
        REFERENCE_UNFIT.id,
        asset("latest", source={"inline": "environment: azureml:sklearn@latest\n"}).of_type("Component"),
        "names no version, so what it means can change",
        "InvalidSpec",
        "names no version, so what it means can change",
        where="ReferencesResolved",
        refused=False,
        untouched=("/components/latest/",),
    ),
]
IDS = [row.id for row in ROWS]


@dataclass(slots=True)
class Seen:
    """What happened to every row, by its id."""

    cluster: Cluster
    cloud: MockCloud
    closed: str
    answers: dict[str, httpx.Response] = field(default_factory=dict)
    mark: int = 0

    def edit(self, row: Row) -> Builder:
        return row.edit.in_namespace(self.closed) if row.id == NAMESPACE_CLOSED.id else row.edit


@pytest.fixture(scope="module")
def seen(
    installed: ControlPlane, webhook: WebhookEndpoint, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Seen]:
    """All rows tried with the webhook there, then done with it away."""
    with MockCloudThread(settings={"lroSeconds": 0}) as thread, installed.client() as http:
        cloud, cluster = MockCloud(Cloud(thread.url, thread.ca_file)), Cluster(installed)
        folder = tmp_path_factory.mktemp("operator")
        operator = OperatorProcess(folder, installed, cloud.cloud, webhook, settings=IMPATIENT)
        operator.start()
        try:
            found = Seen(cluster, cloud, cluster.namespace("closed"))
            _arrange(cluster, cloud)
            found.answers = {row.id: _tried(http, row, found.edit(row)) for row in ROWS}
            operator.stop()
            found.mark = cloud.last_request()
            for row in ROWS:
                _done(cluster, row, found.edit(row))
            operator.start()
            yield found
        finally:
            operator.stop()
            cluster.empty()
            cluster.close()


def _arrange(cluster: Cluster, cloud: MockCloud) -> None:
    """Who is there already: an owner, a version that is needed, a registry in use, a region that has left."""
    for name in ("taker", "second"):
        cloud.put_resource(account_of(name), {"location": "eastus"})
    owned, busy = a_registry("owned").annotated(adopt=account_of("second")), a_registry("busy")
    for registry in (owned, busy, WIDE):
        cluster.apply(registry)
    for registry in (owned, busy, WIDE):
        cluster.ready(registry)
    cluster.apply(WIDE.in_regions("eastus"))
    left = {"id": account_of("taker"), "location": "eastus", "reason": "It was left."}
    cluster.patch(owned, {"status": {"retained": [left]}}, subresource="status")
    published(cluster, asset("needed"))
    published(cluster, asset("needy", references=NEEDS))
    published(cluster, asset("user").of_registry("busy"))
    cluster.wait(
        WIDE, lambda one: one["status"].get("retained"), because="the region has left, and its account stays"
    )


def _tried(http: httpx.Client, row: Row, edit: Builder) -> httpx.Response:
    dry, ref = {"dryRun": "All"}, Ref.of(edit)
    if row.deletes:
        return http.delete(ref.path, params=dry)
    if http.get(ref.path).status_code == httpx.codes.OK:
        return http.patch(ref.path, json={"spec": edit.spec}, headers=MERGE_PATCH, params=dry)
    return http.post(ref.collection, json=edit.manifest(), params=dry)


def _done(cluster: Cluster, row: Row, edit: Builder) -> None:
    if row.deletes:
        cluster.delete(edit)
    else:
        cluster.apply(edit)


def test_every_rule_that_admission_alone_can_decide_is_a_row() -> None:
    alone = {rule.id for rule in RULES if rule.cel is None}
    wanted = alone | {one.id for one in (*RELATIONS, *GUARDS)}

    assert set(IDS) | set(ELSEWHERE) == wanted


@pytest.mark.promise(7)
@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_admission_says_it_early(seen: Seen, row: Row) -> None:
    answer, says = seen.answers[row.id], row.says.replace("{closed}", seen.closed)

    if row.refused:
        assert answer.is_client_error
        assert says in answer.json()["message"]
    else:
        assert answer.is_success
        assert says in answer.headers["Warning"].replace('\\"', '"')


@pytest.mark.promise(16)
@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_the_controller_holds_it(seen: Seen, row: Row) -> None:
    told = row.told.replace("{closed}", seen.closed)

    def says_it(thing: Manifest) -> bool:
        said = [one for one in thing.get("status", {}).get("conditions", ()) if one["reason"] == row.reason]
        return any(told in one["message"] for one in said) and bool(condition(thing, row.where))

    seen.cluster.wait(seen.edit(row), says_it, because=f"{row.reason}: {told}")

    written = {entry["path"].lower() for entry in seen.cloud.requests(seen.mark) if _writes(entry)}
    for path in row.untouched:
        assert not [one for one in written if path.lower() in one], path


def _writes(entry: Manifest) -> bool:
    return str(entry["method"]) in {"PUT", "PATCH", "POST", "DELETE"} and int(entry["status"]) < 400
