"""Copies inside the service: four kinds, the sums that they check, and how their source is authorised."""

import base64
import hashlib
import os
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.storage.blob import BlobBlock
from support.blob_service import CONTAINER, EAST, WEST, read, refused
from support.waiting import until

from mockcloud import defaults
from mockcloud.data.blob.content import Content
from mockcloud.data.blob.digests import crc64_of

MIB = 1 << 20


def md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def adds(**headers: str) -> Any:
    """Headers that the client has no argument for; `_` stands for `-`."""

    def hook(request: Any) -> None:
        request.http_request.headers.update({k.replace("_", "-"): v for k, v in headers.items()})

    return hook


@pytest.fixture
async def source(blobs: Any) -> Any:
    """A blob of 1 MiB in the east, its bytes, and an address with a delegated signature."""
    blob, data = await blobs.blob("dir/source"), os.urandom(MIB)
    await blob.upload_blob(data, metadata={"from": "east"})
    return blob, data, await blobs.delegated(blob)


async def bearer(blobs: Any, *who: str) -> str:
    token = await (await blobs.credential(*who)).get_token("https://storage.azure.com/.default")
    return f"Bearer {token.token}"


async def test_copy_from_url_is_over_when_it_answers_and_brings_all_along(blobs: Any, source: Any) -> None:
    blob, data, url = source
    copy = await blobs.blob("copy", WEST)
    told = await copy.start_copy_from_url(url, requires_sync=True)
    assert told["copy_status"] == "success"
    properties = await copy.get_blob_properties()
    assert bytes(properties.content_settings.content_md5) == md5(data)
    assert properties.metadata == {"from": "east"}
    assert (properties.copy.status, properties.copy.source) == ("success", blob.url)
    assert "sig=" not in properties.copy.source
    assert await read(copy) == data


async def test_put_blob_from_url_makes_a_new_blob_with_its_own_metadata(blobs: Any, source: Any) -> None:
    _, data, url = source
    copy = await blobs.blob("copy", WEST)
    await copy.upload_blob_from_url(url, metadata={"sha256": "1"})
    properties = await copy.get_blob_properties()
    assert (properties.metadata, properties.copy.status) == ({"sha256": "1"}, None)
    assert await read(copy) == data
    with refused("BlobAlreadyExists", 409):
        await copy.upload_blob_from_url(url)


async def test_blocks_from_a_url_are_ranges_of_it(blobs: Any, source: Any) -> None:
    _, data, url = source
    copy = await blobs.blob("copy", WEST)
    for number, start in enumerate(range(0, MIB, 300_000)):
        await copy.stage_block_from_url(f"b{number}", url, start, min(300_000, MIB - start))
    await copy.commit_block_list([BlobBlock(f"b{number}") for number in range(4)])
    assert await read(copy) == data


async def test_a_copy_lets_its_source_be_checked_by_md5(blobs: Any, source: Any) -> None:
    _, data, url = source
    copy, right = await blobs.blob("copy", WEST), bytearray(md5(data[:1000]))
    await copy.stage_block_from_url("b0", url, 0, 1000, source_content_md5=right)
    with refused("Md5Mismatch", 400):
        await copy.stage_block_from_url("b1", url, 1, 1000, source_content_md5=right)
    with refused("Md5Mismatch", 400):
        await copy.upload_blob_from_url(url, source_content_md5=right)
    wrong = base64.b64encode(right).decode()
    with refused("Md5Mismatch", 400):
        await copy.start_copy_from_url(
            url, requires_sync=True, raw_request_hook=adds(x_ms_source_content_md5=wrong)
        )
    assert not await copy.exists()
    assert len((await copy.get_block_list("uncommitted"))[1]) == 1


async def test_a_copy_lets_its_source_be_checked_by_crc64(blobs: Any, source: Any) -> None:
    _, data, url = source
    copy = await blobs.blob("copy", WEST)
    right = base64.b64encode(await crc64_of(Content.of(data[:1000]))).decode()
    hook = adds(x_ms_source_content_crc64=right)
    await copy.stage_block_from_url("b0", url, 0, 1000, raw_request_hook=hook)
    with refused("Crc64Mismatch", 400):
        await copy.stage_block_from_url("b1", url, 1, 1000, raw_request_hook=hook)


async def test_what_is_too_large_for_a_kind_of_copy_is_refused_as_azure_words_it(blobs: Any) -> None:
    blobs.mock.put_blob(EAST, CONTAINER, "large", size=6 << 30)
    url = await blobs.delegated(await blobs.blob("large"))
    copy = await blobs.blob("copy", WEST)
    with refused("CannotVerifyCopySource", 409) as sync:
        await copy.start_copy_from_url(url, requires_sync=True)
    assert "source request body for synchronous copy is too large" in str(sync.value)
    with refused("CannotVerifyCopySource", 409) as put:
        await copy.upload_blob_from_url(url)
    assert "(5000MB)" in str(put.value)
    with refused("CannotVerifyCopySource", 409):
        await copy.stage_block_from_url("b0", url, 0, 4001 * MIB)


async def test_conditions_hold_on_both_ends(blobs: Any, source: Any) -> None:
    blob, _, url = source
    etag = (await blob.get_blob_properties()).etag
    copy = await blobs.blob("copy", WEST)
    fresh = {"match_condition": MatchConditions.IfMissing}
    same = {"source_etag": etag, "source_match_condition": MatchConditions.IfNotModified}
    await copy.start_copy_from_url(url, requires_sync=True, **same, **fresh)
    with refused("BlobAlreadyExists", 409):
        await copy.start_copy_from_url(url, requires_sync=True, **fresh)
    await blob.set_blob_metadata({"another": "etag"})
    with refused("SourceConditionNotMet", 412):
        await copy.start_copy_from_url(url, requires_sync=True, **same)
    with refused("SourceConditionNotMet", 412):
        await copy.stage_block_from_url("b0", url, raw_request_hook=adds(x_ms_source_if_match=etag))


