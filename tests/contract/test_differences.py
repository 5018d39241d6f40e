"""The list of differences, and what one of the two does not serve at all."""

from pathlib import Path

import pytest
from support.blob_contract import Contract, outcome

from hack.azurite import differences

TESTS = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))


@pytest.mark.parametrize("name", differences.DIFFERENCES)
def test_a_listed_difference_is_one_and_is_asserted(name: str) -> None:
    listed = differences.DIFFERENCES[name]
    assert listed.mock != listed.azurite
    assert f"contract.says(differences.{name})" in TESTS


async def test_what_no_copy_needs_is_served_by_azurite_alone(contract: Contract) -> None:
    blob = contract.blob("a")
    await blob.upload_blob(b"content")
    assert await outcome(blob.create_snapshot()) == contract.says(differences.SNAPSHOT)
    assert await outcome(blob.set_blob_tags({"a": "b"})) == contract.says(differences.TAGS)
    assert await outcome(blob.acquire_lease(15)) == contract.says(differences.LEASE)
    append = contract.blob("log").create_append_blob()
    assert await outcome(append) == contract.says(differences.APPEND)
