"""Azure's words compare without case, so that no spelling of an answer is a difference, or a wait."""

from collections.abc import Callable

import pytest

from mlregistry_operator.api.storage import StorageAccountType
from mlregistry_operator.cloud.azure.spelling import WORDS, region, spelled

SPELLINGS: list[Callable[[str], str]] = [str.lower, str.upper, str.swapcase]


@pytest.mark.parametrize("word", WORDS)
def test_a_known_word_has_one_spelling(word: str) -> None:
    assert {spelled(spelling(word)) for spelling in SPELLINGS} == {word}


def test_words_that_nobody_knows_yet_stay_as_they_are() -> None:
    assert spelled("StandardV2_LRS") == "StandardV2_LRS"
    assert spelled("") == ""
    assert spelled(None) is None
    assert spelled(StorageAccountType.PREMIUM_ZRS) == "Premium_ZRS"


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("East US", "eastus"),
        ("EASTUS", "eastus"),
        ("East US 2", "eastus2"),
        ("eastUS2", "eastus2"),
        (" west  europe ", "westeurope"),
        (None, ""),
    ],
)
def test_a_region_is_known_by_either_of_its_names(told: str | None, name: str) -> None:
    assert region(told) == name
