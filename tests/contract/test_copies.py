"""Copy Blob and Copy Blob From URL between two accounts, the source opened by a signature."""

import hashlib
import os
from typing import Any

import pytest
from azure.core import MatchConditions
from support.blob_contract import WEST, Contract, content, outcome

DATA = os.urandom(100_000)

KINDS = [
    pytest.param({"requires_sync": True}, id="Copy Blob From URL"),
    pytest.param({}, id="Copy Blob"),
]


@pytest.fixture
async def source(contract: Contract) -> Any:
    await contract.blob("dir/ä source").upload_blob(DATA, metadata={"from": "east"})
    return contract.blob("dir/ä source")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_copy_has_bytes_md5_and_metadata_of_its_source(
    contract: Contract, source: Any, kind: dict[str, Any]
) -> None:
    copy = contract.blob("copy", WEST)
    told = await copy.start_copy_from_url(contract.signed(source), **kind)
    assert told["copy_status"] == "success"
    properties = await copy.get_blob_properties()
    md5 = hashlib.md5(DATA, usedforsecurity=False).digest()
    assert bytes(properties.content_settings.content_md5) == md5
    assert properties.metadata == {"from": "east"}
    assert (properties.copy.status, properties.copy.id) == ("success", told["copy_id"])
    assert properties.copy.progress == f"{len(DATA)}/{len(DATA)}"
    assert await content(copy) == DATA


@pytest.mark.parametrize("kind", KINDS)
async def test_a_copy_may_have_metadata_of_its_own(
    contract: Contract, source: Any, kind: dict[str, Any]
) -> None:
    copy = contract.blob("copy", WEST)
    await copy.start_copy_from_url(contract.signed(source), metadata={"own": "1"}, **kind)
    assert (await copy.get_blob_properties()).metadata == {"own": "1"}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_source_is_opened_by_its_own_signature_alone(
    contract: Contract, source: Any, kind: dict[str, Any]
) -> None:
    copy = contract.blob("copy", WEST)
    for address in (contract.signed(source, "w"), contract.signed(source) + "x"):
        assert await outcome(copy.start_copy_from_url(address, **kind)) == "403 CannotVerifyCopySource"
    assert await outcome(copy.get_blob_properties()) == "404 BlobNotFound"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_delegated_signature_opens_a_source(
    contract: Contract, source: Any, kind: dict[str, Any]
) -> None:
    address = contract.signed(source, user_delegation_key=await contract.delegation())
    copy = contract.blob("copy", WEST)
    await copy.start_copy_from_url(address, **kind)
    assert await content(copy) == DATA


@pytest.mark.parametrize("kind", KINDS)
async def test_within_one_account_the_key_opens_the_source(
    contract: Contract, source: Any, kind: dict[str, Any]
) -> None:
    copy = contract.blob("copy")
    await copy.start_copy_from_url(source.url, **kind)
    assert await content(copy) == DATA


@pytest.mark.parametrize("kind", KINDS)
async def test_conditions_hold_for_the_source(contract: Contract, source: Any, kind: dict[str, Any]) -> None:
    copy, address = contract.blob("copy", WEST), contract.signed(source)
    etag = (await source.get_blob_properties()).etag
    same = {"source_etag": etag, "source_match_condition": MatchConditions.IfNotModified}
    await copy.start_copy_from_url(address, **same, **kind)
    await source.set_blob_metadata({"another": "etag"})
    assert await outcome(copy.start_copy_from_url(address, **same, **kind)) == "412 SourceConditionNotMet"


@pytest.mark.promise(11)
@pytest.mark.parametrize("kind", KINDS)
async def test_who_asks_for_a_new_copy_overwrites_none(
    contract: Contract, source: Any, kind: dict[str, Any]
) -> None:
    copy = contract.blob("copy", WEST)
    await copy.upload_blob(b"there")
    fresh = {"match_condition": MatchConditions.IfMissing}
    again = copy.start_copy_from_url(contract.signed(source), **fresh, **kind)
    assert await outcome(again) == "409 BlobAlreadyExists"
    assert await content(copy) == b"there"


async def test_a_copy_that_is_over_is_not_aborted(contract: Contract, source: Any) -> None:
    copy = contract.blob("copy", WEST)
    told = await copy.start_copy_from_url(contract.signed(source))
    assert await outcome(copy.abort_copy(told["copy_id"])) == "409 NoPendingCopyOperation"
