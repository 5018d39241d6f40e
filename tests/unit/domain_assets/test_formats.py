"""The declared format and the files go together, or the version is refused before anything is committed."""

from dataclasses import dataclass, field

import pytest

from mlregistry_operator.api.asset_types import AssetType, DataFormat, ModelFormat
from mlregistry_operator.domain.assets.documents import MAX_DOCUMENT
from mlregistry_operator.domain.assets.formats import (
    Format,
    document_of,
    format_faults,
    inline_file_name,
)

MLFLOW, TRITON, CUSTOM = ModelFormat.MLFLOW, ModelFormat.TRITON, ModelFormat.CUSTOM
MLTABLE, FILE, FOLDER = DataFormat.MLTABLE, DataFormat.URI_FILE, DataFormat.URI_FOLDER
SKLEARN = """
artifact_path: model
flavors:
  python_function:
    env: {conda: conda.yaml, virtualenv: python_env.yaml}
    loader_module: mlflow.sklearn
    model_path: model.pkl
    predict_fn: predict
  sklearn:
    code: null
    pickled_model: model.pkl
    serialization_format: cloudpickle
saved_input_example_info:
  artifact_path: input_example.json
  serving_input_path: serving_input_example.json
  type: dataframe
signature:
  inputs: '[{"type": "double", "name": "fare"}]'
"""
SKLEARN_FILES = [
    "MLmodel",
    "conda.yaml",
    "python_env.yaml",
    "model.pkl",
    "input_example.json",
    "serving_input_example.json",
    "requirements.txt",
]


@dataclass(frozen=True)
class Case:
    """Files of a declared format with its document, and words of what is said; none where nothing is."""

    form: Format | None
    paths: list[str]
    words: tuple[str, ...] = ()
    document: str | None = None
    inline: bool = False
    because: str = field(kw_only=True)


def model(body: str, *paths: str, words: tuple[str, ...] = (), because: str) -> Case:
    return Case(MLFLOW, ["MLmodel", *paths], words, f"flavors:\n  python_function: {body}\n", because=because)


def table(entry: str, *paths: str, words: tuple[str, ...] = (), inline: bool = False, because: str) -> Case:
    text = f"type: mltable\npaths:\n- {entry}\ntransformations: [read_parquet]\n"
    return Case(MLTABLE, ["MLTable", *paths], words, text, inline, because=because)


