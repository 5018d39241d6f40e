"""What a version's document names is in the version or in the registry, wherever the document comes from."""

import pytest
from support.assets import (
    REGIONS,
    a_component,
    a_document,
    an_environment,
    from_blobs,
    published,
    ready,
    refused_for,
    stalled_for,
)
from support.clouds import MockCloud
from support.clusters import Cluster, condition
from support.images import an_image
from support.manifests import AssetBuilder, RegistryBuilder, an_asset
from support.shelves import Shelves, Version

TOGETHER = "Publish the YAML together with its folder by source.blob."
SAMPLE = """\
type: command
code: ./train_src
additional_includes: [../shared_lib]
environment: azureml://registries/azureml/environments/sklearn-1.5/labels/latest
command: python train.py
"""
INPUTS = """\
type: pipeline
jobs:
  hello:
    type: command
    component: mlregistry://./components/called/versions/1
    inputs:
      a: {type: uri_folder, path: azureml:local-folder-example@latest, mode: ro_mount}
      b: {type: uri_folder, path: azureml:taxi-rides:7}
      c: {type: uri_file, path: ./local/rides.csv}
      d: {type: uri_folder, path: azureml://datastores/workspaceblobstore/paths/rides}
      e: azureml:taxi-rides:7
"""


def from_folder(name: str, url: str, kind: str = "Component") -> AssetBuilder:
    return an_asset(name, name).of_type(kind).with_spec(source=from_blobs(url))


@pytest.mark.promise(13)
@pytest.mark.parametrize(
    ("asset", "words"),
    [
        (
            a_component("sample", SAMPLE),
            (
                "code: './train_src' is a local file or folder",
                "additional_includes[0]: '../shared_lib'",
                TOGETHER,
                "environment: names no version and is in the registry azureml (Microsoft's). Import mcr.",
                "mcr.microsoft.com/azureml/curated/sklearn-1.5 by source.image, and write",
                "azureml://registries/registry/environments/sklearn-1.5/versions/<version>",
            ),
        ),
        (
            a_component("inputs", INPUTS),
            (
                "jobs.hello.inputs.a.path: 'azureml:local-folder-example@latest' names no version",
                "jobs.hello.inputs.b.path: 'azureml:taxi-rides:7' is looked up in whatever workspace",
                "jobs.hello.inputs.c.path: './local/rides.csv' is a local file or folder",
                "jobs.hello.inputs.d.path: 'azureml://datastores/workspaceblobstore/paths/rides' lies in a",
                "jobs.hello.inputs.e: 'azureml:taxi-rides:7' is looked up in whatever workspace it runs in.",
                "write azureml://registries/registry/data/taxi-rides/versions/7.",
            ),
        ),
        (
            a_document("conda", "dependencies: [{pip: [-r requirements.txt]}]\n").of_type("Environment"),
            ("dependencies[0].pip[0]: 'requirements.txt' is a local file or folder", TOGETHER),
        ),
    ],
    ids=["a component's code", "a pipeline's inputs", "an environment's files"],
)
def test_an_inline_document_names_nothing_that_is_not_published(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves, asset: AssetBuilder, words: tuple[str, ...]
) -> None:
    cluster.apply(asset)

    seen = stalled_for(cluster, asset, "InvalidSpec")

    message = condition(seen, "ReferencesResolved")["message"]
    for word in words:
        assert word in message
    assert shelves.is_nowhere(Version(registry.name, asset.spec["type"], asset.name))


@pytest.mark.promise(13)
def test_a_component_from_a_folder_is_published_once_everything_that_it_names_is_there(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, shelves: Shelves
) -> None:
    text = (
        b"type: command\ncode: ./src\nadditional_includes: [../lib]\n"
        b"environment: mlregistry://./environments/of-folder/versions/1\ncommand: python train.py\n"
    )
    files = {"train.yml": text, "src/train.py": b"print()\n"}
    shelves.plant("components", {f"folder/{path}": content for path, content in files.items()})
    asset = from_folder("folder", shelves.url("components", "folder"))
    cluster.apply(asset)

    seen = refused_for(cluster, asset, "InvalidSpec")
    message = condition(seen, "Published")["message"]
    assert "train.yml: additional_includes[0]: '../lib' lies outside of the folder" in message
    assert "code" not in message, "that is in the version"

    files["train.yml"] = text.replace(b"../lib", b"./src")
    shelves.plant("components", {"folder/train.yml": files["train.yml"]})
    seen = refused_for(cluster, asset, "DependencyNotFound")
    assert "environments/of-folder/versions/1" in condition(seen, "Published")["message"]
    assert shelves.is_nowhere(Version(registry.name, "Component", "folder"))

    cloud.put_image("external", "mcr.example", "of-folder", "1", an_image("of-folder").content)
    published(cluster, an_environment("of-folder", "mcr.example/of-folder:1"))
    ready(cluster, asset)
    seen = cluster.wait(
        asset,
        lambda seen: "environments/of-folder" in condition(seen, "ReferencesResolved")["message"],
        because="what the published text needs is told",
    )

    shelves.assert_everywhere(Version(registry.name, "Component", "folder"), files, *REGIONS)
    assert condition(seen, "ReferencesResolved")["message"] == (
        "Published: mlregistry://registry/environments/of-folder/versions/1."
    )


FOLDERS = {
    "two": ("Component", {"a.yaml": b"{}", "b.yaml": b"{}"}, "has no component.yaml at its root"),
    "none": ("Component", {"src/train.py": b""}, "has no component.yaml at its root"),
    "label": (
        "Component",
        {"component.yaml": b"environment: azureml:sklearn@latest\n", "conda.yaml": b"{}"},
        "component.yaml: environment: 'azureml:sklearn@latest' names no version",
    ),
    "docker": (
        "Environment",
        {"environment.yaml": b"build: {path: ./context}\n", "Dockerfile": b"FROM a\n"},
        "environment.yaml: build.path: './context' is not in the source, which has nothing at context",
    ),
    "latin": ("Component", {"component.yaml": b"description: f\xe4rbt\n"}, "is no UTF-8"),
    "large": ("Component", {"component.yaml": b"# " + b"x" * 1024 * 1024}, "is read up to 1048576"),
}


@pytest.mark.promise(13)
@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_whose_document_cannot_be_relied_on_is_not_published(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves, name: str
) -> None:
    kind, files, words = FOLDERS[name]
    shelves.plant("components", {f"{name}/{path}": content for path, content in files.items()})
    asset = from_folder(name, shelves.url("components", name), kind)
    cluster.apply(asset)

    seen = refused_for(cluster, asset, "InvalidSpec")

    assert words in condition(seen, "Published")["message"]
    assert shelves.is_nowhere(Version(registry.name, kind, name))
