"""How a file travels from one region to another, server side: one request where it fits, else blocks.

Sources, with their limits: Copy Blob From URL (256 MiB), Put Blob From URL (5,000 MiB), Put Block From URL
(4,000 MiB a block), https://learn.microsoft.com/rest/api/storageservices/copy-blob-from-url and its siblings.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from mlregistry_operator.domain.assets.blocks import MAX_BLOCK, MIB, whole_blocks


class Method(StrEnum):
    """One way of copying; each carries a checksum that the service holds the bytes to."""

    COPY_FROM_URL = "CopyFromUrl"
    PUT_FROM_URL = "PutFromUrl"
    BLOCKS_FROM_URL = "BlocksFromUrl"


@dataclass(frozen=True, slots=True)
class CopyLimits:
    """Settings, in bytes: up to which size each single request is used, and how large a block is."""

    copy_from_url: int = 256 * MIB
    put_from_url: int = 5000 * MIB
    block: int = 256 * MIB

    def __post_init__(self) -> None:
        """Refuse settings with which nothing could be copied.

        Raises:
            ValueError: a size is negative, or the block's is none that Azure takes.
        """
        if min(self.copy_from_url, self.put_from_url) < 0 or not 0 < self.block <= MAX_BLOCK:
            raise ValueError(f"sizes are at least 0, and a block has 1 to {MAX_BLOCK} bytes: {self}")


@dataclass(frozen=True, slots=True)
class HashPlan:
    """Which checksums a file's copies will carry, so that they are computed while it is read.

    `whole` asks for the MD5 of the file, `block_size` for the MD5 of every block of that many bytes.
    """

    whole: bool
    block_size: int | None


DEFAULT_LIMITS = CopyLimits()


def methods(size: int, limits: CopyLimits = DEFAULT_LIMITS) -> tuple[Method, ...]:
    """The ways in which a file of that size can travel, the best first."""
    fitting = ((Method.COPY_FROM_URL, limits.copy_from_url), (Method.PUT_FROM_URL, limits.put_from_url))
    return (*(method for method, most in fitting if size <= most), Method.BLOCKS_FROM_URL)


def choose_method(
    size: int, refused: AbstractSet[Method] = frozenset(), limits: CopyLimits = DEFAULT_LIMITS
) -> Method | None:
    """The best way that the backend has not refused; None where it has refused all."""
    return next((method for method in methods(size, limits) if method not in refused), None)


def copy_block_size(size: int, limits: CopyLimits = DEFAULT_LIMITS) -> int:
    """How large the blocks of a file of that size are when it is copied.

    Raises:
        TooLargeError: Azure has no blob of that size.
    """
    return whole_blocks(size, limits.block, MAX_BLOCK)


def hash_plan(size: int, limits: CopyLimits = DEFAULT_LIMITS) -> HashPlan:
    """What to compute of a file of that size: enough for each of its methods, for any may be refused.

    Raises:
        TooLargeError: Azure has no blob of that size.
    """
    block_size = copy_block_size(size, limits)
    whole = size <= block_size or methods(size, limits) != (Method.BLOCKS_FROM_URL,)
    return HashPlan(whole, block_size if size > block_size else None)
