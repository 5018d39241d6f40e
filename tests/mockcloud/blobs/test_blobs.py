"""Put, get, head, delete, metadata and conditions, with the real client."""

import base64
import datetime as dt
import hashlib
import os
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceModifiedError
from azure.storage.blob import ContentSettings
from support.blob_service import CONTAINER, EAST, read, refused

from mockcloud.data.blob import digests

NAMES = [
    pytest.param("plain.bin", id="because most are"),
    pytest.param("a b/ü-数据/100%.txt", id="because names have spaces, percent signs and UTF-8"),
    pytest.param("x?y=#&+.txt", id="because an address has its own signs"),
    pytest.param("a//b//c", id="because a blob's name is no path"),
]


@pytest.mark.parametrize("name", NAMES)
async def test_what_is_put_under_a_name_is_got_and_listed_under_it(blobs: Any, name: str) -> None:
    blob = await blobs.blob(name)
    await blob.upload_blob(b"content")
    assert await read(blob) == b"content"
    assert [found.name async for found in (await blobs.container()).list_blobs()] == [name]
    assert [entry["name"] for entry in blobs.mock.blobs(EAST)] == [name]
    assert blobs.mock.get_blob(EAST, CONTAINER, name) == b"content"


async def test_a_small_upload_has_its_md5_and_what_was_said_of_it(blobs: Any) -> None:
    blob, data = await blobs.blob("a"), os.urandom(1000)
    settings = ContentSettings(content_type="text/x-model", cache_control="no-store")
    await blob.upload_blob(data, metadata={"sha256": "abc"}, content_settings=settings)
    properties = await blob.get_blob_properties()
    assert properties.size == 1000
    assert bytes(properties.content_settings.content_md5) == hashlib.md5(data, usedforsecurity=False).digest()
    assert properties.content_settings.content_type == "text/x-model"
    assert properties.content_settings.cache_control == "no-store"
    assert properties.metadata == {"sha256": "abc"}
    assert properties.blob_type == "BlockBlob"
    age = dt.datetime.now(dt.UTC) - properties.last_modified
    assert abs(age.total_seconds()) < 60


async def test_an_empty_blob_is_a_blob(blobs: Any) -> None:
    blob = await blobs.blob("empty")
    await blob.upload_blob(b"")
    assert await read(blob) == b""
    assert (await blob.get_blob_properties()).size == 0


async def test_a_large_upload_goes_by_blocks_and_keeps_no_md5(blobs: Any) -> None:
    service = await blobs.service()
    service._config.max_single_put_size = 1 << 20
    service._config.max_block_size = 1 << 20
    blob, data = service.get_blob_client(CONTAINER, "large"), os.urandom((5 << 20) + 7)
    await blob.upload_blob(data, max_concurrency=3)
    properties = await blob.get_blob_properties()
    assert (properties.size, properties.content_settings.content_md5) == (len(data), None)
    assert await read(blob, max_concurrency=2) == data
    assert len((await blob.get_block_list("committed"))[0]) == 6


@pytest.mark.parametrize(
    ("offset", "length"),
    [
        pytest.param(0, 1, id="because a range may be one byte"),
        pytest.param(10, 90, id="because it may lie within"),
        pytest.param(900, 5000, id="because it may reach over the end"),
    ],
)
async def test_a_range_is_what_lies_there(blobs: Any, offset: int, length: int) -> None:
    blob, data = await blobs.blob("a"), os.urandom(1000)
    await blob.upload_blob(data)
    assert await read(blob, offset=offset, length=length) == data[offset : offset + length]


async def test_a_range_after_the_end_is_refused(blobs: Any) -> None:
    blob = await blobs.blob("a")
    await blob.upload_blob(b"12345")
    with refused("InvalidRange", 416):
        await blob.download_blob(offset=5, length=10)


async def test_what_is_not_there_is_named(blobs: Any) -> None:
    with refused("BlobNotFound", 404):
        await (await blobs.blob("none")).get_blob_properties()
    with refused("BlobNotFound", 404):
        await (await blobs.blob("none")).delete_blob()
    with refused("ContainerNotFound", 404):
        await (await blobs.service()).get_blob_client("nowhere", "x").upload_blob(b"")
    with refused("ResourceNotFound", 404):
        await (await blobs.service("nobody")).get_blob_client(CONTAINER, "x").upload_blob(b"")


@pytest.mark.promise(11)
async def test_what_is_there_is_never_overwritten_by_one_who_asks_for_a_new_blob(blobs: Any) -> None:
    blob = await blobs.blob("a")
    await blob.upload_blob(b"first")
    with refused("BlobAlreadyExists", 409):
        await blob.upload_blob(b"second")
    await blob.stage_block("YWE=", b"third")
    with refused("BlobAlreadyExists", 409):
        await blob.commit_block_list(["YWE="], match_condition=MatchConditions.IfMissing)
    assert await read(blob) == b"first"


