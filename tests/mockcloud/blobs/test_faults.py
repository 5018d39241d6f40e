"""Outages, faults and damage, as the real client meets them."""

import asyncio
import os
import ssl
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from azure.core.exceptions import (
    HttpResponseError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseError,
)
from support.blob_service import CONTAINER, EAST, WEST, read, refused
from support.waiting import until

MIB = 1 << 20


@pytest.fixture
async def blob(blobs: Any) -> Any:
    blob = await blobs.blob("a")
    await blob.upload_blob(os.urandom(MIB))
    return blob


async def test_a_region_that_is_down_takes_its_accounts_along_and_no_others(blobs: Any, blob: Any) -> None:
    url = await blobs.delegated(blob)
    blobs.mock.region("eastus", available=False)
    with refused("ServerBusy", 503):
        await read(blob)
    away = await blobs.blob("b", WEST)
    await away.upload_blob(b"content")
    with refused("CannotVerifyCopySource", 503) as caught:
        await away.upload_blob_from_url(url, overwrite=True)
    assert caught.value.response.headers["x-ms-copy-source-error-code"] == "ServerBusy"
    assert len(blobs.mock.blobs(EAST)) == 1
    blobs.mock.region("eastus", available=True)
    assert len(await read(blob)) == MIB


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        pytest.param({"errorCode": "ServerBusy"}, "ServerBusy", 503, id="because a code has its status"),
        pytest.param(
            {"status": 500, "errorCode": "OperationTimedOut"},
            "OperationTimedOut",
            500,
            id="because both are said",
        ),
    ],
)
async def test_a_fault_speaks_the_service_s_dialect(
    blobs: Any, blob: Any, fault: dict[str, Any], code: str, status: int
) -> None:
    blobs.mock.fault(method="GET", pathRegex=f"/{EAST}/", **fault)
    with refused(code, status):
        await read(blob)
    assert len(await read(blob)) == MIB


async def test_a_reset_before_leaves_nothing_and_one_after_has_acted(blobs: Any) -> None:
    for when, there in (("before", False), ("after", True)):
        blob = await blobs.blob(when)
        blobs.mock.fault(method="PUT", pathRegex=f"/{when}$", reset=when, times=None)
        with pytest.raises((ServiceRequestError, ServiceResponseError, HttpResponseError)):
            await blob.upload_blob(b"content")
        blobs.mock.clear_faults()
        assert (blobs.mock.get_blob(EAST, CONTAINER, when) is not None) is there


async def test_a_reset_of_a_read_breaks_it_half_way(blobs: Any, blob: Any) -> None:
    since = blobs.mock.last_request()
    blobs.mock.fault(method="GET", pathRegex="/a$", reset="after", times=None)
    with pytest.raises((ServiceResponseError, IncompleteReadError, HttpResponseError)):
        await read(blob)
    broken = [entry for entry in blobs.mock.requests(since) if entry["method"] == "GET"]
    assert broken
    assert all(entry["status"] == 0 and 0 <= entry["bytesOut"] < MIB for entry in broken)


async def test_a_delay_holds_the_answer_back(blobs: Any, blob: Any) -> None:
    blobs.mock.fault(method="GET", pathRegex="/a$", delaySeconds=0.3)
    began = time.monotonic()
    await read(blob)
    assert time.monotonic() - began >= 0.3


async def test_a_flipped_byte_is_seen_by_a_read_and_lies_nowhere(blobs: Any, blob: Any) -> None:
    there = blobs.mock.get_blob(EAST, CONTAINER, "a")
    blobs.mock.fault(pathRegex="/a$", corrupt="flip")
    await blob.get_blob_properties()
    seen = await read(blob)
    assert sum(one != other for one, other in zip(seen, there, strict=True)) == 1
    assert await read(blob) == there
    assert blobs.mock.get_blob(EAST, CONTAINER, "a") == there


async def test_a_checked_read_finds_the_flipped_byte(blobs: Any, blob: Any) -> None:
    blobs.mock.fault(pathRegex="/a$", corrupt="flip", times=None)
    with pytest.raises(ValueError, match="CRC64"):
        await read(blob, validate_content="crc64")


