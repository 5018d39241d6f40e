"""What differs, what follows from it, and what is no difference."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from support.manifests import a_registry
from support.scenes import account_in, settled

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.api.storage import StorageAccountType
from mlregistry_operator.domain import differences
from mlregistry_operator.domain.differences import (
    ACCOUNT_CHECKS,
    CONTAINER_REGISTRY_CHECKS,
    REPLICATION_CHECKS,
    Remedy,
    account_differences,
    container_registry_differences,
    replication_differences,
)
from mlregistry_operator.domain.resources import ObservedContainerRegistry

SCENE = settled(a_registry().in_regions("eastus", "westus").with_tags(team="fares"))
DESIRED = SCENE.desired


@dataclass(frozen=True, slots=True)
class Case:
    """What was seen of an account declared as `declared`, and the fields that are told to differ."""

    because: str
    seen: dict[str, Any] = field(default_factory=dict)
    declared: dict[str, Any] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    refused: bool = False


TAGS = dict(DESIRED.accounts["eastus"].tags)
ACCOUNTS = [
    Case("as declared"),
    Case("the server says TLS 1.3, which is stricter than ours", seen={"minimum_tls_version": "TLS1_3"}),
    Case("others' tags stay", seen={"tags": {**TAGS, "cost-centre": "7"}}),
    Case("tag keys have no case", seen={"tags": {key.upper(): value for key, value in TAGS.items()}}),
    Case("the endpoint is the server's", seen={"blob_endpoint": None}),
    Case("old TLS", seen={"minimum_tls_version": "TLS1_0"}, fields=("minimumTlsVersion",)),
    Case("TLS unset", seen={"minimum_tls_version": None}, fields=("minimumTlsVersion",)),
    Case("anonymous reads", seen={"allow_blob_public_access": True}, fields=("allowBlobPublicAccess",)),
    Case("account keys work", seen={"allow_shared_key_access": True}, fields=("allowSharedKeyAccess",)),
    Case(
        "the network was closed", seen={"public_network_access": "Disabled"}, fields=("publicNetworkAccess",)
    ),
    Case("our tag is gone", seen={"tags": {"team": "fares"}}, fields=("tags",)),
    Case("a declared tag has another value", seen={"tags": {**TAGS, "team": "x"}}, fields=("tags",)),
    Case("redundancy within a zone boundary", seen={"sku": "Standard_GRS"}, fields=("sku.name",)),
    Case(
        "several at once are all told",
        seen={"minimum_tls_version": "TLS1_0", "allow_blob_public_access": True, "sku": "Standard_RAGRS"},
        fields=("sku.name", "minimumTlsVersion", "allowBlobPublicAccess"),
    ),
    Case("zonal boundary", seen={"sku": "Standard_ZRS"}, fields=("storageAccountType",), refused=True),
    Case(
        "zonal boundary, the other way",
        declared={"sku": "Standard_GZRS"},
        seen={"sku": "Standard_GRS"},
        fields=("storageAccountType",),
        refused=True,
    ),
    Case("performance tier", seen={"sku": "Premium_LRS"}, fields=("storageAccountType",), refused=True),
    Case("an SKU that nobody knows", seen={"sku": "Ultra_LRS"}, fields=("storageAccountType",), refused=True),
    Case("namespace", seen={"hns": True}, fields=("storageAccountHns",), refused=True),
    Case(
        "of what cannot be changed only the first is told, and nothing else",
        seen={"hns": True, "sku": "Premium_ZRS", "minimum_tls_version": "TLS1_0"},
        fields=("storageAccountType",),
        refused=True,
    ),
    Case(
        "what can be changed is not told beside what cannot",
        seen={"hns": True, "minimum_tls_version": "TLS1_0", "tags": {}},
        fields=("storageAccountHns",),
        refused=True,
    ),
]


@pytest.mark.parametrize("case", ACCOUNTS, ids=lambda case: case.because)
def test_an_account_is_compared_with_what_was_declared(case: Case) -> None:
    desired = replace(DESIRED.accounts["eastus"], **case.declared)
    seen = replace(account_in(SCENE, DESIRED.accounts["eastus"]), **case.seen)

    found = account_differences(desired, seen)

    assert tuple(one.field for one in found) == case.fields, case.because
    assert all((one.remedy is Remedy.REFUSE) == case.refused for one in found)
    assert all(one.message.endswith(".") for one in found)
    if case.refused:
        assert found[0].reason is Reason.IMMUTABLE_IN_AZURE
        assert found[0].message.startswith("eastus: storage account ")
        assert "Azure cannot " in found[0].message
        assert found[0].desired in found[0].message
        assert found[0].observed in found[0].message
        assert "remove the region and add it again" in found[0].message


@pytest.mark.promise(7)
def test_what_cannot_change_is_asked_before_what_can_and_tags_come_last() -> None:
    """The order is the meaning: the first refusal ends the chain."""
    assert [check.__name__ for check in ACCOUNT_CHECKS] == [
        "performance_tier_differs",
        "hierarchical_namespace_differs",
        "zonal_boundary_differs",
        "redundancy_differs",
        "tls_version_differs",
        "public_blobs_allowed",
        "shared_keys_allowed",
        "account_network_access_differs",
        "account_tags_differ",
    ]


def test_every_check_of_the_module_is_in_a_chain() -> None:
    chained = {check.__name__ for check in (*ACCOUNT_CHECKS, *CONTAINER_REGISTRY_CHECKS, *REPLICATION_CHECKS)}
    facts = {
        name
        for name, one in vars(differences).items()
        if callable(one)
        and not name.startswith("_")
        and getattr(one, "__module__", "") == differences.__name__
        and name.endswith(("_differs", "_differ", "_allowed", "_enabled", "_premium"))
    }

    assert facts == chained


@pytest.mark.parametrize("seen", StorageAccountType)
@pytest.mark.parametrize("declared", StorageAccountType)
@pytest.mark.promise(7)
def test_types_change_exactly_where_azure_changes_them_in_place(
    declared: StorageAccountType, seen: StorageAccountType
) -> None:
    desired = replace(DESIRED.accounts["eastus"], sku=declared.value)
    observed = replace(account_in(SCENE, DESIRED.accounts["eastus"]), sku=seen.value)

    remedies = [one.remedy for one in account_differences(desired, observed)]

    if declared is seen:
        assert remedies == []
    elif declared in seen.changes_in_place_to:
        assert remedies == [Remedy.UPDATE]
    else:
        assert remedies == [Remedy.REFUSE]


@pytest.mark.parametrize(
    ("seen", "fields", "because"),
    [
        ({}, (), "as declared"),
        ({"login_server": None}, (), "the server's own"),
        ({"sku": "Standard"}, ("sku.name",), "replication needs Premium"),
        ({"admin_user_enabled": True}, ("adminUserEnabled",), "a way around access by identity"),
        ({"public_network_access": "Disabled"}, ("publicNetworkAccess",), "the spec says Enabled"),
        ({"regional_endpoints": "Enabled"}, ("regionalEndpoints",), "the spec does not ask for them"),
        ({"regional_endpoints": None}, (), "a cloud that does not offer them"),
        ({"tags": {}}, ("tags",), "our tags are gone"),
        (
            {"sku": "Basic", "admin_user_enabled": True, "tags": {}},
            ("sku.name", "adminUserEnabled", "tags"),
            "all is told at once",
        ),
    ],
)
def test_a_container_registry_is_compared_with_what_was_declared(
    seen: dict[str, Any], fields: tuple[str, ...], because: str
) -> None:
    assert isinstance(SCENE.container_registry, ObservedContainerRegistry)
    observed = replace(SCENE.container_registry, **seen)

    found = container_registry_differences(DESIRED.container_registry, observed)

    assert tuple(one.field for one in found) == fields, because
    assert all(one.remedy is Remedy.UPDATE for one in found)


def test_of_a_replication_only_tags_can_differ() -> None:
    desired, seen = DESIRED.replications["westus"], SCENE.replication("westus")

    assert replication_differences(desired, seen) == ()
    assert replication_differences(desired, replace(seen, display_status="Syncing")) == ()
    (found,) = replication_differences(desired, replace(seen, tags={}))
    assert (found.field, found.remedy) == ("tags", Remedy.UPDATE)
