"""How a file is cut into blocks, and how a staged block is known again after a crash.

A block's id says what is in it, so that whoever finds it staged need not send it again, and never takes one
block for another: not after the source has changed, not after a setting has.

Source: Put Block, https://learn.microsoft.com/rest/api/storageservices/put-block (at most 50,000 blocks of at
most 4,000 MiB; ids of at most 64 bytes, all of one length within a blob, before the base64 that the SDK adds
when it stages a block and takes away when it lists them).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

MIB: Final = 1024 * 1024
MAX_BLOCKS: Final = 50_000
MAX_BLOCK: Final = 4000 * MIB
_HEX: Final = len("sha256:")


class TooLargeError(ValueError):
    """A file has no plan within the limits; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a file: bytes `offset` to `offset + size`, staged under `id`."""

    index: int
    id: str
    offset: int
    size: int


def whole_blocks(size: int, preferred: int, largest: int) -> int:
    """The size of block for a file of that size: the preferred one, or as much more as 50,000 blocks need.

    Raises:
        TooLargeError: no block as large as `largest` will do.
    """
    needed = -(-size // MAX_BLOCKS)
    if needed > largest:
        raise TooLargeError(
            f"A file of {size} bytes needs blocks of {needed} bytes, and {largest} is the most that fits."
        )
    rounded = -(-needed // MIB) * MIB  # a round number reads better, where it fits
    return max(min(preferred, largest), needed if rounded > largest else rounded)


def ranges(size: int, block_size: int) -> tuple[tuple[int, int], ...]:
    """Offset and size of every block of a file, in order; none of an empty file."""
    return tuple((offset, min(block_size, size - offset)) for offset in range(0, size, block_size))


def copy_blocks(size: int, digest: str, block_size: int) -> tuple[Block, ...]:
    """The blocks of a file whose digest (`sha256:...`) is known. The same file is always cut alike."""
    return tuple(
        Block(index, _copy_id(digest, offset, length), offset, length)
        for index, (offset, length) in enumerate(ranges(size, block_size))
    )


def upload_block_id(index: int, running: bytes) -> str:
    """The id of a block that is uploaded while the file is read for the first time.

    `running` is the SHA-256 of the file from its beginning to the end of this block. Read again after a
    crash, the same bytes give the same ids, and other bytes give others from the first difference on.
    """
    return f"{index:05d}-{running.hex()[:42]}"


def missing_blocks(blocks: Iterable[Block], staged: Iterable[tuple[str, int]]) -> tuple[Block, ...]:
    """The blocks that are not among the uncommitted ones, given as id and size."""
    there = set(staged)
    return tuple(block for block in blocks if (block.id, block.size) not in there)


def _copy_id(digest: str, offset: int, length: int) -> str:
    return f"{digest[_HEX : _HEX + 26]}-{offset:012x}-{length:08x}"
