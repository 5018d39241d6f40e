"""Put Block, Put Block List and Get Block List; what waits is nobody's blob yet."""

import os
from typing import Any

from azure.storage.blob import BlobBlock
from support.blob_contract import Contract, content, outcome

from hack.azurite import differences


def block_id(number: int) -> str:
    return f"block-{number:05}"


async def blocks(blob: Any, kind: str) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    committed, waiting = await blob.get_block_list(kind)
    return [(b.id, b.size) for b in committed or []], [(b.id, b.size) for b in waiting or []]


async def test_blocks_wait_until_a_list_names_them_and_then_are_the_blob(contract: Contract) -> None:
    blob, parts = contract.blob("a"), [os.urandom(1000 + n) for n in range(3)]
    for number, part in enumerate(parts):
        await blob.stage_block(block_id(number), part)
    staged = [(block_id(n), 1000 + n) for n in range(3)]
    assert await blocks(blob, "all") == ([], staged)
    assert await blocks(blob, "uncommitted") == ([], staged)
    await blob.commit_block_list([BlobBlock(block_id(2)), BlobBlock(block_id(0))], metadata={"a": "b"})
    assert await content(blob) == parts[2] + parts[0]
    assert await blocks(blob, "all") == ([staged[2], staged[0]], [])
    assert (await blob.get_blob_properties()).metadata == {"a": "b"}


async def test_a_blob_of_waiting_blocks_alone_is_listed_only_by_who_asks_for_such(contract: Contract) -> None:
    await contract.blob("waiting").stage_block(block_id(0), b"x")
    await contract.blob("whole").upload_blob(b"x")
    container = contract.containers()
    assert [found.name async for found in container.list_blobs()] == ["whole"]
    found = container.list_blobs(include=["uncommittedblobs"])
    assert [(one.name, one.size) async for one in found] == [("waiting", 0), ("whole", 1)]
    assert await outcome(contract.blob("waiting").get_blob_properties()) == "404 BlobNotFound"
    assert await outcome(contract.blob("waiting").download_blob()) == "404 BlobNotFound"


async def test_a_list_may_keep_blocks_that_were_committed_before(contract: Contract) -> None:
    blob = contract.blob("a")
    for number in (0, 1):
        await blob.stage_block(block_id(number), b"old%d" % number)
    await blob.commit_block_list([block_id(0), block_id(1)])
    await blob.stage_block(block_id(1), b"new1")
    assert await blocks(blob, "all") == ([(block_id(0), 4), (block_id(1), 4)], [(block_id(1), 4)])
    await blob.commit_block_list([block_id(0), block_id(1)])
    assert await content(blob) == b"old0new1"


async def test_a_list_with_a_block_that_nobody_sent_commits_nothing(contract: Contract) -> None:
    blob = contract.blob("a")
    await blob.stage_block(block_id(0), b"there")
    commit = blob.commit_block_list([block_id(0), block_id(1)])
    assert await outcome(commit) == "400 InvalidBlockList"
    assert await outcome(blob.get_blob_properties()) == "404 BlobNotFound"
    assert await blocks(blob, "all") == ([], [(block_id(0), 5)])


async def test_a_block_may_be_sent_again_and_the_last_one_counts(contract: Contract) -> None:
    blob = contract.blob("a")
    for data in (b"first", b"second"):
        await blob.stage_block(block_id(0), data)
    await blob.commit_block_list([block_id(0)])
    assert await content(blob) == b"second"


async def test_a_whole_upload_does_away_with_blocks_that_wait(contract: Contract) -> None:
    blob = contract.blob("a")
    await blob.stage_block(block_id(0), b"waiting")
    await blob.upload_blob(b"whole", overwrite=True)
    waiting = (await blocks(blob, "all"))[1]
    assert ("kept" if waiting else "discarded") == contract.says(differences.WAITING_AFTER_PUT)
    refused = await outcome(blob.commit_block_list([block_id(0)])) == "400 InvalidBlockList"
    assert refused is not bool(waiting)


async def test_a_list_of_nothing_is_an_empty_blob(contract: Contract) -> None:
    await contract.blob("a").commit_block_list([])
    assert await content(contract.blob("a")) == b""


async def test_ids_of_waiting_blocks_have_one_length(contract: Contract) -> None:
    blob = contract.blob("a")
    await blob.stage_block("short", b"x")
    assert await outcome(blob.stage_block("longer-than-that", b"x")) == "400 InvalidBlobOrBlock"


async def test_ids_are_of_64_bytes_at_most(contract: Contract) -> None:
    staged = contract.blob("a").stage_block("x" * 65, b"x")
    assert await outcome(staged) == contract.says(differences.LONG_BLOCK_ID)


async def test_what_has_no_block_at_all_has_no_list(contract: Contract) -> None:
    assert await outcome(contract.blob("none").get_block_list("all")) == "404 BlobNotFound"