async def test_a_truncated_source_is_shorter_than_it_was_listed(blobs: Any, blob: Any) -> None:
    blobs.mock.fault(method="GET", pathRegex="/a$", corrupt="truncate", times=None)
    assert len(await read(blob)) == MIB // 2
    with refused("InvalidRange", 416):
        await blob.download_blob(offset=MIB - 10, length=10)


async def test_what_changes_after_it_was_listed_has_another_etag_and_other_bytes(
    blobs: Any, blob: Any
) -> None:
    (listed,) = [found async for found in (await blobs.container()).list_blobs()]
    there = await read(blob)
    blobs.mock.fault(method="GET", pathRegex="/a$", corrupt="changeAfterList", times=None)
    stream = await blob.download_blob()
    seen = await stream.readall()
    assert stream.properties.etag.strip('"') != listed.etag
    assert (len(seen), seen != there) == (len(there), True)
    with refused("ConditionNotMet", 412):
        await read(blob, raw_request_hook=_only(f'"{listed.etag}"'))
    blobs.mock.clear_faults()
    assert await read(blob) == there


async def test_a_fault_on_the_list_itself_changes_what_was_listed_for_good(blobs: Any, blob: Any) -> None:
    there = await read(blob)
    blobs.mock.fault(pathRegex="comp=list", corrupt="changeAfterList")
    (listed,) = [found async for found in (await blobs.container()).list_blobs()]
    properties = await blob.get_blob_properties()
    assert properties.etag.strip('"') != listed.etag
    assert await read(blob) != there
    (again,) = [found async for found in (await blobs.container()).list_blobs()]
    assert again.etag == properties.etag.strip('"')


@pytest.mark.parametrize("corrupt", ["flip", "truncate", "changeAfterList"])
async def test_a_copy_that_names_its_source_s_sum_takes_no_damaged_bytes(
    blobs: Any, blob: Any, corrupt: str
) -> None:
    md5 = (await blob.get_blob_properties()).content_settings.content_md5
    url, copy = await blobs.delegated(blob), await blobs.blob("copy", WEST)
    blobs.mock.fault(method="PUT", pathRegex=f"/{WEST}/", corrupt=corrupt, times=2)
    with refused("Md5Mismatch", 400):
        await copy.stage_block_from_url("b0", url, source_content_md5=bytearray(md5))
    await copy.start_copy_from_url(url, requires_sync=True)
    damaged = blobs.mock.get_blob(WEST, CONTAINER, "copy")
    assert damaged not in {None, blobs.mock.get_blob(EAST, CONTAINER, "a")}


async def test_damage_waits_for_a_request_that_reads(blobs: Any) -> None:
    blobs.mock.fault(pathRegex=f"/{EAST}/", corrupt="flip")
    blob = await blobs.blob("a")
    await blob.upload_blob(b"content")
    await blob.exists()
    assert [found.name async for found in (await blobs.container()).list_blobs()] == ["a"]
    assert blobs.mock.faults()[0]["hits"] == 0
    assert await read(blob) != b"content"


async def test_a_body_that_ends_early_leaves_nothing(blobs: Any) -> None:
    blob = await blobs.blob("early")
    url = urlsplit(await blobs.delegated(blob, "cw"))
    head = (
        f"PUT {url.path}?{url.query} HTTP/1.1\r\nHost: {url.netloc}\r\nx-ms-blob-type: BlockBlob\r\n"
        f"x-ms-version: 2026-10-06\r\nContent-Length: {MIB}\r\n\r\n"
    )
    tls = ssl.create_default_context(cafile=str(blobs.cloud.ca_file))
    since = blobs.mock.last_request()
    _, writer = await asyncio.open_connection(url.hostname, url.port, ssl=tls)
    writer.write(head.encode() + bytes(MIB // 2))
    await writer.drain()
    writer.transport.abort()

    async def logged() -> dict[str, Any] | None:
        return next((e for e in blobs.mock.requests(since) if e["method"] == "PUT"), None)

    entry = await until(logged)
    assert (entry["status"], entry["bytesIn"] < MIB) == (400, True)
    assert blobs.mock.blobs(EAST) == []


def _only(etag: str) -> Any:
    def hook(request: Any) -> None:
        request.http_request.headers["If-Match"] = etag

    return hook
