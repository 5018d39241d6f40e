"""Files that a document names: they are in the version, or the document is refused."""

import time

import pytest

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.domain.assets.components import read_component, read_document, told
from mlregistry_operator.domain.assets.local_files import specification_in

REGISTRY = "DemoRegistry1"
TOGETHER = "Publish the YAML together with its folder by source.blob."

NAMED = [
    ("code: ./train_src", "code: './train_src'", "the ordinary component of Azure's samples"),
    ("code: train_src", "code: 'train_src'", "a plain relative path"),
    ("code: .", "code: '.'", "the folder that the document was in"),
    ("code: ../src", "code: '../src'", "a folder beside that"),
    ("code: /home/me/src", "code: '/home/me/src'", "an absolute path"),
    ("code: file:./src", "code: 'file:./src'", "a file's URL"),
    ("code: 'C:\\src'", r"code: 'C:\\src'", "a disk is no address"),
    ("additional_includes: [../shared_lib, 'git+https://g.example/a']", "additional_includes[0]", "a list"),
    ("additional_includes: ../shared_lib", "additional_includes: '../shared_lib'", "or one alone"),
    ("jobs: {train: {code: ./src}}", "jobs.train.code: './src'", "a step of a pipeline"),
    ("jobs: {a: {jobs: {b: {code: ./src}}}}", "jobs.a.jobs.b.code", "however deep it is"),
    ("jobs: {a: {trial: {code: ./src}}}", "jobs.a.trial.code", "what a sweep tries"),
    ("task: {code: ./src}", "task.code", "what a parallel component runs for every batch"),
    ("inputs: {c: {type: uri_file, path: ./local/rides.csv}}", "inputs.c.path", "data beside the document"),
    ("inputs: {c: {type: mltable, default: rides}}", "inputs.c.default", "also as a default"),
    ("jobs: {a: {inputs: {c: {path: file:///data/x}}}}", "jobs.a.inputs.c.path", "in a step, too"),
]
OF_ENVIRONMENTS = [
    ("conda_file: conda.yaml", "conda_file: 'conda.yaml'", "what Azure would build the image from"),
    ("build: {path: ./docker}", "build.path: './docker'", "the context of a Dockerfile"),
    (
        "dependencies: [python=3.11, {pip: [-r requirements.txt, pandas]}]",
        "dependencies[1].pip[0]: 'requirements.txt'",
        "a conda file that has pip read another file",
    ),
    ("dependencies: [{pip: [-e .]}]", "dependencies[0].pip[0]: '.'", "or install a folder"),
    ("dependencies: [{pip: [./a.whl]}]", "dependencies[0].pip[0]: './a.whl'", "or a wheel"),
    ("dependencies: [{pip: ['mine @ file:./a.whl']}]", "pip[0]: 'file:./a.whl'", "by its name"),
    (
        "conda_file: {dependencies: [{pip: [--requirement=file:req.txt]}]}",
        "conda_file.dependencies[0].pip[0]: 'file:req.txt'",
        "in a conda file that is written out in place",
    ),
]


@pytest.mark.parametrize(("text", "says", "because"), NAMED)
def test_a_component_in_the_spec_names_no_file_for_it_is_published_alone(
    text: str, says: str, because: str
) -> None:
    (refusal,) = read_component(text, REGISTRY).refusals

    assert says in refusal, because
    assert refusal.endswith(TOGETHER), because


@pytest.mark.parametrize(("text", "says", "because"), OF_ENVIRONMENTS)
def test_an_environment_in_the_spec_names_no_file_either(text: str, says: str, because: str) -> None:
    (refusal,) = read_document(AssetType.ENVIRONMENT, text, REGISTRY).refusals

    assert says in refusal, because
    assert refusal.endswith(TOGETHER), because


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (AssetType.COMPONENT, "code: azureml://registries/r1/codes/a/versions/1"),
        (AssetType.COMPONENT, "code: azureml:mine:1"),
        (AssetType.COMPONENT, "code: git+https://git.example/a.git@main"),
        (AssetType.COMPONENT, "code: https://git.example/a.git"),
        (AssetType.COMPONENT, "code:\nadditional_includes: []"),
        (AssetType.COMPONENT, "inputs: {c: {path: 'wasbs://c@a.example/x'}, d: ./literal}"),
        (AssetType.COMPONENT, "inputs: {c: {type: string, default: ./literal}}"),
        (AssetType.ENVIRONMENT, "image: mcr.example/a:1\nconda_file: {dependencies: [python=3.11]}"),
        (AssetType.ENVIRONMENT, "dependencies: [{pip: [pandas, -e git+https://g.example/a, --pre, -i x]}]"),
        (AssetType.ENVIRONMENT, "build: {path: 'git+https://g.example/a', dockerfile_path: Dockerfile}"),
        (AssetType.ENVIRONMENT, "just a text"),
        (AssetType.DATA, "code: ./src"),
    ],
)
def test_what_is_an_address_a_literal_or_nothing_is_none_of_ours(kind: AssetType, text: str) -> None:
    assert read_document(kind, text, REGISTRY).refusals == ()


