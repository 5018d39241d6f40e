"""Whose a resource is, and whose each of its tags is."""

from dataclasses import dataclass, field

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mlregistry_operator.domain.ownership import (
    TAG_KEYS,
    Owner,
    desired_tags,
    is_ours,
    merged_tags,
    tags_settled,
)

OWNER = Owner("cluster", "team", "registry")

keys = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20).filter(
    lambda key: not key.casefold().startswith("mlregistry-")
)
values = st.text(max_size=10)


def tag_sets(most: int = 15) -> st.SearchStrategy[dict[str, str]]:
    """Tags as Azure holds them: no two keys that differ by case alone."""
    return st.dictionaries(keys, values, max_size=most).map(
        lambda tags: {key: tags[key] for key in {one.casefold(): one for one in tags}.values()}
    )


def wanted(declared: dict[str, str]) -> dict[str, str]:
    return desired_tags(OWNER, "Registry", "eastus", declared)


@dataclass(frozen=True)
class Thing:
    """Something in Azure."""

    id: str = "/subscriptions/s/resourceGroups/g/providers/p/t/n"
    tags: dict[str, str] = field(default_factory=dict)


@given(declared=tag_sets(), observed=tag_sets())
@pytest.mark.promise(2)
def test_once_written_nothing_is_left_to_write(declared: dict[str, str], observed: dict[str, str]) -> None:
    once = merged_tags(wanted(declared), observed)

    assert tags_settled(wanted(declared), once)
    assert merged_tags(wanted(declared), once) == once


@given(declared=tag_sets(), foreign=tag_sets())
@pytest.mark.promise(8)
def test_other_peoples_tags_stay(declared: dict[str, str], foreign: dict[str, str]) -> None:
    known = {key.casefold() for key in declared}
    theirs = {key: value for key, value in foreign.items() if key.casefold() not in known}

    assert merged_tags(wanted(declared), theirs).items() >= theirs.items()


@given(before=tag_sets(), after=tag_sets(), foreign=tag_sets())
def test_a_tag_that_leaves_the_spec_leaves_azure(
    before: dict[str, str], after: dict[str, str], foreign: dict[str, str]
) -> None:
    known = {key.casefold() for key in before | after}
    theirs = {key: value for key, value in foreign.items() if key.casefold() not in known}
    made = merged_tags(wanted(before), theirs)

    changed = merged_tags(wanted(after), made)

    assert changed == {**theirs, **wanted(after)}


@given(tags=tag_sets().filter(bool))
def test_keys_are_compared_without_case_and_values_with_it(tags: dict[str, str]) -> None:
    made = wanted(tags)
    respelt = {key.swapcase() if key in tags else key: value for key, value in made.items()}
    assume(len(respelt) == len(made))
    first = next(iter(tags))

    assert tags_settled(made, respelt)
    assert not tags_settled(made, {**made, first: f"{made[first]}x"})


@given(st.dictionaries(keys, values, min_size=40, max_size=40))
def test_the_note_of_forty_keys_fits_into_a_tag(tags: dict[str, str]) -> None:
    made = wanted(tags)

    assert len(made) <= 50, "Azure's limit of tags on a resource"
    assert all(len(value) <= 256 for value in made.values())


def test_a_declared_tag_never_takes_the_place_of_ours() -> None:
    made = wanted({"MLRegistry-Owner": "me", "mlregistry-extra": "1", "team": "fares"})

    assert {key for key in made if key.casefold().startswith("mlregistry-")} == {
        "mlregistry-owner",
        "mlregistry-registry",
        "mlregistry-location",
        TAG_KEYS,
    }
    assert made["mlregistry-owner"] == "cluster/team/registry"


def test_tags_of_ours_that_are_no_longer_written_go_whatever_their_spelling() -> None:
    made = merged_tags(wanted({}), {"MLREGISTRY-Tag-Keys": "abcdef", "mlregistry-old": "1", "x": "y"})

    assert set(made) == {"mlregistry-owner", "mlregistry-registry", "mlregistry-location", "x"}


@dataclass(frozen=True, slots=True)
class Claim:
    """A resource, and whether it is ours."""

    thing: Thing
    ours: bool
    because: str
    owner: Owner = OWNER


TAG = "cluster/team/registry"
CLAIMS = [
    Claim(Thing(tags={"mlregistry-owner": TAG}), ours=True, because="it carries our tag"),
    Claim(Thing(tags={"MLRegistry-Owner": TAG}), ours=True, because="Azure keeps any spelling of a key"),
    Claim(Thing(), ours=False, because="nothing says whose it is"),
    Claim(Thing(tags={"mlregistry-owner": "other/team/registry"}), ours=False, because="another cluster"),
    Claim(Thing(tags={"mlregistry-owner": "cluster/team/other"}), ours=False, because="another registry"),
    Claim(Thing(tags={"mlregistry-owner": TAG.upper()}), ours=False, because="values have their case"),
    Claim(Thing(tags={"owner": TAG}), ours=False, because="it is another key"),
    Claim(
        Thing(id="/Subscriptions/S/x"),
        ours=True,
        because="it was adopted by id, and ids have no case",
        owner=Owner("c", "t", "r", frozenset({"/subscriptions/s/x"})),
    ),
    Claim(
        Thing(id="/subscriptions/s/y"),
        ours=False,
        because="another one was adopted",
        owner=Owner("c", "t", "r", frozenset({"/subscriptions/s/x"})),
    ),
]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.because)
@pytest.mark.promise(8)
def test_ours_is_what_says_so_or_what_was_adopted(claim: Claim) -> None:
    assert is_ours(claim.owner, claim.thing) == claim.ours, claim.because


def test_an_owner_too_long_for_a_tag_is_hashed_and_still_its_own() -> None:
    long = [Owner("c" * 36, "n" * 63, "r" * 253), Owner("c" * 36, "n" * 63, "r" * 252)]

    assert all(len(owner.tag) <= 256 for owner in long)
    assert long[0].tag != long[1].tag
    assert Owner("c", "n", "r" * 252).tag == f"c/n/{'r' * 252}", "exactly as long as a tag may be"
