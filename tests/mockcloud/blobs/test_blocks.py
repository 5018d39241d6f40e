"""Blocks: staged, listed, committed; what waits is nobody's blob yet."""

import base64
import os
from typing import Any

from azure.storage.blob import BlobBlock
from support.blob_service import CONTAINER, EAST, read, refused


def block_id(number: int) -> str:
    return f"block-{number:05}"


async def test_uncommitted_blocks_wait_apart_until_a_list_names_them(blobs: Any) -> None:
    blob, parts = await blobs.blob("a"), [os.urandom(1000 + n) for n in range(3)]
    for number, part in enumerate(parts):
        await blob.stage_block(block_id(number), part)
    committed, waiting = await blob.get_block_list("all")
    assert committed == []
    assert [(block.id, block.size) for block in waiting] == [(block_id(n), 1000 + n) for n in range(3)]
    assert not await blob.exists()
    assert [found.name async for found in (await blobs.container()).list_blobs()] == []
    assert blobs.mock.blobs(EAST) == [
        {
            "container": CONTAINER,
            "name": "a",
            "size": 0,
            "md5": None,
            "committed": False,
            "uncommittedBlocks": 3,
        }
    ]

    await blob.commit_block_list([BlobBlock(block_id(2)), BlobBlock(block_id(0))], metadata={"a": "b"})

    assert await read(blob) == parts[2] + parts[0]
    committed, waiting = await blob.get_block_list("all")
    assert [block.id for block in committed] == [block_id(2), block_id(0)]
    assert waiting == []
    assert (await blob.get_blob_properties()).metadata == {"a": "b"}
    assert [(entry["size"], entry["uncommittedBlocks"]) for entry in blobs.mock.blobs(EAST)] == [(2002, 0)]


async def test_a_list_may_keep_blocks_that_were_committed_before(blobs: Any) -> None:
    blob = await blobs.blob("a")
    for number in (0, 1):
        await blob.stage_block(block_id(number), b"old%d" % number)
    await blob.commit_block_list([block_id(0), block_id(1)])
    await blob.stage_block(block_id(1), b"new1")
    await blob.commit_block_list([block_id(0), block_id(1)])
    assert await read(blob) == b"old0new1"


async def test_a_list_with_a_block_that_nobody_sent_commits_nothing(blobs: Any) -> None:
    blob = await blobs.blob("a")
    await blob.stage_block(block_id(0), b"there")
    with refused("InvalidBlockList", 400):
        await blob.commit_block_list([block_id(0), block_id(1)])
    assert not await blob.exists()


async def test_ids_of_one_blob_have_one_length_and_are_base64(blobs: Any) -> None:
    blob = await blobs.blob("a")
    await blob.stage_block("short", b"x")
    with refused("InvalidBlobOrBlock", 400):
        await blob.stage_block("longer-than-that", b"x")
    with refused("InvalidQueryParameterValue", 400):
        await blob.stage_block("x" * 65, b"x")


async def test_a_block_may_be_sent_again_and_the_last_one_counts(blobs: Any) -> None:
    blob = await blobs.blob("a")
    for content in (b"first", b"second"):
        await blob.stage_block(block_id(0), content)
    await blob.commit_block_list([block_id(0)])
    assert await read(blob) == b"second"


async def test_a_whole_upload_does_away_with_blocks_that_wait(blobs: Any) -> None:
    blob = await blobs.blob("a")
    await blob.stage_block(block_id(0), b"waiting")
    await blob.upload_blob(b"whole")
    assert (await blob.get_block_list("uncommitted"))[1] == []
    with refused("InvalidBlockList", 400):
        await blob.commit_block_list([block_id(0)])


async def test_a_list_of_nothing_is_an_empty_blob(blobs: Any) -> None:
    blob = await blobs.blob("a")
    await blob.commit_block_list([])
    assert await read(blob) == b""


async def test_the_answer_to_a_block_tells_its_sum(blobs: Any) -> None:
    told = await (await blobs.blob("a")).stage_block(block_id(0), b"123456789")
    # The CRC64 of these nine digits is what the polynomial is known by.
    assert bytes(told["content_crc64"]) == (0xAE8B14860A799888).to_bytes(8, "little")
    assert base64.b64encode(bytes(told["content_crc64"])) == b"iJh5CoYUi64="
