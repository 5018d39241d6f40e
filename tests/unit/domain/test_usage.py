"""Who keeps an object from being deleted: the same answer for the webhook and for the finalizers."""

from typing import Any

import pytest

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLAsset
from mlregistry_operator.domain import usage
from mlregistry_operator.domain.assets.components import ComponentReading
from mlregistry_operator.domain.usage import (
    asset_in_use_sentence,
    registry_in_use_sentence,
    users_of_asset,
    users_of_registry,
)

REGISTRY = ObjectKey("ml-platform", "demo")
NAMES = {REGISTRY: "DemoRegistry1"}
YES, NO = "keeps it", "does not"
DIGEST = f"sha256:{'0' * 64}"
TAXI = {"type": "Model", "assetName": "taxi", "version": "1"}
PUBLISHED = {"digest": DIGEST, "conditions": [{"type": "Published", "status": "True", "reason": "Succeeded"}]}
STALLED = {
    "conditions": [
        {"type": "Stalled", "status": "True", "reason": "SourceUnavailable"},
        {"type": "Published", "status": "False", "reason": "SourceUnavailable"},
    ]
}


def asset(name: str, *, leaving: bool = False, status: Any = None, **spec: Any) -> MLAsset:
    """A component named as its object, in the registry."""
    metadata = {"name": name, "namespace": "team-a"}
    if leaving:
        metadata["deletionTimestamp"] = "2026-11-01T00:00:00Z"
    declared = {
        "registryRef": {"name": "demo", "namespace": "ml-platform"},
        "type": "Component",
        "assetName": name,
        "version": "1",
        "source": {"inline": "a: b"},
    }
    conditions = [
        {"message": "", "observedGeneration": 1, "lastTransitionTime": "2026-11-01T00:00:00Z", **one}
        for one in (status or {}).get("conditions", ())
    ]
    told = {**(status or {}), "conditions": conditions}
    return MLAsset.model_validate({"metadata": metadata, "spec": declared | spec, "status": told})


def written(reference: str) -> dict[str, str]:
    """The source of a component whose specification refers to that."""
    return {"inline": f"environment: {reference}\n"}


def users(of: MLAsset, *others: MLAsset) -> list[str]:
    return [key.name for key in users_of_asset(of, (of, *others), NAMES)]


TARGET = asset("model", **TAXI)
SKLEARN = asset("sklearn", type="Environment", source={"image": {"reference": "mcr.example/a@" + DIGEST}})


def test_every_asset_of_a_registry_counts_even_one_that_leaves() -> None:
    elsewhere = asset("b", registryRef={"name": "demo"})

    found = users_of_registry(REGISTRY, [asset("c", leaving=True), elsewhere, asset("a")])

    assert list(map(str, found)) == ["team-a/a", "team-a/c"]


def test_whom_the_registry_never_admitted_cannot_keep_it() -> None:
    turned_away = {"conditions": [{"type": "Ready", "status": "False", "reason": "NamespaceNotAllowed"}]}
    stranger = asset("stranger", status=turned_away, references=[TAXI])
    former_guest = asset("guest", status=turned_away | {"digest": DIGEST}, references=[TAXI])

    assert users_of_registry(REGISTRY, [stranger, former_guest]) == (former_guest.key,)
    assert users(TARGET, stranger, former_guest) == ["guest"]