async def test_conditions_hold_reads_and_writes_to_one_etag(blobs: Any) -> None:
    blob = await blobs.blob("a")
    first = (await blob.upload_blob(b"first"))["etag"]
    same = {"etag": first, "match_condition": MatchConditions.IfNotModified}
    second = (await blob.upload_blob(b"second", overwrite=True, **same))["etag"]
    assert second != first
    with refused("ConditionNotMet", 412):
        await blob.upload_blob(b"third", overwrite=True, **same)
    with pytest.raises(ResourceModifiedError):
        await read(blob, **same)
    with pytest.raises(ResourceModifiedError):
        await blob.delete_blob(**same)
    with pytest.raises(HttpResponseError) as unchanged:
        await blob.get_blob_properties(etag=second, match_condition=MatchConditions.IfModified)
    assert unchanged.value.status_code == 304
    later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    with pytest.raises(HttpResponseError) as unchanged:
        await blob.get_blob_properties(if_modified_since=later)
    assert unchanged.value.status_code == 304
    with refused("ConditionNotMet", 412):
        await blob.upload_blob(b"x", overwrite=True, if_unmodified_since=later - dt.timedelta(days=1))
    assert await read(blob) == b"second"


async def test_a_body_that_does_not_fit_its_sum_is_refused(blobs: Any) -> None:
    blob = await blobs.blob("a")
    wrong = base64.b64encode(hashlib.md5(b"other", usedforsecurity=False).digest()).decode()
    with refused("Md5Mismatch", 400):
        await blob.stage_block("YWE=", b"content", raw_request_hook=_sends("Content-MD5", wrong))
    with refused("InvalidMd5", 400):
        await blob.stage_block("YWE=", b"content", raw_request_hook=_sends("Content-MD5", "!"))
    with refused("Crc64Mismatch", 400):
        hook = _sends("x-ms-content-crc64", base64.b64encode(bytes(8)).decode())
        await blob.stage_block("YWE=", b"content", raw_request_hook=hook)
    assert blobs.mock.blobs(EAST) == []


@pytest.mark.parametrize(
    "how",
    [
        pytest.param("md5", id="because MD5 is what every client has"),
        pytest.param("crc64", id="because CRC64 is what the service prefers"),
        pytest.param("crc64-sm", id="because streams go as structured messages"),
    ],
)
async def test_the_client_may_have_every_byte_checked_on_both_ways(blobs: Any, how: str) -> None:
    service = await blobs.service()
    service._config.max_block_size = service._config.max_single_put_size = 1 << 20
    service._config.max_single_get_size = service._config.max_chunk_get_size = 4 << 20
    blob, data = service.get_blob_client(CONTAINER, "checked"), os.urandom((5 << 20) + 3)
    await blob.upload_blob(data, validate_content=how)
    await blob.upload_blob(data[:1000], overwrite=True, validate_content=how)
    assert await read(blob, validate_content=how) == data[:1000]
    await blob.upload_blob(data, overwrite=True, validate_content=how)
    assert await read(blob, validate_content=how) == data


async def test_without_the_extension_only_crc64_is_refused(blobs: Any, monkeypatch: Any) -> None:
    blob, data = await blobs.blob("a"), os.urandom(1000)
    crc64 = base64.b64encode(bytes(8)).decode()
    monkeypatch.setattr(digests, "crc64", None)  # as on a platform that it has no wheel for
    with refused("NotImplemented", 501):
        await blob.stage_block("YWE=", data, raw_request_hook=_sends("x-ms-content-crc64", crc64))
    told = await blob.upload_blob(data, validate_content="md5")
    assert (told["content_crc64"], await read(blob)) == (None, data)


async def test_metadata_and_properties_change_the_etag_and_not_the_bytes(blobs: Any) -> None:
    blob = await blobs.blob("a")
    before = (await blob.upload_blob(b"content"))["etag"]
    await blob.set_blob_metadata({"Digest": "sha256:1"})
    await blob.set_http_headers(ContentSettings(content_type="text/plain"))
    await blob.set_standard_blob_tier("Cool")
    properties = await blob.get_blob_properties()
    assert properties.etag != before
    assert properties.metadata == {"Digest": "sha256:1"}
    assert properties.content_settings.content_type == "text/plain"
    assert properties.blob_tier == "Cool"
    assert await read(blob) == b"content"


async def test_a_deleted_blob_is_gone(blobs: Any) -> None:
    blob = await blobs.blob("a")
    await blob.upload_blob(b"content")
    await blob.delete_blob()
    assert not await blob.exists()
    assert blobs.mock.get_blob(EAST, CONTAINER, "a") is None


async def test_what_the_mock_does_not_serve_says_so(blobs: Any) -> None:
    with refused("NotImplemented", 501):
        await (await blobs.blob("a")).create_page_blob(512)
    await (await blobs.blob("a")).upload_blob(b"")
    with refused("NotImplemented", 501):
        await (await blobs.blob("a")).create_snapshot()


async def test_the_audit_log_counts_the_bytes_of_bodies_only(blobs: Any) -> None:
    blob, since = await blobs.blob("a"), blobs.mock.last_request()
    await blob.upload_blob(bytes(500_000))
    await blob.get_blob_properties()
    await read(blob)
    log = [entry for entry in blobs.mock.requests(since) if entry["path"].startswith(f"/{EAST}/")]
    assert [(e["method"], e["status"], e["bytesIn"], e["bytesOut"]) for e in log] == [
        ("PUT", 201, 500_000, 0),
        ("HEAD", 200, 0, 0),
        ("GET", 206, 0, 500_000),
    ]
    assert {entry["principalId"] for entry in log} == {blobs.operator_id}


def _sends(name: str, value: str) -> Any:
    def hook(request: Any) -> None:
        request.http_request.headers[name] = value

    return hook
