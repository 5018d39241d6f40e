"""How files travel: which way by which size, in which blocks, with which checksums, in how much memory."""

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.domain.assets.blocks import (
    MAX_BLOCK,
    MAX_BLOCKS,
    MIB,
    Block,
    TooLargeError,
    _copy_id,
    copy_blocks,
    missing_blocks,
    upload_block_id,
)
from mlregistry_operator.domain.assets.checksums import (
    ChecksumsError,
    FileChecksums,
    decode_checksums,
    encode_checksums,
)
from mlregistry_operator.domain.assets.copies import (
    CopyLimits,
    Method,
    choose_method,
    copy_block_size,
    hash_plan,
    methods,
)
from mlregistry_operator.domain.assets.manifests import Manifest, file_entry, manifest_of
from mlregistry_operator.domain.assets.uploads import UploadLimits, plan_upload

GIB = 1024 * MIB
TIB = 1024 * GIB
LARGEST = MAX_BLOCKS * MAX_BLOCK  # a little more than 190 TiB
DIGEST = f"sha256:{hashlib.sha256(b'content').hexdigest()}"
COPY, PUT, BLOCKS = Method.COPY_FROM_URL, Method.PUT_FROM_URL, Method.BLOCKS_FROM_URL
SIZES = st.integers(0, 4 * GIB) | st.integers(0, LARGEST)


@pytest.mark.parametrize(
    ("size", "ways", "because"),
    [
        (0, (COPY, PUT, BLOCKS), "nothing is copied like anything small"),
        (256 * MIB, (COPY, PUT, BLOCKS), "the most that Copy Blob From URL takes"),
        (256 * MIB + 1, (PUT, BLOCKS), "one byte more"),
        (5000 * MIB, (PUT, BLOCKS), "the most that Put Blob From URL takes"),
        (5000 * MIB + 1, (BLOCKS,), "one byte more"),
        (6 * GIB, (BLOCKS,), "a large model"),
    ],
)
def test_the_size_says_how_a_file_travels(size: int, ways: tuple[Method, ...], because: str) -> None:
    assert methods(size) == ways, because


@pytest.mark.parametrize(
    ("size", "refused", "method", "because"),
    [
        (1, set(), COPY, "the simplest"),
        (1, {COPY}, PUT, "the next one"),
        (1, {COPY, PUT}, BLOCKS, "the last one"),
        (1, {COPY, PUT, BLOCKS}, None, "there is no other"),
        (6 * GIB, {COPY, PUT}, BLOCKS, "what was not fit anyway is not missed"),
    ],
)
def test_a_way_that_a_backend_refuses_gives_room_to_the_next(
    size: int, refused: set[Method], method: Method | None, because: str
) -> None:
    assert choose_method(size, refused) is method, because


