"""What lies in a source is judged before it is published: markers are no files, and formats are kept."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from support.assets import (
    REGIONS,
    a_data_set,
    a_document,
    a_model,
    from_blobs,
    published,
    ready,
    refused_for,
    stalled_for,
)
from support.clouds import MockCloud
from support.clusters import Cluster, condition
from support.manifests import RegistryBuilder, an_asset
from support.shelves import TEAM, Shelves, Version
from support.uploads import upload

Form = dict[str, Any]

MLFLOW: Form = {"model": {"format": "MLflow"}}
TRITON: Form = {"model": {"format": "Triton"}}
MLMODEL = b"flavors:\n  python_function: {data: python_model.pkl, env: conda.yaml}\n"
TABLE = "type: mltable\npaths: [{file: %s}]\ntransformations: [read_parquet]\n"
ELSEWHERE = TABLE % "https://teamaccount.blob.core.windows.net/rides/1.parquet"


@dataclass(frozen=True, slots=True)
class Folder:
    """Files, the path that a URL gives, and what is published of them."""

    files: dict[str, bytes]
    path: str
    published: dict[str, bytes]
    because: str = field(kw_only=True)


FOLDERS = [
    Folder(
        {"exact": b"", "exact/model.bin": b"content"},
        "exact",
        {"model.bin": b"content"},
        because="an empty blob stands exactly where the folder is",
    ),
    Folder(
        {"m/": b"", "m/saved_model.pb": b"graph", "m/variables/": b"", "m/variables/x": b"1"},
        "m",
        {"saved_model.pb": b"graph", "variables/x": b"1"},
        because="markers whose names end with a slash",
    ),
    Folder(
        {"m/variables": b"", "m/variables/x": b"1", "m/variables/y_$folder$": b"", "m/a": b"2"},
        "m/",
        {"variables/x": b"1", "a": b"2"},
        because="markers inside the folder",
    ),
    Folder({"e/__init__.py": b""}, "e/__init__.py", {"__init__.py": b""}, because="a file that is empty"),
]


@pytest.mark.promise(8)
@pytest.mark.parametrize("case", list(enumerate(FOLDERS)), ids=[one.because for one in FOLDERS])
def test_a_marker_of_a_folder_is_no_content(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves, case: tuple[int, Folder]
) -> None:
    number, folder = case
    name = f"marker-{number}"
    shelves.plant(name, folder.files)

    seen = published(cluster, a_model(name, shelves.url(name, folder.path)))

    assert seen["status"]["fileCount"] == len(folder.published)
    shelves.assert_everywhere(Version(registry.name, "Model", name), folder.published, *REGIONS)


@pytest.mark.promise(8)
@pytest.mark.parametrize("metadata", [{"hdi_isfolder": "True"}, {"is_directory": "true"}])
def test_what_metadata_calls_a_folder_is_none_of_the_files(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, shelves: Shelves, metadata: dict[str, str]
) -> None:
    name = f"called-{next(iter(metadata))}".replace("_", "-")
    shelves.plant(name, {"out/part-0.parquet": b"rows"})
    upload(cloud, TEAM, name, "out", b"", metadata=metadata)
    upload(cloud, TEAM, name, "out/empty", b"", metadata=metadata)

    published(cluster, a_data_set(name, shelves.url(name, "out")))

    files = {"part-0.parquet": b"rows"}
    shelves.assert_everywhere(Version(registry.name, "Data", name), files, *REGIONS)


@pytest.mark.promise(13)
def test_a_name_that_is_a_file_and_a_folder_waits_for_the_author_to_say_which(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    shelves.plant("both", {"thing": b"twelve bytes", "thing/x": b"1"})
    asset = a_model("both", shelves.url("both", "thing"))

    cluster.apply(asset)
    seen = refused_for(cluster, asset, "InvalidSpec")

    message = condition(seen, "Published")["message"]
    for word in ("a file and a folder at once", "12 bytes", "slash at its end"):
        assert word in message
    assert shelves.is_nowhere(Version(registry.name, "Model", "both"))
    folder = a_model("both-folder", shelves.url("both", "thing/"))
    published(cluster, folder)
    shelves.assert_everywhere(Version(registry.name, "Model", "both-folder"), {"x": b"1"}, *REGIONS)


@dataclass(frozen=True, slots=True)
class Misfit:
    """Files of which a format was declared, words of the refusal, and what mends it."""

    files: dict[str, bytes]
    kind: str
    form: Form
    words: tuple[str, ...]
    mended: dict[str, bytes] = field(default_factory=dict)
    because: str = field(kw_only=True)


MISFITS = [
    Misfit(
        {"model/MLmodel": MLMODEL, "model/python_model.pkl": b"1", "plot.png": b"2"},
        "Model",
        MLFLOW,
        ("MLmodel at the root", "'model/MLmodel'"),
        because="an MLflow model one folder too high",
    ),
    Misfit(
        {"MLmodel": MLMODEL, "conda.yaml": b"a: b"},
        "Model",
        MLFLOW,
        ("'python_model.pkl'", "flavors.python_function.data"),
        {"python_model.pkl": b"1"},
        because="an MLflow model without its weights",
    ),
    Misfit(
        {"model.onnx": b"1"},
        "Model",
        TRITON,
        ("<model>/<version>/<file>",),
        {"densenet/1/model.onnx": b"1"},
        because="no repository of Triton's",
    ),
    Misfit(
        {"data.csv": b"1"},
        "Data",
        {"data": {"format": "MLTable"}},
        ("MLTable at the root",),
        because="no table",
    ),
    Misfit(
        {"MLTable": (TABLE % "./rides.parquet").encode()},
        "Data",
        {"data": {"format": "MLTable"}},
        ("'./rides.parquet'", "paths[0].file"),
        {"rides.parquet": b"rows"},
        because="a table without its rows",
    ),
    Misfit(
        {f"part-{index}": b"1" for index in range(12)},
        "Data",
        {"data": {"format": "UriFile"}},
        ("exactly one file, and there are 12",),
        because="a folder that was declared a file",
    ),
]


@pytest.mark.promise(13)
@pytest.mark.parametrize("case", list(enumerate(MISFITS)), ids=[one.because for one in MISFITS])
def test_files_of_another_format_than_declared_are_never_published(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves, case: tuple[int, Misfit]
) -> None:
    number, misfit = case
    name, version = f"misfit-{number}", Version(registry.name, misfit.kind, f"misfit-{number}")
    shelves.plant(name, misfit.files)
    source = from_blobs(shelves.url(name))
    asset = an_asset(name, name).of_type(misfit.kind).with_spec(source=source, **misfit.form)

    cluster.apply(asset)
    seen = refused_for(cluster, asset, "InvalidSpec")

    for word in misfit.words:
        assert word in condition(seen, "Published")["message"]
    assert condition(seen, "Stalled")["status"] == "True"
    assert shelves.is_nowhere(version)
    if misfit.mended:
        shelves.plant(name, misfit.mended)
        ready(cluster, asset)
        shelves.assert_everywhere(version, misfit.files | misfit.mended, *REGIONS)


@pytest.mark.promise(8)
def test_an_inline_table_has_the_name_that_its_readers_look_for(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    asset = a_document("table", ELSEWHERE).with_spec(source={"inline": ELSEWHERE}, data={"format": "MLTable"})

    published(cluster, asset)

    files = {"MLTable": ELSEWHERE.encode()}
    shelves.assert_everywhere(Version(registry.name, "Data", "table"), files, *REGIONS)


@pytest.mark.promise(13)
def test_an_inline_table_of_files_that_are_not_in_it_is_warned_of_and_refused(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    text = TABLE % "./rides.parquet"
    asset = a_document("hollow", text).with_spec(source={"inline": text}, data={"format": "MLTable"})

    cluster.apply(asset)
    seen = refused_for(cluster, asset, "InvalidSpec")

    for word in ("'./rides.parquet'", "source.blob", "azureml://"):
        assert word in condition(seen, "Published")["message"]
    assert shelves.is_nowhere(Version(registry.name, "Data", "hollow"))


@pytest.mark.promise(9)
def test_a_table_that_is_published_under_the_name_of_its_type_keeps_it_and_is_still_the_same(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    """Earlier releases knew no other name. Whoever declares such a version again has the same bytes."""
    first = a_document("kept", ELSEWHERE)
    published(cluster, first)
    again = an_asset("kept-again", "kept").with_spec(source={"inline": ELSEWHERE}, data={"format": "MLTable"})

    seen = published(cluster, again)

    assert seen["status"]["digest"] == cluster.get(first)["status"]["digest"]
    files = {"data.yaml": ELSEWHERE.encode()}
    shelves.assert_everywhere(Version(registry.name, "Data", "kept"), files, *REGIONS)


@pytest.mark.promise(13)
def test_a_promotion_is_what_it_declares_or_is_not_made(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    published(cluster, a_document("origin", ELSEWHERE))
    source = {"asset": {"registryRef": {"name": registry.name}, "assetName": "origin", "version": "1"}}
    wrong = an_asset("as-table", "as-table").with_spec(source=source, data={"format": "MLTable"})
    right = an_asset("as-it-is", "as-it-is").with_spec(source=source)

    cluster.apply(wrong)
    seen = stalled_for(cluster, wrong, "InvalidSpec")
    published(cluster, right)

    message = condition(seen, "Published")["message"]
    assert "origin 1 is published, and is not what spec declares" in message
    assert "MLTable at the root" in message
    assert shelves.is_nowhere(Version(registry.name, "Data", "as-table"))


@pytest.mark.promise(13)
def test_names_that_some_consumers_cannot_hold_are_published_and_told_once(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves
) -> None:
    files = {"README.md": b"1", "readme.md": b"2", "aux.json": b"{}"}
    shelves.plant("awkward", files)
    asset = a_model("awkward", shelves.url("awkward"))

    seen = published(cluster, asset)
    again = cluster.look_now(asset)

    for status in (seen, again):
        message = condition(status, "Published")["message"]
        assert "'README.md' and 'readme.md' differ by case" in message
        assert "'aux.json' has a name that is a device's on Windows" in message
    shelves.assert_everywhere(Version(registry.name, "Model", "awkward"), files, *REGIONS)
    about = cluster.events("default", asset)
    (told,) = [one for one in about if one["reason"] == "UnportableNames"]
    assert told["type"] == "Warning"
    assert "'readme.md'" in told["message"]
