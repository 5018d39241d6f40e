"""How a file is uploaded for the first time: block by block, within a given memory, however large it is."""

from dataclasses import dataclass

from mlregistry_operator.domain.assets.blocks import MAX_BLOCK, MIB, TooLargeError, ranges, whole_blocks


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """Settings: bytes of memory for one file, bytes of a block where nothing speaks against it, and lanes."""

    memory: int = 32 * MIB
    block: int = 8 * MIB
    lanes: int = 4

    def __post_init__(self) -> None:
        """Refuse settings with which nothing could be uploaded.

        Raises:
            ValueError: one of them is less than 1.
        """
        if min(self.memory, self.block, self.lanes) < 1:
            raise ValueError(f"memory, block and lanes are at least 1: {self}")


@dataclass(frozen=True, slots=True)
class UploadPlan:
    """A file's blocks, and how many of them may be in memory at the same time: being read, hashed or sent."""

    size: int
    block_size: int
    lanes: int

    @property
    def memory(self) -> int:
        """The most bytes that it holds."""
        return self.lanes * min(self.block_size, max(self.size, 1))

    @property
    def ranges(self) -> tuple[tuple[int, int], ...]:
        """Offset and size of every block, in order; an empty file has none."""
        return ranges(self.size, self.block_size)


DEFAULT_LIMITS = UploadLimits()


def plan_upload(size: int, limits: UploadLimits = DEFAULT_LIMITS) -> UploadPlan:
    """The plan for a file of that size; fewer lanes before more memory.

    Raises:
        TooLargeError: one block of it alone would be more than the memory.
    """
    try:
        block_size = whole_blocks(size, limits.block, min(limits.memory, MAX_BLOCK))
    except TooLargeError as error:
        raise TooLargeError(
            f"{error} Raise the setting for the memory of uploads, or split the file at its source."
        ) from error
    count = -(-size // block_size)
    lanes = max(1, min(limits.lanes, limits.memory // block_size, count))
    return UploadPlan(size, block_size, lanes)
