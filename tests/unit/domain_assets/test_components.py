"""Specifications of components: what they refer to is found, and what cannot be relied on is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.processor import least_seconds

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.inline import is_yaml
from mlregistry_operator.domain.assets.components import read_component
from mlregistry_operator.domain.assets.documents import MAX_DOCUMENT, DocumentError, read_mapping
from mlregistry_operator.domain.assets.ids import AssetId, AssetIdError, read_asset_id
from mlregistry_operator.domain.assets.scalars import Other

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


def test_a_reference_without_a_registry_is_one_in_the_registry_that_the_text_is_in() -> None:
    text = (
        "environment: mlregistry://./environments/sklearn/versions/1.5\n"
        "jobs: {a: {component: mlregistry://./component/train/versions/2,"
        " inputs: {d: mlregistry://./data/taxi/versions/7}}}\n"
    )

    for registry in (REGISTRY, "Prod"):
        reading = read_component(text, registry)
        assert reading.refusals == ()
        assert {one.registry for one in reading.references} == {registry}
        assert {one.key for one in reading.references} == {
            ENVIRONMENT.key,
            TRAIN.key,
            AssetId(REGISTRY, AssetType.DATA, "taxi", "7").key,
        }
    assert ENVIRONMENT.relative == "mlregistry://./environments/sklearn/versions/1.5"


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
        ("inputs: {a: {type: string, default: ./data}, b: {default: 3}}\n", "a literal is no reference"),
        ("jobs: {a: {inputs: {b: ./data, c: 3}}}\n", "nor is one that a step is given"),
        ("jobs: {a: {inputs: {b: {path: '${{parent.inputs.b}}'}}}}\n", "a binding is looked up when it runs"),
        ("inputs: {a: {path: 'https://a.example/b'}}\n", "an address of the web is none of ours"),
        ("outputs: {a: {path: 'azureml://datastores/d/paths/x'}}\n", "an output is where it is written"),
        ("code: azureml://registries/r1/codes/a/versions/1\n", "code is no asset of its own"),
        ("code: git+https://git.example/a\n", "nor is a repository"),
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
            "azureml://registries/azureml/environments/sklearn-1.5/labels/latest",
            (
                "environment: names no version and is in the registry azureml (Microsoft's). Import"
                " mcr.microsoft.com/azureml/curated/sklearn-1.5 by source.image, and write"
            ),
            "azureml://registries/DemoRegistry1/environments/sklearn-1.5/versions/<version>",
            "the whole way at once: nobody can publish from Microsoft's registries",
        ),
        (
            "environment",
            "azureml:AzureML-ACPT-pytorch-2.2@latest",
            "Import mcr.microsoft.com/azureml/curated/acpt-pytorch-2.2 by source.image",
            "azureml://registries/DemoRegistry1/environments/AzureML-ACPT-pytorch-2.2/versions/<version>",
            "a curated environment is Microsoft's under its name in a workspace, too",
        ),
        (
            "inputs: {m: {type: custom_model, path",
            "azureml://registries/azureml-meta/models/Llama-2-7b/labels/latest}}",
            (
                "names no version and is in the registry azureml-meta (Microsoft's). Publish a copy of it"
                " (az ml model download --registry-name azureml-meta) by source.blob"
            ),
            "azureml://registries/DemoRegistry1/models/Llama-2-7b/versions/<version>",
            "a model has no image",
        ),
        (
            "jobs: {a: {component",
            "azureml://registries/HuggingFace/components/train/versions/3}}",
            "is in the registry HuggingFace (Microsoft's). Publish a copy of it by source.blob",
            "azureml://registries/DemoRegistry1/components/train/versions/3",
            "nor has a component",
        ),
        (
            "environment",
            "azureml://registries/Other/environments/sklearn@latest",
            (
                "names no version and is in the registry Other, and a version in DemoRegistry1 needs only"
                " what is in DemoRegistry1. Publish a version of it there as well"
            ),
            "azureml://registries/DemoRegistry1/environments/sklearn/versions/<version>",
            "both faults of an id in one message",
        ),
        (
            "environment",
            "mlregistry://./environments/sklearn/labels/latest",
            "names no version",
            "mlregistry://./environments/sklearn/versions/1.6",
            "in this registry, but which version?",
        ),
        (
            "environment",
            "azureml://registries/./environments/sklearn/versions/1",
            "'.' is no name of a registry",
            None,
            "Azure knows no registry without a name",
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
        (
            "jobs: {hello: {inputs: {a: {type: uri_folder, path",
            "azureml:local-folder-example@latest, mode: ro_mount}}}}",
            "jobs.hello.inputs.a.path: 'azureml:local-folder-example@latest' names no version",
            "azureml://registries/DemoRegistry1/data/local-folder-example/versions/<version>",
            "an input by its label is another one tomorrow",
        ),
        (
            "jobs: {hello: {inputs: {b: {type: uri_folder, path",
            "azureml:taxi-rides:7}}}}",
            "jobs.hello.inputs.b.path: 'azureml:taxi-rides:7' is looked up in whatever workspace it runs in",
            "azureml://registries/DemoRegistry1/data/taxi-rides/versions/7",
            "each workspace has another one",
        ),
        (
            "jobs: {hello: {inputs: {e",
            "azureml:taxi-rides:7}}}",
            "jobs.hello.inputs.e: 'azureml:taxi-rides:7' is looked up in whatever workspace",
            "azureml://registries/DemoRegistry1/data/taxi-rides/versions/7",
            "an input may be written short",
        ),
        (
            "jobs: {hello: {inputs: {d: {type: uri_folder, path",
            "azureml://datastores/workspaceblobstore/paths/rides}}}}",
            (
                "jobs.hello.inputs.d.path: 'azureml://datastores/workspaceblobstore/paths/rides' lies in a"
                " workspace, and whoever runs it has another one"
            ),
            "azureml://registries/DemoRegistry1/data/<name>/versions/<version>",
            "a datastore is a workspace's",
        ),
        (
            "inputs: {d: {type: mlflow_model, default",
            "azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/d/paths/m}}",
            "inputs.d.default",
            "azureml://registries/DemoRegistry1/models/<name>/versions/<version>",
            "the long form of the same, for a model",
        ),
        (
            "inputs: {j: {path",
            "azureml://jobs/plucky_drum/outputs/artifacts/paths/model}}",
            "lies in a workspace",
            "azureml://registries/DemoRegistry1/data/<name>/versions/<version>",
            "so is what a job left",
        ),
        (
            "jobs: {a: {type: automl, training_data: {type: mltable, path",
            "azureml:rides@latest}}}",
            "jobs.a.training_data.path",
            "azureml://registries/DemoRegistry1/data/rides/versions/<version>",
            "what an automl step learns from is an input",
        ),
        (
            "jobs: {a: {trial: {inputs: {x: {path",
            "mlregistry:taxi}}}}}",
            "jobs.a.trial.inputs.x.path: 'mlregistry:taxi' is no version of a registry",
            "data/<name>/versions/<version>",
            "a slip of the pen means no literal",
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
        ("a: [", "cannot be read", "it is not well formed"),
        ("", "it is empty", "there is none"),
        ("[" * 200 + "]" * 200, "nests more than 100 deep", "parsers recurse"),
        ("- a\n", "no YAML mapping", "a list has no fields"),
        ("a: 1\n---\nb: 2\n", "more than one document", "which of the two is meant?"),
        ("? [a]\n: b\n? {c: d}\n: e\n", "a list is no key", "nobody reads it alike"),
        ("a: !!python/object/apply:os.system [ls]\n", "none that YAML's core schema has", "nothing is run"),
        ("a: !!python/name:os.system x\n", "none of YAML's core schema", "nothing is loaded"),
        ("a: !!bool xyz\n", "'xyz' is no !!bool", "a parser once took it for a key of its own"),
        ("a: !!int ''\n", "'' is no !!int", "a parser once looked at its first letter"),
        ("a: !!float ''\n", "'' is no !!float", "and so with this"),
        ("a: !!timestamp xyz\n", "none of YAML's core schema", "and with dates"),
        ("a: !!map [b]\n", "none that YAML's core schema has", "a list is no mapping"),
        ("a: *nothing\n", "names nothing", "an alias of what is not there"),
        ("a: {<<: 5}\n", "a merge key (<<) has something else", "a number cannot be merged"),
        (LAUGHS, "stand for more than", "nine to the ninth values in nine lines"),
        (MERGES, "stand for more than", "merge keys multiply like aliases"),
        ("a: &a [*a]\n", "refers to itself", "it has no end"),
        ("a: &a {<<: *a}\n", "refers to itself", "nor has this"),
        (f"a: {'x' * MAX_DOCUMENT}\n", "larger than", "nobody writes so much by hand"),
        ("a: [" + "b," * 20_000 + "]\n", "more than 10000 values", "it takes the time of others"),
        ("a: \ud800\n", "cannot be read", "half a character"),
    ],
)
def test_yaml_that_would_do_harm_is_refused_with_the_reason(text: str, says: str, because: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_mapping(text)

    assert says in str(caught.value), because
    (refusal,) = read_component(text, REGISTRY).refusals
    assert refusal == str(caught.value), because


def test_aliases_may_be_used_in_moderation() -> None:
    found = read_mapping("a: &x k\nb: &y [*x, *x]\nc: {d: *y, e: *y}\n")

    assert found["c"] == {"d": ["k", "k"], "e": ["k", "k"]}


def test_what_is_merged_gives_way_to_what_is_written_and_the_first_to_be_merged_stays() -> None:
    text = "a: &a {x: a, y: a}\nb: &b {x: b, z: b}\nc: {<<: [*a, *b], y: own}\nd: <<\ne: {'<<': text}\n"

    found = read_mapping(text)

    assert found["c"] == {"x": "a", "y": "own", "z": "b"}
    assert (found["d"], found["e"]) == ("<<", {"<<": "text"}), "only a key without quotes merges"


@pytest.mark.parametrize(
    ("written", "value", "because"),
    [
        ("yes", "yes", "a text since YAML 1.2"),
        ("2024-13-45", "2024-13-45", "there are no dates"),
        ("1:30:00", "1:30:00", "there are no sexagesimal numbers"),
        ("!!str 5", "5", "it is said to be one"),
        ("! 5", "5", "it is said to be one, in another way"),
        ("'true'", "true", "in quotes everything is a text"),
        ("~", None, "nothing is said"),
        ("true", Other("bool", "true"), "a truth value"),
        ("0x1F", Other("int", "0x1F"), "a number"),
        ("9" * 5000, Other("int", "9" * 5000), "nobody works it out"),
        ("!!float 1e400", Other("float", "1e400"), "nor this"),
    ],
)
def test_a_value_is_what_the_core_schema_of_yaml_1_2_makes_of_it(
    written: str, value: object, because: str
) -> None:
    assert read_mapping(f"a: {written}\n")["a"] == value, because


SLOWEST = {
    "sexagesimal keys": "? " + ":".join(["1"] * 30_000) + "\n: b\n",
    "sexagesimal numbers": "a: [" + "1:1:1," * 9_900 + "]\n",
    "digits": "a: " + "1" * 65_000,
    "many values": "a: [" + "a," * 30_000 + "]\n",
    "empty fields": "{" + "a," * 30_000 + "}\n",
    "anchors": "a: [" + ",".join(f"&a{number} x" for number in range(6_000)) + "]\n",
    "aliases": "a: &a x\nb: [" + "*a," * 20_000 + "]\n",
    "merges": "b: &b {" + ",".join(f"k{number}: 1" for number in range(2_000)) + "}\nc: ["
    + "{<<: *b}," * 4_000 + "]\n",
    "documents": "---\n" * 16_000,
    "brackets": "[" * 65_000,
}  # fmt: skip


@pytest.mark.promise(17)
@pytest.mark.parametrize("kind", SLOWEST)
def test_no_text_of_64_kib_holds_the_event_loop_for_long(kind: str) -> None:
    text = SLOWEST[kind]
    assert len(text) <= 65_536

    seconds = least_seconds(lambda: (is_yaml(text), read_component(text, REGISTRY)))

    assert seconds < 0.15, "it takes 50 ms where nothing else runs"


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
        assert read_asset_id(value, here=REGISTRY) == found


def test_an_empty_environment_is_no_environment() -> None:
    (refusal,) = read_component("environment: ''\n", REGISTRY).refusals

    assert "'' is no version of a registry" in refusal
    with pytest.raises(AssetIdError):
        read_asset_id("")
