"""Examples name what the operator will compute: it is what they say."""

from pathlib import Path

import yaml

from mlregistry_operator.domain.arm import ResourceGroup
from mlregistry_operator.domain.containers import STAGING
from mlregistry_operator.domain.naming import storage_account_names

ACCESS = Path(__file__).resolve().parents[2] / "examples" / "access"


def test_the_staged_model_lies_in_the_primary_account_of_its_registry() -> None:
    _, registry = yaml.safe_load_all((ACCESS / "registry.yaml").read_text("utf-8"))
    _, model = yaml.safe_load_all((ACCESS / "model.yaml").read_text("utf-8"))
    azure, name = registry["spec"]["azure"], registry["metadata"]["name"]

    group = ResourceGroup(azure["subscriptionId"], azure["resourceGroup"])
    account = storage_account_names(group, name, registry["spec"]["location"])[0]

    assert model["spec"]["registryRef"]["name"] == name
    assert f"/{account}/{STAGING}/" in model["spec"]["source"]["blob"]["url"]
