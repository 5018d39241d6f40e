"""Which blobs only stand for a folder: the tools of a flat namespace each leave others."""

from dataclasses import dataclass, field

import pytest

from mlregistry_operator.cloud.content import BlobFacts
from mlregistry_operator.domain.assets.markers import without_markers


@dataclass(frozen=True)
class Case:
    """Blobs by name, each with its bytes or its metadata, and those of them that are files."""

    blobs: dict[str, int | dict[str, str]]
    files: list[str]
    because: str = field(kw_only=True)


CASES = [
    Case({"out": 0, "out/part-0": 7}, ["out/part-0"], because="an empty blob at the name of a folder"),
    Case({"out/part-0": 7, "out": 0}, ["out/part-0"], because="in whatever order they are listed"),
    Case({"out": 0, "out-1": 2, "out/a": 3}, ["out-1", "out/a"], because="names that sort between the two"),
    Case({"a": 0, "a/b": 0, "a/b/c": 5}, ["a/b/c"], because="a folder in a folder"),
    Case({"a": 0, "a/": 0}, [], because="a marker below a name makes a folder of it"),
    Case({"variables/": 0, "variables/x": 1}, ["variables/x"], because="a name with a slash at its end"),
    Case({"out_$folder$": 0, "out/x": 1}, ["out/x"], because="what Hadoop leaves"),
    Case({"d": {"hdi_isfolder": "true"}, "f": 1}, ["f"], because="what the service itself writes"),
    Case({"d": {"hdi_isfolder": "True"}}, [], because="what Storage Explorer writes"),
    Case({"d": {"Hdi_IsFolder": "TRUE "}}, [], because="names and values compare without case"),
    Case({"d": {"is_directory": "true"}, "d/x": 1}, ["d/x"], because="what adlfs writes"),
    Case({"d": {"hdi_isfolder": "false"}}, ["d"], because="that says that it is none"),
    Case({"__init__.py": 0, "a.py": 5}, ["__init__.py", "a.py"], because="an empty file is a file"),
    Case({"empty": 0, "empty.txt": 1}, ["empty", "empty.txt"], because="nothing lies below it"),
    Case({"out": 9, "out/x": 1}, ["out", "out/x"], because="bytes are never dropped: it is refused later"),
    Case({"slash/": 9}, ["slash/"], because="nor those of a name with a slash"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.because)
def test_only_empty_blobs_that_stand_for_a_folder_are_left_out(case: Case) -> None:
    rows = [
        BlobFacts(
            name, told if isinstance(told, int) else 0, "e", metadata=told if isinstance(told, dict) else {}
        )
        for name, told in case.blobs.items()
    ]

    assert [row.name for row in without_markers(rows)] == case.files


def test_bytes_are_content_whatever_the_metadata_says() -> None:
    odd = BlobFacts("odd", 3, "e", metadata={"hdi_isfolder": "true"})

    assert without_markers([odd]) == [odd]
