"""What a version needs, by its own text and by what an earlier operator has published."""

import types
from typing import Any

from api.rule_cases import asset, registry

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.assets.ids import AssetId
from mlregistry_operator.domain.assets.layout import place_of
from mlregistry_operator.domain.assets.rewriting import Wording, wording_of
from mlregistry_operator.reconcile.assets.objects import read_asset
from mlregistry_operator.reconcile.assets.resolving import reading_of, resolution_of, told_too_late
from mlregistry_operator.reconcile.assets.scene import AssetScene
from mlregistry_operator.reconcile.fleet import Fleet
from mlregistry_operator.reconcile.registry_objects import read_registry

OWN = AssetId("demo", AssetType.COMPONENT, "train", "3")
CONTENT: Any = types.SimpleNamespace(fleet=Fleet())
TEXT = "code: ./src\n"
WORDING = wording_of("environment: mlregistry://dev/environments/a/versions/1\n", "dev", written_for="demo")


def scene(source: dict[str, Any], *, published: bool) -> AssetScene:
    body = asset("train", type="Component", assetName="train", source=source)
    if published:
        body |= {"status": {"digest": f"sha256:{'1' * 64}"}}
    return AssetScene(read_asset(body), read_registry(registry()), OWN, place_of(OWN.key), {})


def test_a_document_that_names_what_is_not_there_is_refused_before_it_is_published() -> None:
    new = scene({"inline": TEXT}, published=False)

    (failure,) = resolution_of(new, None, reading_of(new), Wording(), CONTENT).failures

    assert failure.reason is Reason.INVALID_SPEC
    assert told_too_late(new, reading_of(new)) == ()


def test_one_that_an_earlier_operator_published_stays_ready_and_says_so() -> None:
    old = scene({"inline": TEXT}, published=True)

    assert resolution_of(old, None, reading_of(old), Wording(), CONTENT).failures == ()
    (note,) = told_too_late(old, reading_of(old))
    assert note.startswith("It was published as it is, and would be refused today: code: './src'")


def test_a_text_needs_the_counterpart_here_until_it_is_published_and_says_whom_it_names() -> None:
    origin = {"asset": {"registryRef": {"name": "dev"}, "assetName": "train", "version": "3"}}
    for published in (False, True):
        one = scene(origin, published=published)
        resolution = resolution_of(one, None, reading_of(one), WORDING, CONTENT)
        missing = [failure.reason for failure in resolution.failures]
        assert missing == ([] if published else [Reason.DEPENDENCY_NOT_FOUND])
        assert resolution.note is not None
        assert "names mlregistry://dev/environments/a/versions/1, so that" in resolution.note
