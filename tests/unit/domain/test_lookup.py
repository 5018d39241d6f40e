"""Which names are looked up, and what a registry asks of Azure in the first place."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.manifests import a_registry
from support.scenes import absent, read, settled
from support.worlds import CLUSTER_ID, GROUP

from mlregistry_operator.domain import arm
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.desired import desired_resources, owner_of
from mlregistry_operator.domain.lookup import REGISTRY, STORAGE, account_lookups, next_name, registry_lookup

TWO = a_registry().in_regions("eastus", "westus")
DESIRED = absent(TWO).desired
EAST, WEST = DESIRED.accounts["eastus"].names, DESIRED.accounts["westus"].names
HOME = DESIRED.container_registry.names


def with_rows(*rows: tuple[str, str | None], **status: Any) -> dict[str, Any]:
    """A status with these regions and the names of their accounts."""
    return status | {
        "observedGeneration": 1,
        "regions": [
            {"location": location, "role": "Replica", "state": "Ready"}
            | ({"storageAccount": {"name": name, "id": f"/x/{name}"}} if name else {})
            for location, name in rows
        ],
    }


@pytest.mark.parametrize(
    ("status", "chosen", "expected", "because"),
    [
        ({}, {}, {"eastus": EAST, "westus": WEST}, "without a hint every name is looked up"),
        (with_rows(("eastus", EAST[1])), {}, {"eastus": (EAST[1],), "westus": WEST}, "a hint saves reads"),
        (
            with_rows(("eastus", "other")),
            {},
            {"eastus": EAST, "westus": WEST},
            "a name that cannot be ours is none",
        ),
        (
            with_rows(("eastus", EAST[0])),
            {(STORAGE, "eastus"): EAST[2]},
            {"eastus": (EAST[2],), "westus": WEST},
            "after a collision the chosen name counts",
        ),
        (with_rows(("eastus", None)), {}, {"eastus": EAST, "westus": WEST}, "a row without an account"),
    ],
)
@pytest.mark.promise(3)
def test_accounts_are_looked_up_under_the_names_they_may_have(
    status: dict[str, Any],
    chosen: dict[tuple[str, str], str],
    expected: dict[str, tuple[str, ...]],
    because: str,
) -> None:
    assert account_lookups(read(TWO, status), DESIRED, chosen) == expected, because


@pytest.mark.promise(9)
def test_a_region_that_is_no_longer_declared_is_looked_up_too() -> None:
    registry = read(a_registry(), with_rows(("eastus", EAST[0]), ("westus", WEST[1])))

    assert account_lookups(registry, absent(a_registry()).desired, {}) == {
        "eastus": (EAST[0],),
        "westus": (WEST[1],),
    }


def test_the_registry_is_looked_up_under_its_noted_name() -> None:
    noted = {"observedGeneration": 1, "containerRegistry": {"name": HOME[1], "id": "/x"}}

    assert registry_lookup(read(TWO), DESIRED, {}) == HOME
    assert registry_lookup(read(TWO, noted), DESIRED, {}) == (HOME[1],)
    assert registry_lookup(read(TWO, noted), DESIRED, {(REGISTRY, "eastus"): HOME[2]}) == (HOME[2],)


def test_after_a_taken_name_comes_the_next_of_its_own_sequence() -> None:
    assert next_name(DESIRED, GROUP.storage_account(WEST[0])) == ((STORAGE, "westus"), WEST[1])
    assert next_name(DESIRED, GROUP.storage_account(WEST[3])) == ((STORAGE, "westus"), None)
    assert next_name(DESIRED, GROUP.container_registry(HOME[0])) == ((REGISTRY, "eastus"), HOME[1])
    assert next_name(DESIRED, GROUP.storage_account("somebodys")) is None


def test_an_account_for_every_region_and_a_replication_for_every_other() -> None:
    scene = settled(
        a_registry().in_regions("eastus", "westus", primary="westus").with_storage("eastus", hns=True)
    )

    assert set(scene.desired.accounts) == {"eastus", "westus"}
    assert set(scene.desired.replications) == {"eastus"}
    assert scene.desired.container_registry.location == "westus"
    assert scene.desired.group_settings is None
    assert (scene.desired.accounts["eastus"].hns, scene.desired.accounts["westus"].hns) == (True, False)
    assert {one.sku for one in scene.desired.accounts.values()} == {"Standard_LRS"}


def test_premium_accounts_are_of_another_kind() -> None:
    scene = absent(a_registry().with_storage("eastus", account_type="Premium_ZRS"))

    assert scene.desired.accounts["eastus"].kind == "BlockBlobStorage"
    assert DESIRED.accounts["eastus"].kind == "StorageV2"


@pytest.mark.parametrize(
    ("annotation", "adopted"),
    [("", set()), ("/A/b", {"/a/b"}), (" /A/b , /c ,", {"/a/b", "/c"}), (",,", set())],
)
def test_adopted_ids_are_read_with_blanks_and_any_case(annotation: str, adopted: set[str]) -> None:
    owner = owner_of(read(a_registry().annotated(adopt=annotation)), CLUSTER_ID)

    assert owner.adopted == adopted
    assert owner.tag == f"{CLUSTER_ID}/default/registry"


segments = st.from_regex(r"[A-Za-z0-9_.()-]{1,30}", fullmatch=True)


@given(segments, segments, segments, segments)
def test_an_id_tells_its_group_name_and_parent(
    subscription: str, group: str, name: str, location: str
) -> None:
    where = arm.ResourceGroup(subscription, group)
    registry = where.container_registry(name)
    replication = arm.replication(registry, location)

    assert arm.group_of(replication) == arm.group_of(where.storage_account(name)) == where
    assert arm.name_of(replication) == location
    assert arm.parent_of(replication) == registry
    assert arm.same(registry, f"{registry.upper()}/")
    assert not arm.same(registry, replication)


@pytest.mark.parametrize("text", ["", "/", "/subscriptions/s", "/providers/p/t/n/x", "https://x/y/z/a/b"])
def test_what_is_in_no_group_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not the id of something in a resource group"):
        arm.group_of(ArmId(text))


def test_everything_that_is_desired_carries_its_own_region_as_tag() -> None:
    desired = desired_resources(read(TWO), owner_of(read(TWO), CLUSTER_ID))

    assert {where: one.tags["mlregistry-location"] for where, one in desired.accounts.items()} == {
        "eastus": "eastus",
        "westus": "westus",
    }
    assert desired.container_registry.tags["mlregistry-location"] == "eastus"
