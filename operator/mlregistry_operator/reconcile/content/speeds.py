"""How slowly a source may give its bytes: memory that waits for them is others' too."""

import math
from dataclasses import dataclass
from typing import Final

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.content import Span
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.failures import Severity
from mlregistry_operator.fairness.limits import limited
from mlregistry_operator.reconcile.content.failures import failed
from mlregistry_operator.reconcile.content.sources import Source, SourceFile

DEFAULT_SPEED: Final = 128 * 1024
DEFAULT_PATIENCE: Final = 30.0
_ATTEMPTS: Final = 2  # a connection that is lost without a word is no slow source
_SETTING: Final = "MLREGISTRY_CONTENT__MIN_SOURCE_BYTES_PER_SECOND"


@dataclass(frozen=True, slots=True)
class LeastSpeed:
    """Bytes a second, 0 for none; no read ends for it before `patience`, in seconds.

    A read is of one block at most. What it waits for on our side, such as its turn, does not count.
    """

    bytes_per_second: int = DEFAULT_SPEED
    patience: float = DEFAULT_PATIENCE

    def seconds_for(self, length: int) -> float:
        """How long a read of so many bytes may take."""
        if self.bytes_per_second == 0:
            return math.inf
        return max(self.patience, length / self.bytes_per_second)

    async def read(self, source: Source, file: SourceFile, span: Span) -> bytes:
        """These bytes of a source's file, tried a second time where they come too slowly.

        Raises:
            CloudError: what `Source.read` raises, or `SourceTooSlow`.
        """
        seconds = self.seconds_for(span.length)
        if math.isinf(seconds):
            return await source.read(file, span)
        for _ in range(_ATTEMPTS):
            try:
                async with limited(seconds):
                    return await source.read(file, span)
            except TimeoutError:
                continue
        raise self.too_slow(file.path, span.length)

    def too_slow(self, path: str, length: int) -> CloudError:
        """An error to raise where so many bytes of a source's file have not come in their time."""
        seconds = self.seconds_for(length)
        return failed(
            Reason.SOURCE_TOO_SLOW,
            f"Source file {path!r} gave fewer than {length} bytes in {seconds:.0f} s, twice:"
            f" less than {math.ceil(length / seconds)} bytes a second, and at least"
            f" {self.bytes_per_second} are wanted",
            f"Put the source where it can be read faster, such as a storage account in the registry's primary"
            f" region, or have {_SETTING} lowered; what has arrived is not sent again.",
            severity=Severity.SLOW_RETRY,
        )
