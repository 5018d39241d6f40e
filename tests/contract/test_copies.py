"""Copy Blob and Copy Blob From URL between two accounts, the source opened by a signature."""

import base64
import hashlib
import os
from typing import Any

import pytest
from azure.core import MatchConditions
from support.blob_contract import WEST, Contract, content, outcome, sends

from hack.azurite import differences

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
    nobody = copy.start_copy_from_url(source.url, **kind)
    assert await outcome(nobody) == contract.says(differences.COPY_OF_A_STRANGER)
    assert await outcome(copy.get_blob_properties()) == "404 BlobNotFound"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_source_that_is_not_there_is_not_found(contract: Contract, kind: dict[str, Any]) -> None:
    address = contract.signed(contract.blob("none"))
    copy = contract.blob("copy", WEST).start_copy_from_url(address, **kind)
    assert await outcome(copy) == "404 CannotVerifyCopySource"


async def test_a_source_may_be_opened_by_a_token(contract: Contract, source: Any) -> None:
    token = f"Bearer {contract.place.token}"
    copy = contract.blob("copy", WEST).start_copy_from_url(
        source.url, requires_sync=True, source_authorization=token
    )
    assert await outcome(copy) == contract.says(differences.COPY_BY_TOKEN)


async def test_a_source_may_be_checked_by_its_md5(contract: Contract, source: Any) -> None:
    wrong = base64.b64encode(bytes(16)).decode()
    copy = contract.blob("copy", WEST).start_copy_from_url(
        contract.signed(source),
        requires_sync=True,
        raw_request_hook=sends(x_ms_source_content_md5=wrong),
    )
    assert await outcome(copy) == contract.says(differences.WRONG_SOURCE_MD5)


async def test_where_a_copy_came_from_is_told(contract: Contract, source: Any) -> None:
    copy = contract.blob("copy", WEST)
    await copy.start_copy_from_url(contract.signed(source))
    address = (await copy.get_blob_properties()).copy.source
    assert address.partition("?")[0] == source.url
    assert ("shown" if "sig=" in address else "left out") == contract.says(differences.SOURCE_SHOWN)


async def test_blobs_and_blocks_are_made_from_an_address(contract: Contract, source: Any) -> None:
    copy, address = contract.blob("copy", WEST), contract.signed(source)
    put, block = copy.upload_blob_from_url(address), copy.stage_block_from_url("YWE=", address)
    assert await outcome(put) == contract.says(differences.PUT_FROM_URL)
    assert await outcome(block) == contract.says(differences.BLOCK_FROM_URL)


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
    late = copy.start_copy_from_url(address, **same, **kind)
    assert await outcome(late) == contract.says(differences.SOURCE_CHANGED)


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
