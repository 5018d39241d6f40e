"""Put, get, head and delete: names, ranges, properties, metadata and sums."""

import base64
import hashlib
import os

import pytest
from azure.storage.blob import ContentSettings
from support.blob_contract import Contract, content, outcome, sends

from hack.azurite import differences

DATA = bytes(range(256)) * 4
MD5 = hashlib.md5(DATA, usedforsecurity=False).digest()

NAMES = [
    pytest.param("plain.bin", id="because most are"),
    pytest.param("a b/ü-数据/100%.txt", id="because names have spaces, percent signs and UTF-8"),
    pytest.param("x?y=#&+.txt", id="because an address has its own signs"),
    pytest.param("a//b//c", id="because a blob's name is no path"),
]


@pytest.mark.parametrize("name", NAMES)
async def test_what_is_put_under_a_name_is_got_and_listed_under_it(contract: Contract, name: str) -> None:
    await contract.blob(name).upload_blob(DATA)
    assert await content(contract.blob(name)) == DATA
    assert [found.name async for found in contract.containers().list_blobs()] == [name]


async def test_a_blob_tells_what_was_said_of_it_and_its_md5(contract: Contract) -> None:
    blob = contract.blob("a")
    said = ContentSettings(content_type="text/x-model", cache_control="no-store", content_language="de")
    await blob.upload_blob(DATA, metadata={"sha256": "abc", "Files": "3"}, content_settings=said)
    told = await blob.get_blob_properties()
    assert (told.size, told.blob_type, told.blob_tier) == (1024, "BlockBlob", "Hot")
    assert told.metadata == {"sha256": "abc", "Files": "3"}
    settings = told.content_settings
    assert (settings.content_type, settings.cache_control, settings.content_language) == (
        "text/x-model",
        "no-store",
        "de",
    )
    assert bytes(settings.content_md5) == MD5


async def test_what_nothing_was_said_of_is_a_stream_of_octets(contract: Contract) -> None:
    await contract.blob("a").upload_blob(DATA)
    told = await contract.blob("a").get_blob_properties()
    assert told.content_settings.content_type == "application/octet-stream"
    assert told.metadata == {}


async def test_an_empty_blob_is_a_blob(contract: Contract) -> None:
    await contract.blob("empty").upload_blob(b"")
    assert await content(contract.blob("empty")) == b""


async def test_metadata_is_replaced_as_a_whole_and_the_etag_changes(contract: Contract) -> None:
    blob = contract.blob("a")
    first = (await blob.upload_blob(DATA, metadata={"a": "1", "b": "2"}))["etag"]
    second = (await blob.set_blob_metadata({"c": "3"}))["etag"]
    told = await blob.get_blob_properties()
    assert (told.metadata, told.etag) == ({"c": "3"}, second)
    assert first != second
    assert bytes(told.content_settings.content_md5) == MD5


async def test_properties_that_are_set_replace_the_others(contract: Contract) -> None:
    blob = contract.blob("a")
    await blob.upload_blob(DATA, content_settings=ContentSettings(cache_control="no-store"))
    await blob.set_http_headers(ContentSettings(content_type="text/plain"))
    told = (await blob.get_blob_properties()).content_settings
    assert (told.content_type, told.cache_control) == ("text/plain", None)


RANGES = [
    pytest.param(0, 1, id="because a range may be one byte"),
    pytest.param(10, 90, id="because it may lie within"),
    pytest.param(900, 5000, id="because it may reach over the end"),
]


@pytest.mark.parametrize(("offset", "length"), RANGES)
async def test_a_range_is_what_lies_there(contract: Contract, offset: int, length: int) -> None:
    await contract.blob("a").upload_blob(DATA)
    assert await content(contract.blob("a"), offset=offset, length=length) == DATA[offset : offset + length]


async def test_a_range_tells_the_size_of_the_whole(contract: Contract) -> None:
    await contract.blob("a").upload_blob(DATA)
    part = await contract.blob("a").download_blob(offset=10, length=5)
    assert part.properties.content_range == "bytes 10-14/1024"


async def test_a_range_after_the_end_is_refused(contract: Contract) -> None:
    await contract.blob("a").upload_blob(DATA)
    late = contract.blob("a").download_blob(offset=1024, length=1)
    assert await outcome(late) == contract.says(differences.RANGE_AFTER_THE_END)


async def test_a_range_brings_its_own_md5_on_demand(contract: Contract) -> None:
    await contract.blob("a").upload_blob(DATA)
    assert await content(contract.blob("a"), offset=100, length=50, validate_content=True) == DATA[100:150]


async def test_what_is_not_there_is_not_found(contract: Contract) -> None:
    blob = contract.blob("none")
    assert await outcome(blob.get_blob_properties()) == "404 BlobNotFound"
    assert await outcome(blob.download_blob()) == "404 BlobNotFound"
    assert await outcome(blob.delete_blob()) == "404 BlobNotFound"
    assert await outcome(blob.set_blob_metadata({"a": "b"})) == "404 BlobNotFound"


async def test_what_is_deleted_is_gone(contract: Contract) -> None:
    await contract.blob("a").upload_blob(DATA)
    await contract.blob("a").delete_blob()
    assert await outcome(contract.blob("a").delete_blob()) == "404 BlobNotFound"


async def test_a_body_that_does_not_fit_its_md5_is_refused_and_nothing_is_stored(contract: Contract) -> None:
    blob = contract.blob("a")
    wrong = base64.b64encode(hashlib.md5(b"other", usedforsecurity=False).digest()).decode()
    put = blob.upload_blob(DATA, raw_request_hook=sends(Content_MD5=wrong))
    assert await outcome(put) == "400 Md5Mismatch"
    block = blob.stage_block("YWE=", DATA, raw_request_hook=sends(Content_MD5=wrong))
    assert await outcome(block) == "400 Md5Mismatch"
    assert await outcome(blob.get_blob_properties()) == "404 BlobNotFound"


async def test_a_body_that_fits_its_md5_is_taken(contract: Contract) -> None:
    blob = contract.blob("a")
    await blob.upload_blob(DATA, validate_content=True)
    await blob.stage_block("YWE=", DATA, validate_content=True)
    assert await content(blob) == DATA


async def test_a_large_upload_goes_by_blocks_and_keeps_no_md5(contract: Contract) -> None:
    service = contract.service()
    service._config.max_single_put_size = service._config.max_block_size = 1 << 20
    blob, data = service.get_blob_client(contract.container, "large"), os.urandom((3 << 20) + 7)
    await blob.upload_blob(data, max_concurrency=3)
    told = await blob.get_blob_properties()
    assert (told.size, told.content_settings.content_md5) == (len(data), None)
    assert await content(blob) == data