CASES = [
    Case(None, ["anything"], because="no format is declared"),
    Case(CUSTOM, ["model.pkl"], because="a model of one's own has any files"),
    Case(FOLDER, ["a", "b/c"], because="a folder has any files"),
    # MLflow
    Case(MLFLOW, SKLEARN_FILES, document=SKLEARN, because="what MLflow itself saves"),
    Case(
        MLFLOW,
        ["model/MLmodel", "model/python_model.pkl", "plot.png"],
        ("model.format: MLflow", "MLmodel at the root", "'model/MLmodel'", "folder 'model'"),
        because="a URL that is one folder too high",
    ),
    Case(MLFLOW, ["model.pkl"], ("MLmodel at the root", "another format"), because="no MLflow model at all"),
    Case(MLFLOW, ["mlmodel"], ("MLmodel at the root",), because="names count with their case"),
    Case(
        MLFLOW,
        [path for path in SKLEARN_FILES if path != "model.pkl"],
        ("'model.pkl'", "flavors.sklearn.pickled_model", "not among the files"),
        SKLEARN,
        because="the weights were left behind",
    ),
    Case(
        MLFLOW,
        [path for path in SKLEARN_FILES if path != "conda.yaml"],
        ("'conda.yaml'", "flavors.python_function.env.conda"),
        SKLEARN,
        because="without its environment it cannot be served",
    ),
    Case(
        MLFLOW,
        [path for path in SKLEARN_FILES if "example" not in path],
        document=SKLEARN,
        because="a model is loaded and served without its examples",
    ),
    model("{env: conda.yaml}", words=("flavors.python_function.env",), because="an older way to name it"),
    model("{data: data}", "data/model.pth", because="a folder"),
    model("{data: model}", "model.pdparams", because="what several names begin with, as Paddle's"),
    model("{data: model}", "models/x", words=("'model'",), because="the name of a folder counts whole"),
    model("{data: ./data/}", "data/x", because="a path may be written with dots and slashes"),
    model("{data: ../data}", "data/x", words=("'../data'",), because="nothing lies outside of the version"),
    model("{artifacts: {w: {path: artifacts/w.bin, uri: /tmp/w}}}", "artifacts/w.bin", because="an artifact"),
    model(
        "{artifacts: {w: {path: artifacts/w.bin, uri: /tmp/w}}}",
        words=("flavors.python_function.artifacts.w.path",),
        because="an artifact that is not there",
    ),
    model('{artifacts: {w: {path: "artifacts\\\\w.bin"}}}', "artifacts/w.bin", because="written on Windows"),
    model("{data: 'dbfs:/models/x'}", because="an address is none of the version's files"),
    model(
        "{loader_module: mlflow.sklearn, model_code_path: /x.py}", because="a module, and where it came from"
    ),
    model(
        "{loader_module: mlflow.sklearn, model_path: model.pkl}",
        words=("'model.pkl'", "flavors.python_function.model_path"),
        because="what MLflow's own loader opens",
    ),
    model("{loader_module: mine, model_path: hub/x}", because="a loader of one's own reads it as it likes"),
    model("{data: datei\u00e4.pkl}", "dateia\u0308.pkl", because="one name in two forms of Unicode"),
    model("{data: dateia\u0308}", "datei\u00e4/x.pkl", because="a folder's name the other way round"),
    model("{data: dateia}", "datei\u00e4", words=("'dateia'",), because="another letter is another name"),
    model("{data: 7, env: [1], code: null}", because="what names nothing names nothing"),
    *(
        Case(
            MLFLOW,
            ["MLmodel", "model.pkl"],
            ("MLmodel has no flavors", "Save the model anew", "another format"),
            text,
            because=f"nothing can load {text}",
        )
        for text in (
            "{}",
            "flavors: {}",
            "flavors:",
            "flavors: [sklearn]",
            "flavors: sklearn",
            "a: {flavors: b}",
        )
    ),
    Case(MLFLOW, ["MLmodel"], document="flavors: {mine: {}}", because="a flavor of one's own names nothing"),
    Case(MLFLOW, ["MLmodel"], ("MLmodel is none that", "cannot be read"), "a: [", because="no YAML"),
    Case(MLFLOW, ["MLmodel"], ("no YAML mapping",), "- a", because="no mapping"),
    Case(
        MLFLOW, ["MLmodel"], document="a: b\n" * MAX_DOCUMENT, because="too large to be judged is not wrong"
    ),
    Case(MLFLOW, ["MLmodel"], document=f"a: [{'1,' * 10_001}]", because="nor is what has too many values"),
    Case(
        MLFLOW,
        ["MLmodel"],
        ("'a0'", "'a2'", "more of that sort"),
        "flavors:\n" + "".join(f"  f{index}: {{data: a{index}}}\n" for index in range(9)),
        because="of many a few are told",
    ),
    Case(
        MLFLOW,
        ["MLmodel"],
        ("source.blob",),
        "flavors: {f: {data: d}}",
        inline=True,
        because="an inline model",
    ),
    # MLTable
    Case(MLTABLE, ["data.csv"], ("data.format: MLTable", "MLTable at the root"), because="files alone"),
    Case(MLTABLE, ["t/MLTable"], ("'t/MLTable'", "folder 't'"), because="one folder too high"),
    table("file: ./rides.parquet", "rides.parquet", because="a file beside it"),
    table(
        "file: rides.parquet", words=("'rides.parquet'", "paths[0].file"), because="a file that is not there"
    ),
    table(
        "file: ./rides.parquet",
        words=("'./rides.parquet'", "source.blob", "azureml://"),
        inline=True,
        because="an inline table has no other files",
    ),
    table("folder: ./", "a.csv", because="the folder that it lies in"),
    table("folder: data", "data/a.csv", because="a folder"),
    table("folder: data", "data.csv", words=("paths[0].folder",), because="a file is no folder"),
    table("pattern: ./data/*.parquet", "data/1.parquet", because="a pattern that fits"),
    table("pattern: ./**/x[0-9].csv", "a/b/x1.csv", because="one with all sorts of wildcards"),
    table(
        "pattern: ./data/*.parquet",
        "data/1.csv",
        words=("paths[0].pattern",),
        because="one that fits nothing",
    ),
    table("pattern: ./dät*/*ö.csv", "da\u0308ta/o\u0308.csv", because="one in another form of Unicode"),
    table("pattern: ./e*.csv", "e\u0301.csv", because="one that ends within a letter of that form"),
    table("pattern: data/1.csv", "data/1.csv", because="a pattern without wildcards"),
    table("file: https://a.blob.core.windows.net/c/x", because="an address"),
    table("file: azureml://datastores/d/paths/x", inline=True, because="an address of a workspace"),
    table("folder: wasbs://c@a.blob.core.windows.net/x", inline=True, because="an older address"),
    table("file: /home/me/x.csv", words=("a place on one machine", "abfss://"), because="an absolute path"),
    table(
        "file: 'file:///home/me/x.csv'", words=("a place on one machine",), because="the same as an address"
    ),
    table(r"file: 'C:\x.csv'", words=("a place on one machine",), because="a drive"),
    table("file: 7", because="no text"),
    Case(MLTABLE, ["MLTable"], document="type: mltable", because="without paths nothing is named"),
    Case(MLTABLE, ["MLTable"], ("MLTable is none that",), "- 1", because="a list is no table"),
    # One file
    Case(FILE, ["data.csv"], because="one file"),
    Case(FILE, ["a/data.csv"], because="one file in a folder"),
    Case(
        FILE,
        [f"part-{index}" for index in range(12)],
        ("UriFile is exactly one file, and there are 12", "UriFolder"),
        because="a folder",
    ),
    # Triton
    Case(TRITON, ["densenet/1/model.onnx", "densenet/config.pbtxt"], because="a repository"),
    Case(TRITON, ["densenet/1/model.onnx", "README.md"], because="without a configuration, and with a text"),
    Case(TRITON, ["a/config.pbtxt", "b/12/model.pt"], because="an ensemble's own version is empty"),
    Case(TRITON, ["model.onnx"], ("model repository", "Lay the files out"), because="a file alone"),
    Case(TRITON, ["x/densenet/1/model.onnx"], ("folder 'x'",), because="one folder too high"),
    Case(TRITON, ["1/model.onnx", "config.pbtxt"], ("the model's own folder is in",), because="one too low"),
    Case(TRITON, ["densenet/v1/model.onnx"], ("model repository",), because="a version is a number"),
    Case(
        TRITON,
        ["densenet/0/model.onnx"],
        ("model repository",),
        because="Triton passes over what begins with 0",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.form}: {case.because}")
def test_files_are_what_they_were_declared_as_or_it_says_what_is_wrong(case: Case) -> None:
    faults = format_faults(case.form, case.paths, case.document, inline=case.inline)

    told = " ".join(map(str, faults))
    assert bool(faults) == bool(case.words), told
    for word in case.words:
        assert word in told


def test_only_a_document_at_the_root_is_read() -> None:
    assert document_of(MLFLOW, ["a/MLmodel"]) is None
    assert document_of(MLFLOW, ["MLmodel", "MLTable"]) == "MLmodel"
    assert document_of(MLTABLE, ["MLmodel", "MLTable"]) == "MLTable"
    assert document_of(CUSTOM, ["MLmodel"]) is None
    assert document_of(None, ["MLmodel"]) is None


def test_an_inline_document_has_the_name_that_its_readers_look_for() -> None:
    assert [inline_file_name(kind) for kind in AssetType] == [
        "model.yaml",
        "environment.yaml",
        "component.yaml",
        "data.yaml",
    ]
    assert inline_file_name(AssetType.DATA, MLTABLE) == "MLTable"
    assert inline_file_name(AssetType.DATA, FOLDER) == "data.yaml"
    assert inline_file_name(AssetType.MODEL, MLFLOW) == "MLmodel"


def test_an_inline_document_that_is_published_keeps_its_name() -> None:
    assert inline_file_name(AssetType.DATA, MLTABLE, ["data.yaml"]) == "data.yaml"
    assert inline_file_name(AssetType.DATA, MLTABLE, ["MLTable"]) == "MLTable"


def test_a_pattern_is_not_tried_on_every_file_of_a_large_version() -> None:
    case = table("pattern: '*.parquet'", *(f"{index:05}.csv" for index in range(50_000)), because="")

    assert not format_faults(case.form, case.paths, case.document), "nothing is known to be wrong"
