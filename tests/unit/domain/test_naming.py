"""Names in Azure: short, global, computed, and never the same for two things."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlregistry_operator.domain.arm import ResourceGroup
from mlregistry_operator.domain.naming import (
    SEQUENCE_LENGTH,
    container_registry_names,
    storage_account_names,
)

STORAGE = re.compile(r"[a-z0-9]{3,24}")
REGISTRY = re.compile(r"[a-z0-9]{5,50}")
SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"

subscriptions = st.uuids().map(str)
groups = st.from_regex(r"[A-Za-z0-9_.()-]{0,89}[A-Za-z0-9_()-]", fullmatch=True)
registries = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{1,31}", fullmatch=True)
locations = st.from_regex(r"[a-z][a-z0-9]{2,63}", fullmatch=True)
identities = st.tuples(subscriptions, groups, registries, locations)

Identity = tuple[str, str, str, str]


def names(identity: Identity) -> tuple[tuple[str, ...], tuple[str, ...]]:
    subscription, group, registry, location = identity
    where = ResourceGroup(subscription, group)
    return storage_account_names(where, registry, location), container_registry_names(
        where, registry, location
    )


@given(identities)
def test_every_name_is_one_that_azure_accepts(identity: Identity) -> None:
    accounts, registries = names(identity)

    assert all(STORAGE.fullmatch(name) for name in accounts), accounts
    assert all(REGISTRY.fullmatch(name) for name in registries), registries


@given(identities)
def test_the_names_of_a_sequence_differ_and_there_are_as_many_as_promised(identity: Identity) -> None:
    accounts, registries = names(identity)

    assert len(set(accounts)) == len(set(registries)) == SEQUENCE_LENGTH == 4
    assert not set(accounts) & set(registries)


@given(identities)
def test_spelling_makes_no_other_name(identity: Identity) -> None:
    """Azure compares subscriptions, groups and regions without case, and so do asset names."""
    subscription, group, registry, location = identity

    assert names((subscription.upper(), group.swapcase(), registry.swapcase(), location)) == names(identity)


@given(st.lists(identities, min_size=2, max_size=8, unique_by=lambda one: tuple(map(str.casefold, one))))
def test_two_things_never_have_a_name_in_common(different: list[Identity]) -> None:
    found = [name for identity in different for sequence in names(identity) for name in sequence]

    assert len(set(found)) == len(found)


@given(identities, identities, st.integers(0, 3))
def test_each_part_of_the_identity_counts(one: Identity, other: Identity, part: int) -> None:
    changed = list(one)
    changed[part] = other[part]
    if changed[part].casefold() == one[part].casefold():
        return
    subscription, group, registry, location = changed

    assert not set(names(one)[0]) & set(names((subscription, group, registry, location))[0])


def test_a_name_can_be_read_by_a_person() -> None:
    group = ResourceGroup(SUBSCRIPTION, "ml-registries")

    assert storage_account_names(group, "Demo-Registry_1", "westeurope")[0].startswith("demoregwesteurop")
    assert container_registry_names(group, "Demo-Registry_1", "westeurope")[0].startswith(
        "demoregistry1westeurope"
    )


@pytest.mark.promise(4)
def test_names_never_change_between_versions() -> None:
    """What was made under these names is only found again under the same ones."""
    group = ResourceGroup(SUBSCRIPTION, "ml-registries")

    assert storage_account_names(group, "DemoRegistry1", "eastus") == (
        "demoregeastusi5wseaao",
        "demoregeastusixwnjz2b",
        "demoregeastusa55c2i3t",
        "demoregeastustgnljocd",
    )
