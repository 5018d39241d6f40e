"""The mock's own interface to blobs, patterned blobs, and a cloud that is stopped and started again."""

import hashlib
import io
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.blob_service import CONTAINER, EAST, WEST, Blobs, read

from mockcloud.client import MockCloudError
from mockcloud.data.blob.content import Content, Stored
from mockcloud.data.blob.patterns import patterned
from mockcloud.server import MockCloudThread

MIB = 1 << 20


def test_planting_makes_the_account_and_the_container(cloud: Any) -> None:
    cloud.client.put_blob("team", "data", "dir/a b?", b"content", location="westus", hns="true")
    (account,) = cloud.client.resources("Microsoft.Storage/storageAccounts")
    assert (account["name"], account["location"]) == ("team", "westus")
    assert account["properties"]["isHnsEnabled"] is True
    assert cloud.client.blobs("team") == [
        {
            "container": "data",
            "name": "dir/a b?",
            "size": 7,
            "md5": hashlib.md5(b"content", usedforsecurity=False).hexdigest(),
            "committed": True,
            "uncommittedBlocks": 0,
        }
    ]
    assert cloud.client.get_blob("team", "data", "dir/a b?") == b"content"
    cloud.client.delete_blob("team", "data", "dir/a b?")
    assert cloud.client.get_blob("team", "data", "dir/a b?") is None


def test_what_cannot_be_planted_or_found_says_why(cloud: Any) -> None:
    client = cloud.client
    for refused, why in (
        (lambda: client.blobs("team"), "404"),
        (lambda: client.delete_blob("team", "data", "x"), "404"),
        (lambda: client.put_blob("team", "No", "x", b""), "400"),
        (lambda: client._send("PUT", "/blobs/team/data/x?size=many"), "400"),
        (lambda: client._send("PUT", "/blobs/team/data"), "400"),
    ):
        with pytest.raises(MockCloudError, match=why):
            refused()
    with pytest.raises(ValueError, match="either"):
        client.put_blob("team", "data", "x")


async def test_a_patterned_blob_reads_alike_in_parts_and_as_a_whole(blobs: Any) -> None:
    blobs.mock.put_blob(EAST, CONTAINER, "p", size=5 * MIB + 3)
    whole = await read(await blobs.blob("p"))
    assert len(whole) == 5 * MIB + 3
    assert await read(await blobs.blob("p"), offset=MIB - 5, length=MIB + 10) == whole[MIB - 5 : 2 * MIB + 5]
    assert blobs.mock.blobs(EAST)[0]["md5"] == hashlib.md5(whole, usedforsecurity=False).hexdigest()
    assert len({whole[start : start + MIB] for start in range(0, 5 * MIB, MIB)}) == 5


async def test_patterns_follow_from_their_seed(blobs: Any) -> None:
    blobs.mock.put_blob(EAST, CONTAINER, "a", size=MIB)
    blobs.mock.put_blob(WEST, CONTAINER, "a", size=MIB)
    blobs.mock.put_blob(WEST, CONTAINER, "b", size=MIB)
    blobs.mock.put_blob(EAST, CONTAINER, "b", size=MIB, seed=f"{CONTAINER}/a")
    sums = {(a, entry["name"]): entry["md5"] for a in (EAST, WEST) for entry in blobs.mock.blobs(a)}
    assert sums[EAST, "a"] == sums[WEST, "a"] == sums[EAST, "b"] != sums[WEST, "b"]


