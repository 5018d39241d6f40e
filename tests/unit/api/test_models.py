"""What the models add to what they read: effective values, and who may use a registry."""

import re
from typing import Any

import pytest
from api.rule_cases import asset, registry, stored_as

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLAsset, MLRegistry
from mlregistry_operator.api.policies import DeletionPolicy, ManagementPolicy
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.api.registry_status import RetainedEntry
from mlregistry_operator.api.selectors import AllowedNamespaces
from mlregistry_operator.api.storage import StorageAccountType


def read(body: dict[str, Any]) -> MLRegistry:
    return MLRegistry.model_validate(body)


def test_the_least_registry_has_every_effective_default() -> None:
    spec = read(registry()).spec

    assert (spec.replication_locations[0].sku, spec.replication_locations[0].hns) == ("Standard_LRS", False)
    assert (spec.deletion_policy, spec.region_removal_policy) == (
        DeletionPolicy.RETAIN,
        DeletionPolicy.RETAIN,
    )
    assert spec.management_policy is ManagementPolicy.FULL
    assert (spec.suspend, spec.azure.create_resource_group, spec.immutability) == (False, False, None)
    assert (spec.allowed_namespaces.from_, spec.public_network_access) == ("Same", "Enabled")
    assert spec.container_registry.regional_endpoints == "Disabled"


def test_what_is_said_of_storage_is_in_force() -> None:
    region = read(stored_as("Premium_ZRS", hns=True)).spec.region("eastus")

    assert region is not None
    assert (region.sku, region.hns) == (StorageAccountType.PREMIUM_ZRS, True)


def test_a_registry_is_called_by_its_own_name_before_the_objects() -> None:
    assert read(registry("demo")).effective_name == "demo"
    assert read(registry("demo", registryName="Demo")).effective_name == "Demo"


def test_an_object_that_nobody_has_seen_has_an_empty_status() -> None:
    status = read(registry()).status

    assert (status.observed_generation, status.regions, status.conditions) == (-1, (), ())


def test_an_asset_lives_in_the_registry_of_its_own_namespace_unless_it_says_otherwise() -> None:
    assert MLAsset.model_validate(asset()).registry_key == ObjectKey("default", "demo")
    elsewhere = asset(registryRef={"name": "demo", "namespace": "ml-platform"})
    assert str(MLAsset.model_validate(elsewhere).registry_key) == "ml-platform/demo"


def test_a_newer_schemas_fields_are_read_over() -> None:
    body = registry(spaceships=3)
    body["metadata"]["managedFields"] = [{"manager": "kubectl"}]

    assert read(body).spec == read(registry()).spec


@pytest.mark.parametrize(
    ("allowed", "namespace", "labels", "answer", "because"),
    [
        ({}, "home", {}, "yes", "the own namespace is always allowed"),
        ({}, "other", {}, "no", "nothing said is the own namespace alone"),
        ({"from": "All"}, "other", {}, "yes", "all are all"),
        ({"from": "Selector", "selector": {}}, "other", {}, "yes", "an empty selector selects all"),
        (
            {"from": "Selector", "selector": {"matchLabels": {"team": "a"}}},
            "other",
            {"team": "a", "x": "y"},
            "yes",
            "other labels do not matter",
        ),
        (
            {"from": "Selector", "selector": {"matchLabels": {"team": "a"}}},
            "other",
            {"team": "b"},
            "no",
            "the value counts",
        ),
    ],
)
def test_a_registry_opens_itself_to_the_namespaces_it_names(
    allowed: dict[str, Any], namespace: str, labels: dict[str, str], answer: str, because: str
) -> None:
    found = AllowedNamespaces.model_validate(allowed).allows(namespace, labels, home="home")

    assert found is (answer == "yes"), because


@pytest.mark.parametrize(
    ("requirement", "matching", "other"),
    [
        ({"operator": "In", "values": ["a", "b"]}, {"team": "b"}, {"team": "c"}),
        ({"operator": "NotIn", "values": ["a"]}, {}, {"team": "a"}),
        ({"operator": "Exists"}, {"team": ""}, {}),
        ({"operator": "DoesNotExist"}, {}, {"team": "a"}),
    ],
)
def test_a_requirement_is_read_as_kubernetes_reads_it(
    requirement: dict[str, Any], matching: dict[str, str], other: dict[str, str]
) -> None:
    selector = {"matchExpressions": [{"key": "team", **requirement}]}
    allowed = AllowedNamespaces.model_validate({"from": "Selector", "selector": selector})

    assert allowed.allows("other", matching, home="home")
    assert not allowed.allows("other", other, home="home")


def test_a_type_changes_in_place_only_to_its_like() -> None:
    assert StorageAccountType.STANDARD_LRS.changes_in_place_to == {
        "Standard_LRS",
        "Standard_GRS",
        "Standard_RAGRS",
    }
    assert StorageAccountType.STANDARD_RAGZRS.changes_in_place_to == {
        "Standard_ZRS",
        "Standard_GZRS",
        "Standard_RAGZRS",
    }
    assert StorageAccountType.PREMIUM_ZRS.changes_in_place_to == {"Premium_ZRS"}


def test_what_was_left_may_be_of_a_type_that_this_version_does_not_know() -> None:
    left = {"id": "/x", "location": "eastus", "reason": "It left."}

    assert (
        RetainedEntry.model_validate({**left, "type": "Standard_GRS"}).sku is StorageAccountType.STANDARD_GRS
    )
    assert RetainedEntry.model_validate({**left, "type": "StandardV2_LRS"}).sku is None
    assert RetainedEntry.model_validate(left).sku is None


def test_a_type_of_asset_has_the_plural_that_ids_are_made_with() -> None:
    assert [kind.plural for kind in AssetType] == ["models", "environments", "components", "data"]


def test_a_reason_is_one_camel_case_word_with_a_meaning() -> None:
    assert all(re.fullmatch(r"[A-Z][A-Za-z]{2,40}", reason) for reason in Reason)
    assert len({reason.meaning for reason in Reason}) == len(Reason)
    assert all(reason.meaning.endswith(".") for reason in Reason)