@given(SIZES, st.integers(1, MAX_BLOCK))
def test_blocks_cover_a_file_without_gap_and_within_azures_limits(size: int, preferred: int) -> None:
    limits = CopyLimits(block=preferred)
    block_size = copy_block_size(size, limits)

    assert preferred <= block_size <= MAX_BLOCK
    assert -(-size // block_size) <= MAX_BLOCKS


@given(st.integers(0, 3000), st.integers(1, 700))
def test_blocks_are_cut_end_to_end(size: int, block_size: int) -> None:
    blocks = copy_blocks(size, DIGEST, block_size)

    assert [block.index for block in blocks] == list(range(len(blocks)))
    assert sum(block.size for block in blocks) == size
    assert all(one.offset + one.size == after.offset for one, after in pairwise(blocks))
    assert all(0 < block.size <= block_size for block in blocks)


def test_a_file_larger_than_any_blob_is_refused() -> None:
    assert copy_block_size(LARGEST) == MAX_BLOCK
    with pytest.raises(TooLargeError, match=str(MAX_BLOCK)):
        copy_block_size(LARGEST + 1)


@given(
    st.integers(1, LARGEST),
    st.integers(1, MAX_BLOCK),
    st.binary(min_size=32, max_size=32),
    st.integers(0, MAX_BLOCKS - 1),
)
def test_ids_are_of_one_length_that_azure_takes(size: int, block: int, running: bytes, index: int) -> None:
    block_size = max(block, copy_block_size(size))
    last = copy_blocks(min(size, 3 * block_size), DIGEST, block_size)[-1]

    assert len(last.id) == len(upload_block_id(index, running)) == 48
    assert last.id.isascii()


def test_the_last_block_of_the_largest_blob_has_an_id_like_the_others() -> None:
    assert len(_copy_id(DIGEST, LARGEST - MAX_BLOCK, MAX_BLOCK)) == 48


@given(st.integers(1, 500), st.integers(1, 60), st.data())
@pytest.mark.promise(4)
def test_a_resumed_copy_stages_exactly_what_is_not_there(
    size: int, block_size: int, data: st.DataObject
) -> None:
    blocks = copy_blocks(size, DIGEST, block_size)
    there = data.draw(st.sets(st.sampled_from(blocks)))

    missing = missing_blocks(copy_blocks(size, DIGEST, block_size), [(one.id, one.size) for one in there])

    assert set(missing) | there == set(blocks)
    assert not set(missing) & there
    assert [block.index for block in missing] == sorted(block.index for block in missing)


def test_ids_of_blocks_of_different_sizes_have_nothing_in_common() -> None:
    ids = [block.id for size in (30, 40) for block in copy_blocks(100, DIGEST, size)]

    assert len(set(ids)) == len(ids) == 7


OTHER_DIGEST = f"sha256:{hashlib.sha256(b'other').hexdigest()}"


@pytest.mark.parametrize(
    ("staged", "because"),
    [
        (copy_blocks(100, OTHER_DIGEST, 30), "another file's blocks"),
        (copy_blocks(100, DIGEST, 40), "blocks of another size, from an earlier setting"),
        (tuple(Block(b.index, b.id, b.offset, 7) for b in copy_blocks(100, DIGEST, 30)), "half a block"),
        ((Block(0, "somebody-elses", 0, 30),), "a stranger's block"),
    ],
)
def test_a_staged_block_with_other_bytes_is_never_taken_for_ours(
    staged: tuple[Block, ...], because: str
) -> None:
    blocks = copy_blocks(100, DIGEST, 30)
    offered = [(one.id, one.size) for one in staged]

    assert missing_blocks(blocks, offered) == blocks, because


@given(st.binary(min_size=1, max_size=60), st.integers(1, 9), st.data())
@pytest.mark.promise(4)
def test_what_is_read_again_has_the_same_ids_up_to_the_first_byte_that_differs(
    content: bytes, block_size: int, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(content) - 1))
    changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]

    def ids(text: bytes) -> list[str]:
        ends = range(block_size, len(text) + block_size, block_size)
        return [upload_block_id(index, hashlib.sha256(text[:end]).digest()) for index, end in enumerate(ends)]

    before, after = ids(content), ids(changed)
    same = at // block_size
    assert before == ids(content)
    assert before[:same] == after[:same]
    assert not set(before[same:]) & set(after[same:])


@pytest.mark.parametrize(
    ("size", "whole", "block_size", "because"),
    [
        (0, True, None, "one request, and the block of a fallback is the file"),
        (256 * MIB, True, None, "the same at the largest"),
        (256 * MIB + 1, True, 256 * MIB, "one request, or blocks where that is refused"),
        (5000 * MIB + 1, False, 256 * MIB, "only blocks: nobody asks for the whole"),
        (100 * TIB, False, 2098 * MIB, "larger blocks, for there are 50,000 at most"),
    ],
)
def test_every_way_that_a_file_can_travel_has_its_checksum(
    size: int, *, whole: bool, block_size: int | None, because: str
) -> None:
    plan = hash_plan(size)

    assert (plan.whole, plan.block_size) == (whole, block_size), because


@given(SIZES, st.integers(0, 8 * GIB), st.integers(0, 8 * GIB), st.integers(1, MAX_BLOCK))
def test_no_setting_leaves_a_way_without_checksum(size: int, copy: int, put: int, block: int) -> None:
    limits = CopyLimits(copy, put, block)
    plan = hash_plan(size, limits)

    for method in methods(size, limits):
        as_blocks = method is BLOCKS and size > copy_block_size(size, limits)
        assert plan.block_size is not None if as_blocks else plan.whole


@pytest.mark.parametrize(
    ("size", "limits", "block", "lanes", "because"),
    [
        (0, UploadLimits(), 8 * MIB, 1, "an empty file has no block and still a plan"),
        (1, UploadLimits(), 8 * MIB, 1, "one block needs one lane"),
        (6 * GIB, UploadLimits(), 8 * MIB, 4, "the preferred block in every lane"),
        (6 * GIB, UploadLimits(memory=20 * MIB), 8 * MIB, 2, "as many lanes as the memory holds"),
        (6 * GIB, UploadLimits(memory=3 * MIB), 3 * MIB, 1, "a smaller block before more memory"),
        (700 * GIB, UploadLimits(), 15 * MIB, 2, "larger blocks, for there are 50,000 at most"),
        (50_000 * 32 * MIB, UploadLimits(), 32 * MIB, 1, "the largest file that 32 MiB can carry"),
    ],
)
def test_an_upload_keeps_to_its_memory_before_its_lanes(
    size: int, limits: UploadLimits, block: int, lanes: int, because: str
) -> None:
    plan = plan_upload(size, limits)

    assert (plan.block_size, plan.lanes) == (block, lanes), because


