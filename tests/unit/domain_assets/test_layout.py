"""Where versions lie, and which files cannot lie there."""

import ntpath
import posixpath
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.domain.assets.ids import AssetKey
from mlregistry_operator.domain.assets.layout import (
    image_of,
    path_fault,
    place_of,
    source_problems,
    url_of,
)

PLACE = place_of(AssetKey.of(AssetType.MODEL, "Taxi-Fare", "3.A"))
DIGEST = "sha256:" + "0" * 64


def test_a_version_lies_in_the_container_of_its_type_under_its_name_in_lower_case() -> None:
    assert PLACE.container == "models"
    assert PLACE.file("model/weights.bin") == "taxi-fare/3.A/files/model/weights.bin"
    assert PLACE.manifest == "taxi-fare/3.A/manifest.json"
    assert PLACE.checksums == "taxi-fare/3.A/checksums.json"
    assert PLACE.tombstone == "taxi-fare/3.A/tombstone.json"


def test_every_type_has_its_own_container() -> None:
    keys = [AssetKey.of(kind, "a", "1") for kind in AssetType]

    assert [place_of(key).container for key in keys] == ["models", "environments", "components", "data"]


def test_only_what_lies_among_the_files_is_a_file() -> None:
    assert PLACE.path_of(PLACE.file("a/b")) == "a/b"
    assert PLACE.path_of(PLACE.manifest) is None
    assert PLACE.path_of("taxi-fare/3.A.1/files/a") is None


def test_an_image_has_its_repository_in_lower_case_and_its_version_as_tag() -> None:
    image = image_of(AssetKey.of(AssetType.ENVIRONMENT, "SKLearn", "1.5-GPU"))

    assert str(image) == "environments/sklearn:1.5-GPU"
    assert image.pinned("demo.azurecr.io", DIGEST) == f"demo.azurecr.io/environments/sklearn@{DIGEST}"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_a_url_names_exactly_the_blob_whatever_its_characters(path: str) -> None:
    url = url_of("https://account.blob.host/", "models", PLACE.file(path))

    assert url.isascii()
    assert urlsplit(url).query == urlsplit(url).fragment == ""
    assert unquote(urlsplit(url).path) == f"/models/{PLACE.file(path)}"


@pytest.mark.parametrize(
    ("paths", "because"),
    [
        (["model.pkl"], "one file is enough"),
        (["a b.txt", "ü/日本.bin", "😀"], "spaces and UTF-8 are names like others"),
        (["README.md", "readme.md"], "blob names compare with case"),
        ([".gitignore", "..a/b", "a/.b"], "a dot in front is a name"),
        (["a%2Fb", "a?b#c", "a:b*c|d"], "what a URL escapes is a name"),
        (["x" * 1004], "the longest name that fits: 1,024 with folder and files/"),
        (["/".join(["d"] * 58)], "as many parts as a hierarchical namespace takes"),
        (["a/b", "a.b/c", "ab"], "a file and folders whose names only begin alike"),
    ],
)
def test_ordinary_names_are_published(paths: list[str], because: str) -> None:
    assert source_problems(paths, PLACE) == (), because


@pytest.mark.parametrize(
    ("paths", "says", "because"),
    [
        ([], "holds no file", "nothing is no version"),
        (["../a"], "'../a' has a part that is or ends with a dot", "it would leave the folder"),
        (["a/../../b"], "ends with a dot", "so would this"),
        (["./a"], "ends with a dot", "clients drop it"),
        (["a./b"], "ends with a dot", "storage services drop a dot at the end"),
        (["/etc/passwd"], "is an absolute path", "it would leave the folder where it is unpacked"),
        (["a//b"], "an empty part", "clients fold the slashes into one"),
        (["a/"], "an empty part", "a folder is no file"),
        ([""], "an empty part", "a file has a name"),
        (["a\\b"], "a backslash", "some clients make a slash of it"),
        (["a\nb"], "a control character", "Azure refuses it"),
        (["a\ufffe"], "no character", "lists of blobs are XML, which cannot name it"),
        (["\U0001ffff"], "no character", "the ends of all planes are alike"),
        (["x" * 1005], "1025 characters", "Azure takes 1,024"),
        (["😀" * 502 + "x"], "1025 characters", "counted as Azure counts, in UTF-16"),
        (
            ["/".join(["d"] * 59)],
            "62 parts",
            "an account with hierarchical namespace takes 63 with its own two",
        ),
        (["a", "b", "a"], "'a' is listed twice", "which one is meant?"),
        (["a", "a/b"], "'a' is a file and a folder at once", "no file system can hold both"),
    ],
)
def test_names_that_cannot_be_kept_are_refused_with_a_remedy(
    paths: list[str], says: str, because: str
) -> None:
    (problem,) = source_problems(paths, PLACE)

    assert says in problem, because
    assert problem.endswith("."), because


def test_many_bad_names_are_told_in_few_sentences() -> None:
    problems = source_problems([f"{index}." for index in range(1000)], PLACE)

    assert len(problems) == 6
    assert problems[-1] == "And 995 more such files."


parts = st.sampled_from(["", ".", "..", "...", "a", "a.", ".a", "..a", "a b", "\\", "a\\..", "\0", "%2e%2e"])
paths = st.lists(parts, min_size=1, max_size=5).map("/".join)


@given(paths | st.text(max_size=30))
def test_a_path_that_a_file_system_would_read_otherwise_has_a_fault(path: str) -> None:
    lies = posixpath.normpath(f"/folder/{path}") == f"/folder/{path}"
    on_windows = ntpath.normpath(f"\\folder\\{path}") == "\\folder\\" + path.replace("/", "\\")
    if not lies or not on_windows or "\0" in path:
        assert path_fault(path) is not None


@pytest.mark.parametrize("path", ["a", "a/b", "a b/.c", "..a/b", "%2e%2e/a", "ü/\U0001f600"])
def test_an_ordinary_path_has_none(path: str) -> None:
    assert path_fault(path) is None
