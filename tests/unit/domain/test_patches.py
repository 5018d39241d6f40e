"""A merge patch turns what is stored into what is wanted, whatever both are."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.worlds import merge_patch

from mlregistry_operator.api.registry_status import MLRegistryStatus
from mlregistry_operator.domain.patches import dump, status_patch

words = st.text(max_size=5)
documents = st.recursive(
    st.booleans() | st.integers() | words,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(words, inside, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(words, documents, max_size=5)


@given(stored=objects, wanted=objects)
@pytest.mark.promise(2)
def test_what_is_stored_becomes_what_is_wanted(stored: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert merge_patch(stored, status_patch(stored, wanted)) == wanted


@given(objects)
@pytest.mark.promise(2)
def test_where_nothing_has_changed_nothing_is_written(stored: dict[str, Any]) -> None:
    assert status_patch(stored, stored) == {}


def test_only_what_has_changed_is_written() -> None:
    stored = {"same": 1, "changed": 1, "gone": 1, "inner": {"same": 1, "gone": 1}}
    wanted = {"same": 1, "changed": 2, "inner": {"same": 1, "new": 1}}

    assert status_patch(stored, wanted) == {
        "changed": 2,
        "gone": None,
        "inner": {"gone": None, "new": 1},
    }


def test_a_status_says_nothing_of_what_it_does_not_know() -> None:
    assert dump(MLRegistryStatus()) == {"observedGeneration": -1}