@given(
    st.integers(0, 10 * TIB),
    st.builds(UploadLimits, st.integers(1, GIB), st.integers(1, GIB), st.integers(1, 64)),
)
def test_no_upload_takes_more_memory_or_blocks_than_there_are(size: int, limits: UploadLimits) -> None:
    try:
        plan = plan_upload(size, limits)
    except TooLargeError:
        assert size > MAX_BLOCKS * limits.memory
        return
    assert plan.memory <= limits.memory
    assert 1 <= plan.lanes <= limits.lanes
    assert -(-size // plan.block_size) <= MAX_BLOCKS


def test_a_file_too_large_for_the_memory_is_refused_with_the_setting_to_raise() -> None:
    with pytest.raises(TooLargeError, match="Raise the setting for the memory of uploads"):
        plan_upload(50_000 * 32 * MIB + 1)


def test_the_ranges_of_an_upload_are_its_blocks() -> None:
    assert plan_upload(20 * MIB).ranges == ((0, 8 * MIB), (8 * MIB, 8 * MIB), (16 * MIB, 4 * MIB))
    assert plan_upload(0).ranges == ()


@pytest.mark.parametrize(
    ("settings", "because"),
    [
        ({"copy_from_url": -1}, "less than nothing"),
        ({"block": 0}, "a block without bytes never ends"),
        ({"block": MAX_BLOCK + 1}, "Azure takes no such block"),
    ],
)
def test_settings_with_which_nothing_could_be_copied_are_refused(
    settings: dict[str, int], because: str
) -> None:
    with pytest.raises(ValueError, match="bytes"):
        CopyLimits(**settings)


def test_settings_with_which_nothing_could_be_uploaded_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        UploadLimits(memory=0)


def manifest(**sizes: int) -> Manifest:
    return manifest_of(
        AssetType.DATA,
        (file_entry(AssetType.DATA, path, size, DIGEST) for path, size in sizes.items()),
    )


MD5S = [hashlib.md5(str(index).encode(), usedforsecurity=False).digest() for index in range(9)]
KNOWN = {
    "small": FileChecksums(MD5S[0]),
    "middle": FileChecksums(MD5S[1], 4, (MD5S[2], MD5S[3])),
    "large": FileChecksums(None, 4, (MD5S[4], MD5S[5], MD5S[6])),
}
SMALL_MIDDLE_LARGE = manifest(small=3, middle=8, large=9)


def test_checksums_read_back_for_every_file_of_the_version() -> None:
    raw = encode_checksums(KNOWN)

    assert decode_checksums(raw, SMALL_MIDDLE_LARGE) == KNOWN
    assert raw == encode_checksums(dict(reversed(KNOWN.items()))), "their order says nothing"


@pytest.mark.parametrize(
    ("raw", "because"),
    [
        (b"", "nothing"),
        (b"\xff\xfe", "no text"),
        (b"[]", "no object"),
        (b"[" * 100_000, "nested without end"),
        (b'{"files":{}}', "a file is not there"),
        (b'{"files":{"a":{}}}', "a file without any checksum"),
        (b'{"files":{"a":[]}}', "no object"),
        (b'{"files":{"a":{"md5":"x"}}}', "no base64"),
        (b'{"files":{"a":{"md5":"AAAA"}}}', "three bytes"),
        (b'{"files":{"a":{"md5":7}}}', "no text"),
        (b'{"files":{"a":{"blockSize":4}}}', "blocks without checksums"),
        (b'{"files":{"a":{"blockSize":0,"blocks":""}}}', "blocks of nothing"),
        (b'{"files":{"a":{"blockSize":true,"blocks":""}}}', "a truth is no size"),
        (
            b'{"files":{"a":{"blockSize":1,"blocks":""}}}',
            "fewer checksums than blocks, however many those are",
        ),
    ],
)
def test_checksums_that_do_not_fit_are_refused(raw: bytes, because: str) -> None:
    with pytest.raises(ChecksumsError):
        decode_checksums(raw, manifest(a=2**50))
