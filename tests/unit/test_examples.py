"""Examples name what the operator will compute: it is what they say."""

from pathlib import Path
from typing import Any

import yaml
from support.published_yaml import Sort, sort_of, yaml_blocks

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.domain.arm import ResourceGroup
from mlregistry_operator.domain.assets.components import read_component, read_document
from mlregistry_operator.domain.assets.local_files import specification_in
from mlregistry_operator.domain.containers import STAGING
from mlregistry_operator.domain.naming import storage_account_names

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
ACCESS = EXAMPLES / "access"


def test_the_staged_model_lies_in_the_primary_account_of_its_registry() -> None:
    _, registry = yaml.safe_load_all((ACCESS / "registry.yaml").read_text("utf-8"))
    _, model = yaml.safe_load_all((ACCESS / "model.yaml").read_text("utf-8"))
    azure, name = registry["spec"]["azure"], registry["metadata"]["name"]

    group = ResourceGroup(azure["subscriptionId"], azure["resourceGroup"])
    account = storage_account_names(group, name, registry["spec"]["location"])[0]

    assert model["spec"]["registryRef"]["name"] == name
    assert f"/{account}/{STAGING}/" in model["spec"]["source"]["blob"]["url"]


def inline_assets() -> list[tuple[str, dict[str, Any]]]:
    """Every asset of an example or a page whose document stands in its own spec."""
    texts = [(str(path), path.read_text("utf-8")) for path in sorted(EXAMPLES.rglob("*.yaml"))]
    texts += [(str(block), block.text) for block in yaml_blocks() if sort_of(block) is Sort.MANIFEST]
    found = [(where, one) for where, text in texts for one in yaml.safe_load_all(text) if one]
    return [
        (where, one["spec"])
        for where, one in found
        if one["kind"] == "MLAsset" and "inline" in one["spec"]["source"]
    ]


def test_every_document_that_is_shown_can_be_published() -> None:
    for where, spec in inline_assets():
        reading = read_document(AssetType(spec["type"]), spec["source"]["inline"], "DemoRegistry1")
        assert reading.refusals == (), where


def test_the_component_that_is_shown_has_its_code_and_its_environment_in_whichever_registry() -> None:
    folder = EXAMPLES / "train_taxi"
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    name = specification_in(AssetType.COMPONENT, files)
    assert name is not None
    text = (folder / name).read_text("utf-8")

    for registry in ("DemoRegistry1", "DemoRegistry2"):
        reading = read_component(text, registry, files=files)
        assert reading.refusals == ()
        assert [str(one) for one in reading.references] == [
            f"mlregistry://{registry}/environments/sklearn/versions/12"
        ]
    assert read_component(text, "DemoRegistry1").refusals, "without its code it is refused"
