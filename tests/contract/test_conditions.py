"""Conditional headers: who asks for a new blob overwrites none, and an etag holds reads and writes."""

import datetime as dt
from typing import Any

import pytest
from azure.core import MatchConditions
from support.blob_contract import HOUR, Contract, content, now, outcome

from hack.azurite import differences


@pytest.mark.promise(11)
async def test_who_asks_for_a_new_blob_overwrites_none(contract: Contract) -> None:
    blob = contract.blob("a")
    await blob.upload_blob(b"first")
    assert await outcome(blob.upload_blob(b"second")) == "409 BlobAlreadyExists"
    await blob.stage_block("YWE=", b"third")
    commit = blob.commit_block_list(["YWE="], match_condition=MatchConditions.IfMissing)
    assert await outcome(commit) == "409 BlobAlreadyExists"
    assert await content(blob) == b"first"


async def etags(blob: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Conditions that hold no more, and that hold: If-Match with the etag before and the present one."""
    first = (await blob.upload_blob(b"first"))["etag"]
    second = (await blob.upload_blob(b"second", overwrite=True))["etag"]
    assert first != second
    same = {"match_condition": MatchConditions.IfNotModified}
    return {"etag": first, **same}, {"etag": second, **same}


async def test_a_write_goes_on_only_with_the_present_etag(contract: Contract) -> None:
    blob = contract.blob("a")
    stale, fresh = await etags(blob)
    for write in (
        blob.upload_blob(b"third", overwrite=True, **stale),
        blob.set_blob_metadata({"a": "b"}, **stale),
        blob.commit_block_list([], **stale),
        blob.delete_blob(**stale),
    ):
        assert await outcome(write) == "412 ConditionNotMet"
    assert await content(blob) == b"second"
    assert await outcome(blob.delete_blob(**fresh)) == "done"


async def test_a_read_goes_on_only_with_the_present_etag(contract: Contract) -> None:
    blob = contract.blob("a")
    stale, fresh = await etags(blob)
    assert await outcome(blob.download_blob(**stale)) == "412 ConditionNotMet"
    assert await outcome(blob.get_blob_properties(**stale)) == "412 ConditionNotMet"
    assert await content(blob, **fresh) == b"second"


async def test_who_has_the_present_version_is_told_so(contract: Contract) -> None:
    blob = contract.blob("a")
    stale, fresh = await etags(blob)
    other = {"match_condition": MatchConditions.IfModified}
    assert (await outcome(blob.download_blob(**fresh | other))).startswith("304")
    assert (await outcome(blob.get_blob_properties(**fresh | other))).startswith("304")
    assert await content(blob, **stale | other) == b"second"


async def test_times_hold_reads_and_writes_too(contract: Contract) -> None:
    blob, day = contract.blob("a"), dt.timedelta(days=1)
    await blob.upload_blob(b"first")
    assert (await outcome(blob.get_blob_properties(if_modified_since=now() + HOUR))).startswith("304")
    assert await outcome(blob.get_blob_properties(if_modified_since=now() - day)) == "done"
    late = blob.upload_blob(b"x", overwrite=True, if_unmodified_since=now() - day)
    assert await outcome(late) == "412 ConditionNotMet"


async def test_an_etag_of_nothing_is_met_by_nothing(contract: Contract) -> None:
    any_ = {"etag": '"0x0"', "match_condition": MatchConditions.IfNotModified}
    blob, told = contract.blob("none"), contract.says(differences.MATCH_OF_NOTHING)
    assert await outcome(blob.download_blob(**any_)) == told
    assert await outcome(blob.get_blob_properties(**any_)) == told
    assert await outcome(blob.delete_blob(**any_)) == told
    put = blob.upload_blob(b"x", overwrite=True, **any_)
    assert await outcome(put) == "412 ConditionNotMet"


async def test_waiting_blocks_are_no_blob_to_one_who_asks_for_a_new_one(contract: Contract) -> None:
    for name in ("put", "committed"):
        await contract.blob(name).stage_block("YWE=", b"waiting")
    put = contract.blob("put").upload_blob(b"new")
    assert await outcome(put) == contract.says(differences.NEW_OVER_WAITING)
    commit = contract.blob("committed").commit_block_list(["YWE="], match_condition=MatchConditions.IfMissing)
    assert await outcome(commit) == "done"