IN_THE_VERSION = frozenset({"component.yaml", "src/train.py", "src/lib/a.py", "shared/b.py", "conda.yaml"})


@pytest.mark.parametrize(
    ("text", "says", "because"),
    [
        ("code: ./src", None, "the folder is in the version"),
        ("code: src/", None, "with a slash behind it"),
        ("code: src/../src/./lib", None, "by a detour that stays inside"),
        ("code: src/train.py", None, "a file of it"),
        ("code: file:./src", None, "as a file's URL"),
        ("code: .", None, "the version itself"),
        ("additional_includes: [./shared]", None, "what lies beside it"),
        ("inputs: {a: {path: shared/b.py}}", None, "an input, too"),
        ("code: ./train_src", "is not in the source, which has nothing at train_src", "another name"),
        ("code: ./Src", "nothing at Src", "names of files have case"),
        ("code: sr", "nothing at sr", "the beginning of a name is no folder"),
        ("additional_includes: [../shared]", "lies outside of the folder", "above the version"),
        ("code: src/../../src", "lies outside of the folder", "above it by a detour"),
        ("code: /src", "lies outside of the folder", "an absolute path"),
        ("code: '~/src'", "lies outside of the folder", "somebody's home"),
        ("code: file:///src", "lies outside of the folder", "an absolute one as a URL"),
        (r"code: ..\src", "lies outside of the folder", "as Windows writes it"),
        ("code: C:/src", "lies outside of the folder", "a disk"),
        ("jobs: {a: {code: ./none}}", "jobs.a.code", "a step's code lies there as well"),
    ],
)
def test_a_component_from_blobs_names_what_lies_beside_it(text: str, says: str | None, because: str) -> None:
    refusals = read_component(text, REGISTRY, files=IN_THE_VERSION).refusals

    if says is None:
        assert refusals == (), because
    else:
        (refusal,) = refusals
        assert says in refusal, because


@pytest.mark.promise(17)
def test_many_names_among_many_files_do_not_hold_others_up() -> None:
    files = frozenset(f"folder-{number}/file" for number in range(50_000))
    text = f"additional_includes: [{', '.join(f'x{number}' for number in range(5_000))}]\n"
    began = time.process_time()

    refusals = read_component(text, REGISTRY, files=files).refusals

    assert time.process_time() - began < 2
    assert len(refusals) == 5_000
    assert told(refusals).endswith("And 4980 more places like these.")
    assert len(told(refusals)) < 8_192


def test_an_environment_from_blobs_names_what_lies_beside_it() -> None:
    def refusals(text: str) -> tuple[str, ...]:
        return read_document(AssetType.ENVIRONMENT, text, REGISTRY, files=IN_THE_VERSION).refusals

    assert refusals("conda_file: ./conda.yaml\nbuild: {path: src, dockerfile_path: train.py}\n") == ()
    assert len(refusals("conda_file: ./other.yaml\nbuild: {path: ., dockerfile_path: Dockerfile}\n")) == 2


@pytest.mark.parametrize(
    ("files", "found", "because"),
    [
        ({"component.yaml", "conda.yaml"}, "component.yaml", "the name that an inline one has"),
        ({"component.yml", "a.yaml"}, "component.yml", "the other ending"),
        ({"train.yml", "src/a.yaml"}, "train.yml", "the only YAML at the root"),
        ({"TRAIN.YAML"}, "TRAIN.YAML", "whatever the case of its ending"),
        ({"a.yaml", "b.yaml"}, None, "which of the two?"),
        ({"src/component.yaml"}, None, "a folder too high"),
        ({"train.py"}, None, "there is none"),
    ],
)
def test_the_document_of_a_version_is_found_by_its_name_or_as_the_only_one(
    files: set[str], found: str | None, because: str
) -> None:
    assert specification_in(AssetType.COMPONENT, files) == found, because
