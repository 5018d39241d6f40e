"""Names that storage holds and some consumers cannot are told, a few of them, and nothing else is."""

import pytest

from mlregistry_operator.domain.assets.names import caution


@pytest.mark.parametrize(
    ("paths", "words", "because"),
    [
        (["README.md", "readme.md"], ("'README.md' and 'readme.md' differ by case",), "one file on a Mac"),
        (["é", "e\u0301"], ("differ by case or Unicode form alone",), "one name, composed or not"),
        (["É/a", "e\u0301/A"], ("differ by case",), "both at once, in a folder"),
        (["straße", "STRASSE"], ("differ by case",), "a letter that has no upper case of its own"),
        (["Model", "model/x"], ("'Model' is a file, and 'model/x' has a folder",), "a file and a folder"),
        (
            ["a/aux.json"],
            ("'a/aux.json' has a name that is a device's on Windows",),
            "a device with an ending",
        ),
        (["Con"], ("device",), "in any case"),
        (["nul /x"], ("device",), "also before a space"),
        (["lpt1.tar.gz"], ("device",), "whatever the ending"),
        (["com\u00b9"], ("device",), "with a digit that is raised"),
        (["a /b"], ("ends with a space",), "a folder too"),
        (["12:30.log"], ("a character that Windows refuses",), "a time of day"),
        (["what?.txt"], ("a character that Windows refuses",), "a question"),
    ],
)
def test_what_some_consumers_cannot_hold_is_told(
    paths: list[str], words: tuple[str, ...], because: str
) -> None:
    told = caution(paths)

    for word in words:
        assert word in told, because
    assert told.endswith("."), because


@pytest.mark.parametrize(
    "paths",
    [
        [],
        ["README.md", "a/readme.md"],
        ["console.log", "auxiliary", "com10", "lpt", "nullable"],
        ["é", "e"],
        ["model", "model.bin", "models/x", "model-1/x"],
        [".gitignore", "a b.txt", "日本/語"],
    ],
)
def test_ordinary_names_are_not_spoken_of(paths: list[str]) -> None:
    assert caution(paths) == ""


def test_of_many_names_a_few_are_told() -> None:
    told = caution([f"{index:05}:" for index in range(50_000)])

    assert told.count("refuses") == 3
    assert "; and more." in told
    assert len(told) < 600
