"""However a file falls into pieces and blocks, its digests are those of its bytes."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from mlregistry_operator.domain.assets.copies import HashPlan
from mlregistry_operator.reconcile.content.hashing import FileHash


def md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


@given(
    pieces=st.lists(st.binary(min_size=1, max_size=12), max_size=8),
    block=st.none() | st.integers(1, 20),
    planned=st.booleans(),
    asked=st.booleans(),
)
async def test_digests_are_those_of_the_bytes(
    *, pieces: list[bytes], block: int | None, planned: bool, asked: bool
) -> None:
    hashes, data = FileHash(HashPlan(planned, block), whole=asked), b"".join(pieces)
    for number, piece in enumerate(pieces):
        passed = await hashes.add(piece)
        so_far = b"".join(pieces[: number + 1])
        assert passed.md5 == md5(piece)
        assert passed.running == hashlib.sha256(so_far).digest()

    assert hashes.digest == f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert hashes.md5 == (md5(data) if planned or asked else None)
    found = hashes.checksums
    assert (found.whole, found.block_size) == (hashes.md5, block)
    starts = range(0, len(data), block) if block is not None else ()
    assert found.blocks == tuple(md5(data[start : start + (block or 0)]) for start in starts)


async def test_large_pieces_are_hashed_beside_the_loop_and_come_to_the_same() -> None:
    hashes, piece = FileHash(HashPlan(True, 300_000)), bytes(range(256)) * 2_000
    for _ in range(3):
        assert (await hashes.add(piece)).md5 == md5(piece)
    assert hashes.digest == f"sha256:{hashlib.sha256(piece * 3).hexdigest()}"
    assert hashes.checksums.blocks[1] == md5((piece * 3)[300_000:600_000])