async def test_a_source_needs_its_own_credentials(blobs: Any, source: Any) -> None:
    blob, data, _ = source
    copy = await blobs.blob("copy", WEST)
    with refused("CannotVerifyCopySource", 401) as nobody:
        await copy.upload_blob_from_url(blob.url)
    assert nobody.value.response.headers["x-ms-copy-source-error-code"] == "NoAuthenticationInformation"
    with refused("CannotVerifyCopySource", 403) as roleless:
        owner = (defaults.OWNER_CLIENT_ID, defaults.OWNER_CLIENT_SECRET)
        await copy.upload_blob_from_url(blob.url, source_authorization=await bearer(blobs, *owner))
    assert roleless.value.response.headers["x-ms-copy-source-error-code"] == "AuthorizationPermissionMismatch"
    await copy.upload_blob_from_url(blob.url, source_authorization=await bearer(blobs))
    await copy.stage_block_from_url("b0", blob.url, source_authorization=await bearer(blobs))
    assert await read(copy) == data


async def test_within_one_account_the_caller_s_own_rights_are_enough(blobs: Any, source: Any) -> None:
    blob, data, _ = source
    copy = await blobs.blob("beside")
    await copy.start_copy_from_url(blob.url, requires_sync=True)
    assert await read(copy) == data


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        pytest.param(f"{EAST}/{CONTAINER}/none", 404, "BlobNotFound", id="because there is no blob"),
        pytest.param(f"{EAST}/none/none", 404, "ContainerNotFound", id="because there is no container"),
        pytest.param("nobody/x/y", 404, "ResourceNotFound", id="because there is no account"),
    ],
)
async def test_a_source_that_is_not_there_is_named(blobs: Any, path: str, status: int, code: str) -> None:
    copy, token = await blobs.blob("copy", WEST), await bearer(blobs)
    with refused("CannotVerifyCopySource", status) as missing:
        await copy.upload_blob_from_url(f"{blobs.cloud.url}/{path}", source_authorization=token)
    headers = missing.value.response.headers
    assert headers["x-ms-copy-source-status-code"] == str(status)
    assert headers["x-ms-copy-source-error-code"] == code


async def test_a_source_outside_this_cloud_is_not_reached(blobs: Any) -> None:
    with refused("CannotVerifyCopySource", 404):
        await (await blobs.blob("copy")).upload_blob_from_url("https://example.invalid/a/b/c")


async def test_an_asynchronous_copy_goes_on_and_can_be_watched(blobs: Any, source: Any) -> None:
    _, data, url = source
    blobs.mock.settings(copySecondsPerMiB=0.4)
    copy = await blobs.blob("copy", WEST)
    told = await copy.start_copy_from_url(url)
    assert told["copy_status"] == "pending"
    pending = await copy.get_blob_properties()
    assert (pending.size, pending.copy.status) == (0, "pending")
    with refused("PendingCopyOperation", 409):
        await copy.upload_blob(b"x", overwrite=True)
    seen = []

    async def over() -> bool | None:
        properties = await copy.get_blob_properties()
        seen.append(int(properties.copy.progress.split("/")[0]))
        return True if properties.copy.status == "success" else None

    await until(over)
    assert seen == sorted(seen)
    assert any(0 < progress < MIB for progress in seen)
    assert (await copy.get_blob_properties()).etag != pending.etag
    assert await read(copy) == data


async def test_an_asynchronous_copy_can_be_aborted_while_it_runs(blobs: Any, source: Any) -> None:
    _, _, url = source
    blobs.mock.settings(copySecondsPerMiB=60)
    copy = await blobs.blob("copy", WEST)
    told = await copy.start_copy_from_url(url)
    with refused("CopyIdMismatch", 409):
        await copy.abort_copy("another")
    await copy.abort_copy(told["copy_id"])
    aborted = await copy.get_blob_properties()
    assert (aborted.size, aborted.copy.status) == (0, "aborted")
    with refused("NoPendingCopyOperation", 409):
        await copy.abort_copy(told["copy_id"])


async def test_a_token_for_the_source_is_of_no_use_to_an_asynchronous_copy(blobs: Any, source: Any) -> None:
    hook = adds(x_ms_copy_source_authorization=await bearer(blobs))
    with refused("CannotVerifyCopySource", 401):
        await (await blobs.blob("copy", WEST)).start_copy_from_url(source[0].url, raw_request_hook=hook)


async def test_a_patterned_blob_of_many_gib_is_copied_without_its_bytes(blobs: Any) -> None:
    size, block = 6 << 30, 1000 * MIB
    blobs.mock.put_blob(EAST, CONTAINER, "large", size=size)
    url = await blobs.delegated(await blobs.blob("large"))
    copy, ids = await blobs.blob("copy", WEST), []
    since = blobs.mock.last_request()
    for number, start in enumerate(range(0, size, block)):
        ids.append(f"b{number}")
        await copy.stage_block_from_url(ids[-1], url, start, min(block, size - start))
    await copy.commit_block_list(ids)
    assert (await copy.get_blob_properties()).size == size
    log = blobs.mock.requests(since)
    assert sum(entry["bytesIn"] + entry["bytesOut"] for entry in log) < 10_000
    for start in (0, block - 1000, size - 2000):
        there = await read(await blobs.blob("large"), offset=start, length=2000)
        assert await read(copy, offset=start, length=2000) == there
