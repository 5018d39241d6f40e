"""Names of versions: what is written, what is read, and what is answered to an id that names no version."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.domain.assets.ids import (
    AssetId,
    AssetIdError,
    AssetKey,
    pin_advice,
    read_asset_id,
)

WORDS = st.from_regex(r"[a-zA-Z0-9]([a-zA-Z0-9_.-]{0,20}[a-zA-Z0-9])?", fullmatch=True)
IDS = st.builds(
    AssetId,
    st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9_-]{1,31}", fullmatch=True),
    st.sampled_from(AssetType),
    WORDS,
    WORDS,
)


def newest(kind: AssetType, name: str) -> str | None:
    return {(AssetType.ENVIRONMENT, "sklearn"): "1.5"}.get((kind, name))


@given(IDS)
def test_what_is_written_reads_back_in_our_words_and_in_azures(one: AssetId) -> None:
    assert read_asset_id(str(one)) == one
    assert read_asset_id(one.azure) == one


@given(IDS)
def test_versions_compare_without_the_case_of_their_names(one: AssetId) -> None:
    other = AssetId(one.registry, one.type, one.name.swapcase(), one.version)

    assert other.key == one.key == AssetKey.of(one.type, one.name, one.version)
    assert AssetId(one.registry, one.type, one.name, f"{one.version}0").key != one.key


def read_or_refusal(text: str) -> str:
    try:
        return str(read_asset_id(text))
    except AssetIdError as error:
        return str(error)


@given(st.text(max_size=80) | st.text(max_size=60).map("azureml://registries/".__add__))
def test_whatever_is_written_either_names_a_version_or_is_refused_with_a_sentence(text: str) -> None:
    told = read_or_refusal(text)

    assert told.endswith(".") or read_asset_id(told).key == read_asset_id(text).key


def test_ours_is_the_documented_form() -> None:
    one = AssetId("DemoRegistry1", AssetType.MODEL, "taxi-fare", "3")

    assert str(one) == "mlregistry://DemoRegistry1/models/taxi-fare/versions/3"
    assert one.azure == "azureml://registries/DemoRegistry1/models/taxi-fare/versions/3"
    assert one.in_registry("demoregistry1")
    assert not one.in_registry("demoregistry2")


@pytest.mark.parametrize(
    ("text", "kind", "because"),
    [
        ("azureml://registries/r1/models/a/versions/1", AssetType.MODEL, "the plural is Azure's rule"),
        (
            "azureml://registries/r1/model/a/versions/1",
            AssetType.MODEL,
            "Azure's pages show the singular too",
        ),
        (
            "azureml://registries/r1/component/a/versions/1",
            AssetType.COMPONENT,
            "one page does for components",
        ),
        ("azureml://registries/r1/environment/a/versions/1", AssetType.ENVIRONMENT, "the same for all kinds"),
        ("azureml://registries/r1/data/a/versions/1", AssetType.DATA, "data is its own plural"),
        ("mlregistry://r1/data/a/versions/1", AssetType.DATA, "ours is read as well"),
    ],
)
def test_both_schemes_and_both_numbers_are_read(text: str, kind: AssetType, because: str) -> None:
    assert read_asset_id(text) == AssetId("r1", kind, "a", "1"), because


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("azureml://registries/r1/environments/sklearn/labels/latest", "a label moves"),
        ("azureml://registries/r1/environments/sklearn@latest", "so does @latest"),
        ("azureml://registries/r1/environments/sklearn@stable", "any label does"),
        ("azureml://registries/r1/environments/sklearn", "no version at all"),
        ("azureml://registries/r1/environments/sklearn/versions", "the word without the version"),
        ("azureml://registries/r1/environments/sklearn/versions/", "an empty version"),
        ("mlregistry://r1/environment/SKLearn@latest", "in our words, and names compare without case"),
    ],
)
def test_an_unpinned_id_is_answered_with_the_version_to_write(text: str, because: str) -> None:
    with pytest.raises(AssetIdError, match="names no version") as caught:
        read_asset_id(text, newest)

    advised = re.search(r"Write (\S+), which is the version published last", str(caught.value))
    assert advised is not None, because
    assert read_asset_id(advised[1]).key == AssetKey.of(AssetType.ENVIRONMENT, "sklearn", "1.5"), because


def test_without_a_published_version_the_advice_shows_the_form() -> None:
    assert "environments/torch/versions/<version>" in pin_advice("r1", AssetType.ENVIRONMENT, "torch", newest)
    assert "environments/<name>/versions/<version>" in pin_advice("r1", AssetType.ENVIRONMENT, "?", newest)


@pytest.mark.parametrize(
    ("text", "says", "because"),
    [
        ("", "is no asset id", "nothing is nothing"),
        ("azureml:sklearn:1", "is no asset id", "an id of a workspace names no registry"),
        ("azureml://registries/r1", "is no asset id", "a registry is no asset"),
        ("azureml://registries/r1/models/a/versions/1/x", "is no asset id", "something follows"),
        ("mlregistry://./models/a/versions/1", "is in the registry of the text", "there is no text here"),
        ("azureml://registries/r1/models/a/editions/1", "is no asset id", "the word is versions"),
        (
            "azureml://registries/r1/codes/a/versions/1",
            "is no kind of asset",
            "code is no asset of its own here",
        ),
        ("azureml://registries/r/models/a/versions/1", "'r' is no name of a registry", "it has two letters"),
        (
            "azureml://registries/r1/models/-a/versions/1",
            "'-a' is no name of an asset",
            "it starts with a letter",
        ),
        (
            "azureml://registries/r1/models/a/versions/1.",
            "'1.' is no version",
            "it ends with a letter or digit",
        ),
        (
            f"azureml://registries/r1/models/a/versions/{'1' * 31}",
            "at most 30",
            "a version has 30 characters",
        ),
        (f"azureml://registries/r1/models/{'a' * 256}/versions/1", "at most 255", "a name has 255"),
        (
            "azureml://registries/r1/models/a b/versions/1\n",
            "is no name of an asset",
            "a space is none of them",
        ),
    ],
)
def test_what_names_nothing_is_refused_with_the_reason(text: str, says: str, because: str) -> None:
    with pytest.raises(AssetIdError) as caught:
        read_asset_id(text)

    assert says in str(caught.value), because
    assert len(str(caught.value)) < 600, "a message repeats no more than it needs"
