"""What a version needs: resolved, awaited, missing, failed, or needed in a circle."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlregistry_operator.api.asset import MLAssetSpec
from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLAsset
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.assets.components import ComponentReading
from mlregistry_operator.domain.assets.ids import AssetId, AssetKey
from mlregistry_operator.domain.assets.references import (
    Known,
    Standing,
    cycle_of,
    resolve,
    standing_of,
    wanted_references,
)
from mlregistry_operator.domain.failures import Severity

REGISTRY = "DemoRegistry1"


def component(name: str, version: str = "1") -> AssetId:
    return AssetId(REGISTRY, AssetType.COMPONENT, name, version)


def environment(name: str, version: str = "1") -> AssetId:
    return AssetId(REGISTRY, AssetType.ENVIRONMENT, name, version)


OWN = component("train", "2")
SKLEARN = environment("sklearn", "1.5")
TORCH = environment("torch")
HELD = ObjectKey("team-b", "sklearn-15")


def spec(**fields: Any) -> MLAssetSpec:
    return MLAssetSpec.model_validate(
        {
            "registryRef": {"name": "demo"},
            "type": "Component",
            "assetName": "train",
            "version": "2",
            "source": {"inline": "a: b"},
            **fields,
        }
    )


def test_declared_references_the_environment_and_those_of_the_specification_are_wanted_once() -> None:
    declared = spec(
        references=[
            {"type": "Model", "assetName": "taxi", "version": "3"},
            {"type": "Environment", "assetName": "SKLearn", "version": "1.5"},
        ],
        component={"environmentRef": {"assetName": "sklearn", "version": "1.5"}},
    )
    reading = ComponentReading((SKLEARN, component("score")))

    wanted = wanted_references(declared, REGISTRY, reading)

    assert [str(one.key) for one in wanted] == [
        "models/taxi/versions/3",
        "environments/sklearn/versions/1.5",
        "components/score/versions/1",
    ]
    assert wanted_references(spec(), REGISTRY) == ()


@pytest.mark.parametrize(
    ("known", "reason", "severity", "says", "because"),
    [
        (
            {},
            Reason.DEPENDENCY_NOT_FOUND,
            Severity.RETRY,
            f"Not in the registry {REGISTRY}",
            "it may still come",
        ),
        (
            {SKLEARN.key: Known(Standing.WAITING, HELD)},
            Reason.DEPENDENCY_NOT_READY,
            Severity.RETRY,
            "is not published yet",
            "it is on its way",
        ),
        (
            {SKLEARN.key: Known(Standing.FAILED, HELD)},
            Reason.DEPENDENCY_NOT_READY,
            Severity.SLOW_RETRY,
            "(MLAsset team-b/sklearn-15) cannot be published",
            "a person has to mend the other object, which is named",
        ),
        (
            {SKLEARN.key: Known(Standing.LEAVING, HELD)},
            Reason.DEPENDENCY_NOT_READY,
            Severity.SLOW_RETRY,
            "is being deleted",
            "what goes cannot be relied on",
        ),
    ],
)
def test_a_reference_that_is_not_there_is_told_with_what_to_do(
    known: dict[AssetKey, Known], reason: Reason, severity: Severity, says: str, because: str
) -> None:
    (failure,) = resolve(OWN, (SKLEARN,), known).failures

    assert (failure.reason, failure.severity) == (reason, severity), because
    assert says in failure.message, because
    assert str(SKLEARN) in failure.message, because
    assert failure.remedy, because


def test_what_is_published_is_resolved_whoever_declares_it() -> None:
    known = {SKLEARN.key: Known(Standing.PUBLISHED, HELD), TORCH.key: Known(Standing.PUBLISHED)}

    assert resolve(OWN, (SKLEARN, TORCH), known).resolved
    assert resolve(OWN, (), {}).resolved


def test_everything_that_is_missing_is_named_in_one_failure() -> None:
    wanted = tuple(environment(f"env-{index}") for index in range(12))

    (failure,) = resolve(OWN, wanted, {}).failures

    assert str(wanted[9]) in failure.message
    assert "and 2 more" in failure.message


def test_the_sentences_of_a_specification_stall_it_before_anything_is_awaited() -> None:
    resolution = resolve(OWN, (TORCH,), {}, ("environment: 'azureml:a' names no version.",))

    first, second = resolution.failures
    assert (first.reason, first.severity) == (Reason.INVALID_SPEC, Severity.STALLED)
    assert "azureml:a" in first.message
    assert second.reason is Reason.DEPENDENCY_NOT_FOUND


def test_a_circle_is_named_from_end_to_end() -> None:
    score, sweep = component("score"), component("sweep")
    known = {
        score.key: Known(Standing.WAITING, needs=frozenset({sweep.key, SKLEARN.key})),
        sweep.key: Known(Standing.WAITING, needs=frozenset({OWN.key})),
        SKLEARN.key: Known(Standing.PUBLISHED),
    }

    failure = resolve(OWN, (SKLEARN, score), known).failures[0]

    assert (failure.reason, failure.severity) == (Reason.REFERENCE_CYCLE, Severity.STALLED)
    assert (
        "components/train/versions/2, which needs components/score/versions/1, which needs"
        " components/sweep/versions/1, which needs components/train/versions/2." in failure.message
    )


def test_a_version_that_needs_itself_is_the_smallest_circle() -> None:
    assert cycle_of(OWN.key, (OWN.key,), {}) == (OWN.key, OWN.key)


def test_a_circle_among_others_is_theirs() -> None:
    score, sweep = component("score").key, component("sweep").key
    known = {
        score: Known(Standing.WAITING, needs=frozenset({sweep})),
        sweep: Known(Standing.WAITING, needs=frozenset({score})),
    }

    assert cycle_of(OWN.key, (score,), known) == ()


KEYS = [component(name).key for name in "abcdef"]
GRAPHS = st.dictionaries(st.sampled_from(KEYS), st.frozensets(st.sampled_from(KEYS), max_size=3))


def reachable(start: AssetKey, graph: dict[AssetKey, frozenset[AssetKey]]) -> set[AssetKey]:
    """What can be reached in at least one step, by growing the set until it stands still."""
    found = set(graph.get(start, ()))
    while found != (grown := found.union(*(graph.get(one, frozenset()) for one in found))):
        found = grown
    return found


@given(GRAPHS, st.sampled_from(KEYS))
def test_there_is_a_circle_exactly_where_a_version_can_reach_itself(
    graph: dict[AssetKey, frozenset[AssetKey]], own: AssetKey
) -> None:
    known = {key: Known(Standing.WAITING, needs=needs) for key, needs in graph.items()}

    cycle = cycle_of(own, graph.get(own, frozenset()), known)

    assert bool(cycle) == (own in reachable(own, graph))
    assert all(after in graph[before] for before, after in pairwise(cycle))
    assert not cycle or cycle[0] == cycle[-1] == own


def condition(kind: str, status: str) -> dict[str, Any]:
    return {
        "type": kind,
        "status": status,
        "reason": "Succeeded",
        "message": "",
        "observedGeneration": 1,
        "lastTransitionTime": datetime(2026, 1, 1, tzinfo=UTC),
    }


@pytest.mark.parametrize(
    ("conditions", "leaving", "standing", "because"),
    [
        ([], False, Standing.WAITING, "nobody has looked at it yet"),
        ([condition("Published", "True")], False, Standing.PUBLISHED, "its content is there"),
        (
            [condition("Published", "True"), condition("Stalled", "True")],
            False,
            Standing.PUBLISHED,
            "a region that fails takes nothing from what is published",
        ),
        (
            [condition("Published", "False"), condition("Stalled", "True")],
            False,
            Standing.FAILED,
            "it stands",
        ),
        (
            [condition("Published", "Unknown")],
            False,
            Standing.PUBLISHED,
            "its region is down, and what was published is published",
        ),
        ([condition("Published", "False")], False, Standing.WAITING, "it moves"),
        ([condition("Published", "True")], True, Standing.LEAVING, "what goes is no ground to stand on"),
    ],
)
def test_an_objects_own_conditions_say_how_far_its_version_is(
    conditions: list[dict[str, Any]], *, leaving: bool, standing: Standing, because: str
) -> None:
    metadata = {"name": "a", "namespace": "b", "generation": 1}
    if leaving:
        metadata["deletionTimestamp"] = datetime(2026, 1, 2, tzinfo=UTC).isoformat()
    asset = MLAsset.model_validate(
        {"metadata": metadata, "spec": spec().model_dump(by_alias=True), "status": {"conditions": conditions}}
    )

    assert standing_of(asset) is standing, because
