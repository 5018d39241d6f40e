"""Where a version lies tells which version it is, and no two versions lie in one place."""

from hypothesis import given
from hypothesis import strategies as st

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.patterns import ASSET_WORD
from mlregistry_operator.domain.assets.ids import AssetId, AssetKey, read_asset_id
from mlregistry_operator.domain.assets.layout import image_of, path_fault, place_of, version_of

names = st.from_regex(ASSET_WORD, fullmatch=True).filter(lambda text: len(text) <= 255)
versions = st.from_regex(ASSET_WORD, fullmatch=True).filter(lambda text: len(text) <= 30)
registries = st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9_-]{1,31}", fullmatch=True)
keys = st.builds(AssetKey.of, st.sampled_from(AssetType), names, versions)
ids = st.builds(AssetId, registries, st.sampled_from(AssetType), names, versions)
paths = st.text(min_size=1, max_size=40).filter(lambda path: path_fault(path) is None)


@given(keys, paths)
def test_a_commit_mark_and_a_file_tell_what_they_belong_to(key: AssetKey, path: str) -> None:
    place = place_of(key)

    assert version_of(key.type, place.manifest) == key
    assert place.path_of(place.file(path)) == path
    assert version_of(key.type, place.file(path)) is None, "a file is no commit mark, whatever it is called"


@given(st.lists(keys, min_size=2, max_size=6, unique=True), paths, paths)
def test_nothing_of_two_versions_lies_in_one_place(different: list[AssetKey], one: str, other: str) -> None:
    blobs = [
        (place.container, blob)
        for place in map(place_of, different)
        for blob in {place.manifest, place.checksums, place.tombstone, place.file(one), place.file(other)}
    ]
    images = [str(image_of(key)) for key in different if key.type is AssetType.ENVIRONMENT]

    assert len(set(blobs)) == len(blobs)
    assert len(set(images)) == len(images)


@given(ids)
def test_an_id_is_read_in_every_form_in_which_it_is_written(one: AssetId) -> None:
    singular = one.azure.replace(f"/{one.type.plural}/", f"/{one.type.value.lower()}/", 1)

    assert read_asset_id(str(one)) == read_asset_id(one.azure) == one
    if one.registry != one.type.plural:
        assert read_asset_id(singular) == one
