"""Specifications of components: what they refer to is found, and what cannot be relied on is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.domain.assets.components import read_component
from mlregistry_operator.domain.assets.documents import MAX_DOCUMENT, DocumentError, read_mapping
from mlregistry_operator.domain.assets.ids import AssetId, AssetIdError, read_asset_id

REGISTRY = "DemoRegistry1"
ENVIRONMENT = AssetId(REGISTRY, AssetType.ENVIRONMENT, "sklearn", "1.5")
TRAIN = AssetId(REGISTRY, AssetType.COMPONENT, "train", "2")
SCORE = AssetId(REGISTRY, AssetType.COMPONENT, "score", "1")


def newest(kind: AssetType, name: str) -> str | None:
    return {(AssetType.ENVIRONMENT, "sklearn"): "1.6"}.get((kind, name))


COMMAND = f"""
$schema: https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json
type: command
name: train
version: 2
inputs:
  learning_rate: {{type: number, default: 0.1}}
environment: {ENVIRONMENT.azure}
command: python train.py
"""

PIPELINE = f"""
type: pipeline
inputs:
  data: {{type: uri_folder, path: azureml://registries/demoregistry1/data/taxi/versions/7}}
jobs:
  train:
    type: command
    component: {TRAIN.azure}
    inputs: {{data: "${{{{parent.inputs.data}}}}"}}
  again:
    component: {TRAIN}
  score:
    component: azureml://registries/DemoRegistry1/component/score/versions/1
  sweep:
    type: sweep
    trial:
      environment: {ENVIRONMENT.azure}
  batches:
    type: parallel
    task: {{type: run_function, environment: {ENVIRONMENT.azure}}}
"""


def test_a_command_needs_its_environment() -> None:
    reading = read_component(COMMAND, REGISTRY)

    assert (reading.references, reading.refusals) == ((ENVIRONMENT,), ())


def test_a_pipeline_needs_everything_that_its_jobs_run_each_once() -> None:
    reading = read_component(PIPELINE, REGISTRY)

    assert reading.refusals == ()
    assert {found.key for found in reading.references} == {
        TRAIN.key,
        SCORE.key,
        ENVIRONMENT.key,
        AssetId(REGISTRY, AssetType.DATA, "taxi", "7").key,
    }
    assert len(reading.references) == 4


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("type: command\n", "a component may need nothing"),
        ("environment:\n", "a field without value says nothing"),
        ("jobs: none\n", "jobs that are no mapping have no references"),
        ("jobs: {a: 1, b: [2], 3: {x: y}}\n", "nor have jobs that are no mappings"),
        ("description: see azureml://registries/r1/models/a@latest\n", "prose refers to nothing"),
        ("inputs: {a: {path: ./data}, b: {default: 3}}\n", "an input that is no asset id is none of ours"),
        ("code: azureml://registries/r1/codes/a/versions/1\n", "code is no asset of its own"),
    ],
)
def test_what_refers_to_nothing_needs_nothing(text: str, because: str) -> None:
    reading = read_component(text, REGISTRY)

    assert (reading.references, reading.refusals) == ((), ()), because


@pytest.mark.parametrize(
    ("field", "value", "says", "write", "because"),
    [
        (
            "environment",
            "azureml://registries/DemoRegistry1/environments/sklearn@latest",
            "names no version",
            "azureml://registries/DemoRegistry1/environments/sklearn/versions/1.6",
            "what is the latest today is another one tomorrow",
        ),
        (
            "environment",
            "azureml://registries/DemoRegistry1/environments/torch/labels/stable",
            "names no version",
            "environments/torch/versions/<version>",
            "a label moves as well",
        ),
        (
            "environment",
            "azureml:sklearn@latest",
            "names no version",
            "azureml://registries/DemoRegistry1/environments/sklearn/versions/1.6",
            "in a workspace too",
        ),
        (
            "environment",
            "azureml:AzureML-sklearn-1.0",
            "names no version",
            "environments/AzureML-sklearn-1.0/versions/<version>",
            "a curated environment without version",
        ),
        (
            "environment",
            "azureml:sklearn:3",
            "whatever workspace",
            "azureml://registries/DemoRegistry1/environments/sklearn/versions/3",
            "each workspace has another one",
        ),
        (
            "environment",
            "azureml://registries/azureml/environments/sklearn/versions/3",
            "is in the registry azureml",
            "azureml://registries/DemoRegistry1/environments/sklearn/versions/3",
            "another registry is out of our reach",
        ),
        (
            "environment",
            "azureml://registries/DemoRegistry1/models/a/versions/3",
            "is of type Model; Environment belongs here",
            None,
            "a model is no environment",
        ),
        (
            "environment",
            "mcr.example/azureml/sklearn:1",
            "is no version of a registry",
            "environments/<name>/versions/<version>",
            "an image is not an environment yet",
        ),
        (
            "environment",
            "{image: mcr.example/azureml/sklearn}",
            "is written out in place",
            "environments/<name>/versions/<version>",
            "an environment without a name has no version",
        ),
        (
            "jobs: {a: {component",
            "./train.yml}}",
            "jobs.a.component: './train.yml' is no version of a registry",
            "components/<name>/versions/<version>",
            "a file on somebody's disk",
        ),
        (
            "jobs: {a: {component",
            "azureml:train@default}}",
            "jobs.a.component: 'azureml:train@default' names no version",
            "components/train/versions/<version>",
            "components are pinned like environments",
        ),
        (
            "jobs: {a: {trial: {environment",
            "azureml:x:1}}}",
            "jobs.a.trial.environment",
            "environments/x/versions/1",
            "what a sweep tries runs somewhere too",
        ),
        (
            "jobs: {a: {type: pipeline, jobs: {b: {component",
            "azureml:x:1}}}}",
            "jobs.a.jobs.b.component",
            "components/x/versions/1",
            "however deep it is",
        ),
        (
            "inputs: {m: {path",
            "azureml://registries/DemoRegistry1/models/a/labels/latest}}",
            "inputs.m.path",
            "models/a/versions/<version>",
            "an input that is an asset is pinned as well",
        ),
    ],
)
def test_what_cannot_be_relied_on_is_refused_with_what_to_write(
    field: str, value: str, says: str, write: str | None, because: str
) -> None:
    reading = read_component(f"{field}: {value}\n", REGISTRY, newest)

    assert reading.references == (), because
    (refusal,) = reading.refusals
    assert says in refusal, because
    assert write is None or write in refusal, because


def test_what_a_merge_key_or_an_alias_brings_in_is_found_as_well() -> None:
    text = "base: &base {environment: 'azureml:a@latest'}\njobs:\n  one: {<<: *base}\n  two: *base\n"

    refusals = read_component(text, REGISTRY).refusals

    assert [refusal.partition(":")[0] for refusal in refusals] == [
        "jobs.one.environment",
        "jobs.two.environment",
    ]


def test_every_fault_of_a_specification_is_told_at_once() -> None:
    text = "environment: azureml:a\njobs: {b: {component: ./c.yml}}\n"

    assert len(read_component(text, REGISTRY).refusals) == 2


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{this}: &{this} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, this in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGES = "a: &a {k: v}\n" + "".join(
    f"{this}: &{this} {{<<: [{', '.join([f'*{before}'] * 9)}]}}\n"
    for before, this in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "says", "because"),
    [
        ("a: [", "no YAML document", "it is not well formed"),
        ("", "no YAML document", "there is none"),
        ("[" * 200 + "]" * 200, "nests at most 100 deep", "parsers recurse"),
        ("- a\n", "no YAML mapping", "a list has no fields"),
        ("a: 1\n---\nb: 2\n", "cannot be read", "which of the two is meant?"),
        ("a: 2024-13-45\n", "cannot be read", "a date that is none"),
        ("? [a]\n: b\n? {c: d}\n: e\n", "cannot be read", "a list is no key"),
        ("a: !!python/object/apply:os.system [ls]\n", "cannot be read", "nothing is run"),
        (LAUGHS, "stand for more than", "nine to the ninth values in nine lines"),
        (MERGES, "stand for more than", "merge keys multiply like aliases"),
        ("a: &a [*a]\n", "refer to themselves", "it has no end"),
        ("a: &a {<<: *a}\n", "refer to themselves", "nor has this"),
        (f"a: {'x' * MAX_DOCUMENT}\n", "larger than", "nobody writes so much by hand"),
        ("a: " + "9" * 5000 + "\n", "cannot be read", "a number that no int takes"),
    ],
)
def test_yaml_that_would_do_harm_is_refused_with_the_reason(text: str, says: str, because: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_mapping(text)

    assert says in str(caught.value), because
    (refusal,) = read_component(text, REGISTRY).refusals
    assert refusal == str(caught.value), because


def test_aliases_may_be_used_in_moderation() -> None:
    assert read_mapping("a: &x 1\nb: &y [*x, *x]\nc: {d: *y, e: *y}\n")["c"] == {"d": [1, 1], "e": [1, 1]}


@given(st.text(st.sampled_from("ab:-[]{}&*<!?'\"|>%@#,\n 0179.~$"), max_size=40) | st.text(max_size=40))
def test_no_text_does_anything_but_read_or_be_refused(text: str) -> None:
    reading = read_component(text, REGISTRY)

    assert all(refusal.strip().endswith(".") for refusal in reading.refusals)


@given(st.from_regex(r"(azureml|mlregistry)?:?/?/?[a-zA-Z0-9@:/._-]{0,60}", fullmatch=True))
def test_whatever_an_environment_says_is_one_pinned_version_here_or_a_refusal(value: str) -> None:
    reading = read_component(f"environment: '{value}'\n", REGISTRY)

    assert len(reading.references) + len(reading.refusals) == 1
    for found in reading.references:
        assert found.in_registry(REGISTRY)
        assert read_asset_id(value) == found


def test_an_empty_environment_is_no_environment() -> None:
    (refusal,) = read_component("environment: ''\n", REGISTRY).refusals

    assert "'' is no version of a registry" in refusal
    with pytest.raises(AssetIdError):
        read_asset_id("")
