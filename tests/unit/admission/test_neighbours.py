"""What the webhook says of an object beside the others, and how it asks for them."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from api.rule_cases import (
    DIGEST,
    GUID,
    OTHER_GUID,
    Body,
    asset,
    azure,
    environment,
    pulled,
    regions,
    registry,
)
from support.neighbours import MemoryNeighbours

from mlregistry_operator.admission.deletions import HOUSEKEEPERS
from mlregistry_operator.admission.review import COULD_NOT_LOOK, PATIENCE, review
from mlregistry_operator.admission.reviews import MAX_WARNINGS
from mlregistry_operator.api.advice import MAX_LENGTH
from mlregistry_operator.domain.boundaries import UNBOUNDED, Boundaries
from mlregistry_operator.domain.identity import IdentityGrant
from mlregistry_operator.kube.ports import Namespace

SHIPPED = Path(__file__).parents[3] / "helm/mlregistry-operator/files/webhook.yaml"
GROUP = f"/subscriptions/{GUID}/resourceGroups/ml-registries/providers"
ACCOUNT = f"{GROUP}/Microsoft.Storage/storageAccounts/demo1"
ENDPOINT = "https://demo1.blob.core.windows.net/"
ACR = f"{GROUP}/Microsoft.ContainerRegistry/registries/demo1"
TWO = regions("eastus", "westus")
OTHER = registry("other", registryName="Demo", replicationLocations=TWO)


async def answer(new: Body | None, old: Body | None = None, *others: Body, **more: Any) -> Body:
    """The response to an edit, with these objects around."""
    around = more.pop("around", None) or MemoryNeighbours(list(others))
    patience = more.pop("patience", 5.0)
    boundaries = more.pop("boundaries", UNBOUNDED)
    thing = new or old or {}
    operation = "DELETE" if new is None else "UPDATE" if old else "CREATE"
    body = {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "1",
            "kind": {"group": "mlregistry.io", "version": "v1alpha1", "kind": thing["kind"]},
            "operation": operation,
            "name": thing["metadata"]["name"],
            "object": new,
            "oldObject": old,
            **more,
        },
    }
    response: Body = (await review(body, around, patience, boundaries))["response"]
    return response


def annotated(thing: Body, name: str, value: str) -> Body:
    copy = deepcopy(thing)
    copy["metadata"].setdefault("annotations", {})[f"mlregistry.io/{name}"] = value
    return copy


def told(response: Body) -> str:
    message: str = response.get("status", {}).get("message", "")
    return message


def warned(response: Body, field: str) -> list[str]:
    return [one for one in response.get("warnings", ()) if one.startswith(field)]


@pytest.mark.parametrize(
    ("new", "allowed", "because"),
    [
        (registry(registryName="Demo"), False, "the same name in the same group"),
        (registry("DEMO".lower()), False, "an object's name is a registry's, in whatever case"),
        (registry(azure=azure(resourceGroup="ML-Registries")), False, "groups compare without case"),
        (registry(registryName="Demo2"), True, "another name"),
        (registry(azure=azure(resourceGroup="elsewhere")), True, "another group"),
        (registry(azure=azure(subscriptionId=OTHER_GUID)), True, "another subscription"),
    ],
)
@pytest.mark.promise(8)
async def test_two_registries_cannot_claim_one_name(new: Body, because: str, *, allowed: bool) -> None:
    response = await answer(new, None, OTHER)

    assert response["allowed"] is allowed, because
    if not allowed:
        assert told(response).startswith(
            "spec.registryName: Forbidden: MLRegistry default/other has this name"
        )


async def test_a_registry_that_is_in_the_way_already_can_still_be_edited() -> None:
    old = registry(registryName="Demo")
    around = MemoryNeighbours([OTHER, old])

    response = await answer({**old, "spec": old["spec"] | {"suspend": True}}, old, around=around)

    assert response["allowed"]
    assert around.calls == [], "and nobody is asked"


STATUS = {
    "regions": [
        {
            "location": "eastus",
            "role": "Primary",
            "state": "Ready",
            "storageAccount": {"name": "demo1", "id": ACCOUNT, "blobEndpoint": ENDPOINT},
        }
    ],
    "containerRegistry": {"name": "demo1", "id": ACR, "loginServer": "demo1.azurecr.io"},
    "retained": [{"id": f"{ACCOUNT}left", "location": "westus", "reason": "It left."}],
}


@pytest.mark.parametrize(
    ("other", "adopts", "says"),
    [
        (annotated(OTHER, "adopt", ACCOUNT.upper()), ACCOUNT, "default/other adopts"),
        ({**OTHER, "status": STATUS}, ACCOUNT, "in the status of MLRegistry default/other"),
        ({**OTHER, "status": STATUS}, f"{ACCOUNT}left", "in the status of MLRegistry default/other"),
        ({**OTHER, "status": STATUS}, f"{ACR}/replications/westus", "in the status of"),
        ({**OTHER, "status": STATUS}, f"{ACCOUNT}2", ""),
        (OTHER, ACCOUNT, ""),
    ],
    ids=["adopted twice", "an account", "a retained account", "a replication", "a namesake", "a stranger's"],
)
@pytest.mark.promise(8)
async def test_nothing_is_adopted_from_an_object_that_is_there(other: Body, adopts: str, says: str) -> None:
    old = registry(registryName="Mine")

    response = await answer(annotated(old, "adopt", adopts), old, other)

    assert response["allowed"] is (not says)
    assert says in told(response)
    again = annotated({**old, "spec": old["spec"] | {"suspend": True}}, "adopt", adopts)
    assert (await answer(again, annotated(old, "adopt", adopts), other))["allowed"], "that is no news"


def published(name: str, *locations: str, **spec: Any) -> Body:
    rows = [{"location": one, "state": "Ready"} for one in locations]
    return {**asset(name, assetName=name, **spec), "status": {"regions": rows}}


@pytest.mark.promise(9)
async def test_a_region_may_leave_and_what_only_it_has_is_named() -> None:
    old = registry(replicationLocations=TWO)
    new = registry(replicationLocations=regions("eastus", "northeurope"))
    others = [published(name, "westus") for name in ("d", "c", "b", "a")]

    response = await answer(new, old, *others, published("safe", "eastus", "westus"))

    assert response["allowed"]
    [warning] = warned(response, "spec.replicationLocations: westus has the only complete copy")
    assert "default/a, default/b, default/c and 1 more" in warning
    assert not warned(
        await answer(new, old, published("safe", "eastus", "westus")), "spec.replicationLocations:"
    )


USER = asset(
    "user", assetName="user", references=[{"type": "Model", "assetName": "taxi-fare", "version": "3"}]
)
OWN = registry()


@pytest.mark.promise(9)
async def test_a_registry_that_assets_use_is_not_deleted() -> None:
    response = await answer(None, OWN, OWN, asset(), USER)

    assert response["status"]["code"] == 409
    assert told(response).startswith("metadata.deletionTimestamp: Forbidden: this registry is still used by")
    assert "default/taxi-fare-3, default/user;" in told(response)
    assert 'mlregistry.io/force-detach: "true"' in told(response)
    assert (await answer(None, OWN, OWN))["allowed"]


@pytest.mark.promise(9)
async def test_a_version_that_others_reference_is_not_deleted() -> None:
    response = await answer(None, asset(), OWN, asset(), USER)

    assert "this version is still referenced by MLAsset default/user;" in told(response)
    assert (await answer(None, USER, OWN, asset(), USER))["allowed"], "nobody needs that one"
    assert (await answer(None, asset(), asset(), USER))["allowed"], "its registry is gone"


# Written down here, so that nobody comes to be spared by a change of the code alone.
SPARED = [
    "system:serviceaccount:kube-system:namespace-controller",
    "system:serviceaccount:kube-system:generic-garbage-collector",
    "system:kube-controller-manager",
]
NOT_SPARED = [
    "system:serviceaccount:argocd:argocd-application-controller",
    "system:serviceaccount:flux-system:kustomize-controller",
    "system:serviceaccount:mlregistry-system:mlregistry-operator",
    "system:serviceaccount:kube-system:ttl-after-finished-controller",
    "system:serviceaccount:team-a:namespace-controller",
    "system:serviceaccount:team-a:generic-garbage-collector",
    "system:kube-scheduler",
    "kubernetes-admin",
    "alice",
]


@pytest.mark.parametrize("thing", [OWN, asset()], ids=["registry", "asset"])
@pytest.mark.parametrize("name", NOT_SPARED)
@pytest.mark.promise(9)
async def test_whoever_does_not_keep_house_is_refused_the_deletion_of_what_is_used(
    thing: Body, name: str
) -> None:
    response = await answer(None, thing, OWN, asset(), USER, userInfo={"username": name, "groups": []})

    assert response["status"]["code"] == 409
    assert "default/user" in told(response)


def test_who_keeps_house_is_known_by_name() -> None:
    assert sorted(HOUSEKEEPERS) == sorted(SPARED)


@pytest.mark.parametrize("thing", [OWN, asset()], ids=["registry", "asset"])
@pytest.mark.promise(10)
async def test_a_deletion_passes_that_must_not_wait_here(thing: Body) -> None:
    around = MemoryNeighbours([OWN, asset(), USER])
    for name in SPARED:
        assert (await answer(None, thing, around=around, userInfo={"username": name}))["allowed"]
    assert (await answer(None, annotated(thing, "force-detach", "true"), around=around))["allowed"]
    leaving = deepcopy(thing)
    leaving["metadata"]["deletionTimestamp"] = "2026-11-24T00:00:00Z"
    assert (await answer(None, leaving, around=around))["allowed"]
    assert around.calls == [], "and nobody is asked"

    around.namespaces["default"] = Namespace({}, terminating=True)
    assert (await answer(None, thing, around=around))["allowed"], "the namespace goes with all that is in it"


@pytest.mark.parametrize("dry_run", [True, False])
async def test_a_deletion_is_judged_the_same_where_it_is_only_tried(*, dry_run: bool) -> None:
    assert not (await answer(None, OWN, OWN, asset(), dryRun=dry_run))["allowed"]


def component(text: str) -> Body:
    return asset("train", type="Component", assetName="train", source={"inline": text})


SELECTED = registry(allowedNamespaces={"from": "All"})
ABROAD = {**asset(registryRef={"name": "demo", "namespace": "platform"})}
PLATFORM = {**registry(), "metadata": {"name": "demo", "namespace": "platform"}}
PROMOTED = asset(source={"asset": {"registryRef": {"name": "dev"}, "assetName": "taxi-fare", "version": "3"}})
NEEDY = asset("needy", assetName="needy", references=USER["spec"]["references"])
LATEST = component("environment: azureml://registries/demo/environments/sklearn@latest\n")

WARNED = [
    (asset(), (), ["spec.registryRef: MLRegistry default/demo does not exist"], "it waits"),
    (asset(), (OWN,), [], "an ordinary asset"),
    (ABROAD, (PLATFORM,), ["spec.registryRef: MLRegistry platform/demo does not allow assets"], "closed"),
    (asset(), (OWN, asset("double")), ["spec.version: MLAsset default/double declares this"], "taken"),
    (asset(), (OWN, asset("d", assetName="TAXI-fare")), ["spec.version: MLAsset default/d"], "no case"),
    (asset(), (OWN, asset("d", version="4")), [], "another version"),
    (NEEDY, (OWN,), ["spec.references: no MLAsset declares models/taxi-fare/versions/3"], "undeclared"),
    (NEEDY, (OWN, asset()), [], "declared"),
    (
        PROMOTED,
        (OWN, registry("dev")),
        ["spec.source.asset: no MLAsset declares models/taxi-fare/versions/3 in MLRegistry default/dev"],
        "an origin that nobody declares",
    ),
    (
        PROMOTED,
        (OWN,),
        ["spec.source.asset.registryRef: MLRegistry default/dev does not exist", "spec.source.asset: no"],
        "an origin without a registry",
    ),
    (LATEST, (OWN,), ["spec.source.inline: environment: 'azureml://registries/demo/env"], "unpinned"),
    (
        asset(type="Data", source={"inline": "paths: [{file: ./x.csv}]"}, data={"format": "MLTable"}),
        (OWN,),
        ["spec.source.inline: MLTable names './x.csv' (paths[0].file), which is not among the files"],
        "an inline table of files that are not in it",
    ),
    (
        asset(source={"inline": "a: b"}, model={"format": "Triton"}),
        (OWN,),
        ["spec.source.inline: model.format: Triton asks for a model", "Publish the files with source.blob"],
        "an inline document that was declared a repository",
    ),
]


@pytest.mark.parametrize(("new", "others", "beginnings", "because"), WARNED, ids=[case[3] for case in WARNED])
async def test_a_new_asset_is_warned_of_what_it_will_wait_for(
    new: Body, others: tuple[Body, ...], beginnings: list[str], because: str
) -> None:
    response = await answer(new, None, *others)

    assert response["allowed"], because
    spoken = response.get("warnings", [])
    assert len(spoken) == len(beginnings), spoken
    assert all(one.startswith(start) for one, start in zip(spoken, beginnings, strict=True)), spoken
    assert all(len(one) <= MAX_LENGTH for one in spoken)


async def test_many_references_are_looked_up_in_one_list() -> None:
    many = [{"type": "Data", "assetName": "d", "version": str(number)} for number in range(60)]
    around = MemoryNeighbours([OWN])

    response = await answer(asset(references=many, source={"inline": "a: b"}), around=around)

    assert around.calls == ["read", "assets"]
    assert "and 58 more in MLRegistry default/demo" in warned(response, "spec.references")[0]


async def test_what_a_person_is_told_has_an_end() -> None:
    text = "".join(f"  s{number}: {{component: azureml:c@latest}}\n" for number in range(40))

    spoken = (await answer(component(f"jobs:\n{text}"), None, OWN))["warnings"]

    assert len(spoken) == MAX_WARNINGS
    assert spoken[-1].endswith("more warnings")


@pytest.mark.parametrize("trouble", ["fails", "hangs"])
@pytest.mark.parametrize(
    ("new", "old"), [(registry(replicationLocations=TWO), None), (NEEDY, None), (None, OWN), (None, asset())]
)
@pytest.mark.promise(10)
async def test_an_api_server_that_cannot_be_asked_stands_in_nobodys_way(
    new: Body | None, old: Body | None, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    around = MemoryNeighbours([OWN, OTHER, asset(), USER], **{trouble: True})

    response = await answer(new, old, around=around, patience=0.05)

    assert response["allowed"]
    assert response["warnings"] == [COULD_NOT_LOOK]
    assert COULD_NOT_LOOK in caplog.text


async def test_a_registry_with_many_assets_lets_others_have_their_turn_and_notices_the_time() -> None:
    many = [asset(f"a{number}", assetName=f"a{number}") for number in range(200)]

    response = await answer(None, OWN, OWN, *many, patience=0.0)

    assert response["warnings"] == [COULD_NOT_LOOK]


async def test_an_edit_of_an_asset_asks_nobody() -> None:
    around = MemoryNeighbours(fails=True)
    old = asset()

    assert (await answer({**old, "spec": old["spec"] | {"archived": True}}, old, around=around))["allowed"]
    assert around.calls == []


async def test_a_region_that_is_added_again_while_it_leaves_is_measured_by_its_account() -> None:
    row = {
        "location": "westus",
        "role": "Replica",
        "state": "Draining",
        "storageAccount": {"name": "x", "id": "/x", "type": "Standard_LRS", "hns": True},
    }
    old = {**registry(), "status": {"regions": [row]}}
    same = [{"location": "eastus"}, {"location": "westus", "storageConfig": {"storageAccountHns": True}}]

    assert "spec.replicationLocations[1].storageConfig" in told(
        await answer(registry(replicationLocations=TWO), old)
    )
    assert (await answer(registry(replicationLocations=same), old))["allowed"]


def test_the_shipped_configuration_spares_whom_the_webhook_spares_and_waits_longer_than_it() -> None:
    [webhook] = yaml.safe_load(SHIPPED.read_text("utf-8"))["webhooks"]
    conditions = "".join(one["expression"] for one in webhook["matchConditions"])

    assert {name for name in SPARED if f"'{name}'" not in conditions} == set()
    assert {name for name in NOT_SPARED if f"'{name}'" in conditions} == set()
    assert webhook["timeoutSeconds"] >= PATIENCE + 1
    assert webhook["failurePolicy"] == "Ignore"


@pytest.mark.promise(16)
@pytest.mark.parametrize(
    ("source", "spec", "told"),
    [
        ({"blob": {"url": "https://demo1.blob.core.windows.net/data/x"}}, {}, "does not allow assets in"),
        ({"blob": {"url": "https://team.blob.core.windows.net/data/x"}}, {}, ""),
        ({"blob": {"url": "https://own.example/data/x"}}, {}, "shown to no other"),
        (
            {"blob": {"url": "https://own.example/x", "sasSecretRef": {"name": "s", "key": "k"}}},
            {},
            "ALLOWED_HOSTS does not list it",
        ),
        (
            {"blob": {"url": "https://team.blob.core.windows.net/data/x"}},
            {"allowedSources": []},
            "has no entry",
        ),
        ({"inline": "a: b"}, {"allowedSources": []}, ""),
    ],
)
async def test_a_source_that_will_not_be_read_is_told_early(source: Body, spec: Body, told: str) -> None:
    closed = {**OTHER, "metadata": {"name": "other", "namespace": "elsewhere"}, "status": STATUS}
    new = asset(source=source, type="Data" if "inline" in source else "Model")

    spoken = warned(await answer(new, None, registry("demo", **spec), closed), "spec.source")

    assert len(spoken) == (1 if told else 0), spoken
    assert told in "".join(spoken)


@pytest.mark.promise(16)
async def test_an_image_that_the_identity_will_not_pull_is_told_early() -> None:
    images = "/subscriptions/{}/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/images01"
    found = {"name": "demo", "id": images.format(GUID), "loginServer": "demo.azurecr.io"}
    reference = f"images01.azurecr.io/base/sklearn@{DIGEST}"
    named = environment(source=pulled(reference=reference, registryId=images.format(OTHER_GUID)))
    theirs = deepcopy(named)
    theirs["metadata"]["namespace"] = "team"
    theirs["spec"]["registryRef"]["namespace"] = "default"
    home = {**registry("demo", allowedNamespaces={"from": "All"}), "status": {"containerRegistry": found}}
    bounds = Boundaries(identities=(IdentityGrant(frozenset({"default"}), frozenset({GUID})),))

    assert warned(await answer(named, None, home), "spec.source") == []
    (spoken,) = warned(await answer(theirs, None, home), "spec.source")
    assert "pulls for namespace team only what spec.allowedSources" in spoken
    (spoken,) = warned(await answer(named, None, home, boundaries=bounds), "spec.source")
    assert f"of subscription {OTHER_GUID}" in spoken


@pytest.mark.promise(16)
async def test_who_may_not_use_the_operators_identity_is_refused_unless_nothing_of_it_changes() -> None:
    bounds = Boundaries(identities=(IdentityGrant(frozenset({"platform"})),))
    new, federated = registry(), {"workloadIdentity": {"clientId": GUID, "tenantId": GUID}}
    own = registry(azure=azure(credentials={"secretRef": {"name": "azure"}}))

    refused = await answer(new, boundaries=bounds)
    assert told(refused).startswith("spec.azure.credentials: Forbidden: namespace default may not have")
    assert not (await answer(registry(azure=azure(credentials=federated)), own, boundaries=bounds))["allowed"]
    assert (await answer(own, boundaries=bounds))["allowed"]
    assert (await answer({**new, "spec": new["spec"] | {"suspend": True}}, new, boundaries=bounds))["allowed"]
    elsewhere = {**new, "metadata": new["metadata"] | {"namespace": "platform"}}
    assert (await answer(elsewhere, boundaries=bounds))["allowed"]


CURATED = "azureml://registries/azureml/environments/sklearn-1.5/labels/latest"


async def test_the_way_around_a_registry_of_microsofts_fits_into_one_warning() -> None:
    (spoken,) = (await answer(component(f"environment: {CURATED}"), None, OWN))["warnings"]

    assert spoken.endswith("and write azureml://registries/demo/environments/sklearn-1.5/versions/<version>.")
    assert len(spoken) <= MAX_LENGTH
    assert MAX_LENGTH == 256, "what the API server promises to pass on"


async def test_a_warning_that_is_too_long_goes_on_in_another_and_keeps_its_advice() -> None:
    name = "taxi" * 40

    new = component(f"environment: azureml://registries/Other/environments/{name}/labels/x")
    spoken = (await answer(new, None, OWN))["warnings"]

    assert len(spoken) > 1
    assert all(len(one) <= MAX_LENGTH for one in spoken)
    assert f"and write azureml://registries/demo/environments/{name}" in " ".join(
        one.removesuffix("…") for one in spoken
    )