@pytest.mark.parametrize(
    ("of", "user", "keeps", "because"),
    [
        (TARGET, asset("train", references=[TAXI]), YES, "a declared reference"),
        (TARGET, asset("train", references=[TAXI | {"assetName": "Taxi"}]), YES, "names have no case"),
        (TARGET, asset("train", references=[TAXI | {"version": "2"}]), NO, "another version"),
        (TARGET, asset("train", references=[TAXI | {"type": "Data"}]), NO, "another type"),
        (TARGET, asset("train", references=[TAXI], registryRef={"name": "demo"}), NO, "another registry"),
        (TARGET, asset("train", references=[TAXI], leaving=True), NO, "it is leaving itself"),
        (TARGET, asset("train", references=[TAXI], archived=True), YES, "archived is still usable"),
        (
            SKLEARN,
            asset("train", component={"environmentRef": {"assetName": "sklearn", "version": "1"}}),
            YES,
            "a component's environment",
        ),
        (
            SKLEARN,
            asset(
                "train", source=written("azureml://registries/DemoRegistry1/environments/sklearn/versions/1")
            ),
            YES,
            "a specification that refers to it",
        ),
        (
            SKLEARN,
            asset(
                "train",
                source=written(r'"azureml://registries/DemoRegistry1/environments/s\x6blearn/versions/1"'),
            ),
            YES,
            "however it is spelled",
        ),
        (
            SKLEARN,
            asset("train", source=written("mlregistry://./environments/sklearn/versions/1")),
            YES,
            "in this registry, without its name",
        ),
        (
            SKLEARN,
            asset("train", source=written("azureml://registries/Other/environments/sklearn/versions/1")),
            NO,
            "what is refused is no reference",
        ),
        (SKLEARN, asset("train", source={"inline": "sklearn: [}"}), NO, "what cannot be read needs nothing"),
    ],
)
def test_a_version_is_used_by_what_refers_to_it(of: MLAsset, user: MLAsset, keeps: str, because: str) -> None:
    assert users(of, user) == ([user.key.name] if keeps == YES else []), because


def test_a_promotion_needs_what_its_origin_needs() -> None:
    dev = {"name": "dev", "namespace": "ml-platform"}
    origin = asset(
        "train-dev",
        registryRef=dev,
        assetName="train",
        source=written("azureml://registries/dev/environments/sklearn/versions/1"),
    )
    promoted = asset("train", source={"asset": {"registryRef": dev, "assetName": "train", "version": "1"}})

    assert users(SKLEARN, promoted, origin) == ["train"]


def test_a_version_that_another_object_has_published_too_may_lose_one_of_them() -> None:
    user = asset("train", references=[TAXI])

    assert users(TARGET, user, asset("double", status=PUBLISHED, **TAXI)) == []
    assert users(TARGET, user, asset("double", status=PUBLISHED, leaving=True, **TAXI)) == ["train"]
    assert users(TARGET, user, asset("double", **TAXI)) == ["train"], "it has published nothing yet"


def test_what_never_was_published_and_cannot_be_may_go_to_be_written_anew() -> None:
    user = asset("train", references=[TAXI])

    assert users(asset("model", status=STALLED, **TAXI), user) == []
    assert users(asset("model", status=STALLED | {"digest": DIGEST}, **TAXI), user) == ["train"]


def test_versions_that_need_each_other_do_not_keep_each_other() -> None:
    first, second, third = (
        asset(name, references=[{"type": "Component", "assetName": needed, "version": "1"}])
        for name, needed in (("first", "second"), ("second", "third"), ("third", "first"))
    )
    outside = asset("outside", references=[{"type": "Component", "assetName": "first", "version": "1"}])

    assert users(first, second, third, outside) == ["outside"]


def test_a_specification_that_cannot_refer_to_it_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def reads(*_: object) -> ComponentReading:
        raise AssertionError("a thousand components would be read for one deletion")

    monkeypatch.setattr(usage, "read_component", reads)

    assert users(SKLEARN, asset("train", source={"inline": "environment: torch"})) == []


def test_the_sentences_name_ten_and_count_the_rest() -> None:
    many = tuple(ObjectKey("team", f"a{number:02}") for number in range(12))

    told = registry_in_use_sentence(many)

    assert "MLAsset team/a00, team/a01, " in told
    assert "team/a09 and 2 more; delete" in told
    assert 'mlregistry.io/force-detach: "true"' in told
    assert "team/a11;" in asset_in_use_sentence(many[-1:])