@pytest.mark.parametrize(
    ("start", "size", "held"),
    [
        pytest.param(0, 4 * MIB, 0, id="because it begins where a MiB does"),
        pytest.param(3 * MIB - 7, 4 * MIB, 0, id="because it holds the beginning of a MiB"),
        pytest.param(5, MIB // 2, MIB // 2, id="because it holds none, and is small"),
    ],
)
async def test_an_upload_of_patterned_bytes_takes_no_memory_either(
    blobs: Any, start: int, size: int, held: int
) -> None:
    blobs.mock.put_blob(EAST, CONTAINER, "p", size=6 << 30)
    data = await read(await blobs.blob("p"), offset=start, length=size)
    blob = await blobs.blob("copy", WEST)
    await blob.stage_block("YWE=", io.BytesIO(data), size)
    await blob.commit_block_list(["YWE="])
    assert await read(blob) == data
    assert in_memory(blobs) == held
    changed = data[: size // 2] + bytes([data[size // 2] ^ 1]) + data[size // 2 + 1 :]
    await blob.stage_block("YWE=", io.BytesIO(changed), size)
    await blob.commit_block_list(["YWE="])
    assert await read(blob) == changed
    assert in_memory(blobs) == size


def in_memory(blobs: Any) -> int:
    """Bytes that the cloud holds."""
    pieces = [
        piece
        for contents in blobs.cloud.world.blobs.contents.values()
        for blob in contents.blobs.values()
        for piece in blob.content.pieces
    ]
    return sum(len(piece.source.data) for piece in pieces if isinstance(piece.source, Stored))


PARTS = st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 3000)), max_size=8)


@given(PARTS, st.integers(0, 6000), st.integers(0, 6000))
def test_content_cut_and_joined_is_what_its_bytes_cut_and_joined_are(
    parts: list[tuple[int, int]], start: int, stop: int
) -> None:
    sources = [patterned("seed", 3000), Content.of(bytes(range(256)) * 12)]
    cut = [sources[n % 2].part(*part) for n, part in enumerate(parts)]
    joined, plain = Content.together(cut), b"".join(part.read() for part in cut)
    assert (joined.size, joined.read()) == (len(plain), plain)
    assert joined.part(start, stop).read() == plain[start:stop]
    if plain:
        at = start % len(plain)
        flipped = joined.flipped(at).read()
        assert [n for n, (one, other) in enumerate(zip(flipped, plain, strict=True)) if one != other] == [at]


def test_a_copy_made_block_by_block_is_one_piece_again() -> None:
    whole = patterned("seed", 10 * MIB)
    parts = [whole.part(start, start + MIB) for start in range(0, 10 * MIB, MIB)]
    assert Content.together(parts).key == whole.key


async def test_a_cloud_that_is_started_again_has_its_blobs(tmp_path: Path) -> None:
    data = os.urandom(100_000)
    with MockCloudThread(state=tmp_path) as cloud:
        blobs = Blobs(cloud)
        async with blobs.stack:
            blobs.mock.put_blob(EAST, CONTAINER, "planted", data)
            blobs.mock.put_blob(EAST, CONTAINER, "large", size=6 << 30)
            blob = await blobs.blob("dir/ä")
            await blob.upload_blob(data, metadata={"sha256": "1"})
            url = await blobs.delegated(blob)
            await (await blobs.blob("copy")).start_copy_from_url(url)
            await (await blobs.blob("waiting")).stage_block("YWE=", data[:10])
            gone = await (await blobs.service()).create_container("gone")
            await gone.upload_blob("x", b"gone")
            await gone.delete_container()
            before = (await blob.get_blob_properties()).etag
    with MockCloudThread(state=tmp_path) as cloud:
        blobs = Blobs(cloud)
        async with blobs.stack:
            blob = await blobs.blob("dir/ä")
            properties = await blob.get_blob_properties()
            assert (properties.etag, properties.metadata) == (before, {"sha256": "1"})
            assert await read(blob) == data == await read(await blobs.blob("copy"))
            assert (await (await blobs.blob("large")).get_blob_properties()).size == 6 << 30
            waiting = await blobs.blob("waiting")
            await waiting.commit_block_list(["YWE="])
            assert await read(waiting) == data[:10]
            moved = url.replace(url.split("/")[2], cloud.url.split("/")[2])
            assert await read(await blobs.at(moved)) == data
    assert len(list((tmp_path / "blobs").glob("*.json"))) == 1
