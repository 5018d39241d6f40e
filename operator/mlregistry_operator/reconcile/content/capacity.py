"""What the whole process may use at once to move content. One for the process, in its one event loop."""

from dataclasses import dataclass, field
from typing import Final

from mlregistry_operator.domain.assets.blocks import MIB
from mlregistry_operator.domain.assets.copies import CopyLimits, Method
from mlregistry_operator.domain.assets.uploads import UploadLimits
from mlregistry_operator.reconcile.content.budget import MemoryBudget
from mlregistry_operator.reconcile.content.insistence import Insistence
from mlregistry_operator.reconcile.content.lanes import LaneLimits, Lanes
from mlregistry_operator.reconcile.content.speeds import LeastSpeed

DEFAULT_MEMORY: Final = 64 * MIB
_BLOCK: Final = 4 * MIB


@dataclass(frozen=True, slots=True)
class Capacity:
    """`budget` bounds the bytes of content in memory, `lanes` the server-side copies.

    `files` is how many files of one version are worked on at once, `pieces` how many blocks of one file are
    copied at once; `speed` the least that a source must give; `poll` the wait in seconds between two looks at
    an asynchronous copy. `refused` remembers which methods an account does not offer, by its endpoint.
    """

    budget: MemoryBudget
    lanes: Lanes
    upload: UploadLimits = field(default_factory=UploadLimits)
    copies: CopyLimits = field(default_factory=CopyLimits)
    insist: Insistence = field(default_factory=Insistence)
    speed: LeastSpeed = field(default_factory=LeastSpeed)
    files: int = 8
    pieces: int = 4
    poll: float = 2.0
    refused: dict[str, set[Method]] = field(default_factory=dict)


def capacity(
    memory: int = DEFAULT_MEMORY,
    lanes: LaneLimits | None = None,
    copies: CopyLimits | None = None,
    speed: LeastSpeed | None = None,
) -> Capacity:
    """A capacity within so many bytes of memory.

    One file may use a quarter of them, twice as much while it is read: what is read lies twice in memory for
    a moment. A block is small enough that one is read, one hashed and one sent at a time by two files at
    least.
    """
    block = max(min(_BLOCK, memory // 8), 1)
    return Capacity(
        budget=MemoryBudget(memory),
        lanes=Lanes(lanes or LaneLimits()),
        upload=UploadLimits(memory=max(memory // 4, block), block=block),
        copies=copies or CopyLimits(),
        speed=speed or LeastSpeed(),
    )
