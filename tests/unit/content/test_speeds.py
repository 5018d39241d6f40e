"""A source that is too slow is given up for a while, and one that is not is left alone."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.content import BlobRef, Span
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.failures import Severity
from mlregistry_operator.fairness.limits import uncounted
from mlregistry_operator.reconcile.content.sources import SourceFile
from mlregistry_operator.reconcile.content.speeds import LeastSpeed

pytestmark = [pytest.mark.timeout(20), pytest.mark.promise(17)]
FILE = SourceFile("weights.bin", 1000, BlobRef("drop", "weights.bin"))
WHOLE = Span(0, 1000)
SPEED = LeastSpeed(bytes_per_second=50_000, patience=0.05)


@dataclass
class SlowSource:
    """Every read takes what `seconds` says for its number."""

    seconds: Callable[[int], float]
    reads: int = field(default=0)

    async def files(self) -> tuple[SourceFile, ...]:
        return (FILE,)

    async def read(self, file: SourceFile, span: Span) -> bytes:
        assert file is FILE
        self.reads += 1
        await asyncio.sleep(self.seconds(self.reads))
        return b"x" * span.length


async def test_a_source_that_drips_is_too_slow_and_the_sentence_has_both_speeds() -> None:
    source = SlowSource(lambda _: 60)

    with pytest.raises(CloudError) as refused:
        await SPEED.read(source, FILE, WHOLE)

    failure = refused.value.failure
    assert (failure.reason, failure.severity) == (Reason.SOURCE_TOO_SLOW, Severity.SLOW_RETRY)
    for words in ("'weights.bin'", "1000 bytes", "less than 20000 bytes a second", "at least 50000"):
        assert words in failure.message, failure.message
    assert "MLREGISTRY_CONTENT__MIN_SOURCE_BYTES_PER_SECOND" in failure.sentence


async def test_a_connection_that_is_lost_without_a_word_is_no_slow_source() -> None:
    source = SlowSource(lambda number: 60 if number == 1 else 0)
    assert len(await SPEED.read(source, FILE, WHOLE)) == 1000


async def test_a_small_file_has_its_time_however_slow_that_would_be() -> None:
    source = SlowSource(lambda _: 0.03)
    assert await LeastSpeed(10**9, patience=0.5).read(source, FILE, Span(0, 1)) == b"x"


async def test_a_large_read_has_the_time_that_it_needs_at_the_least_speed() -> None:
    source = SlowSource(lambda _: 0.1)
    assert len(await LeastSpeed(2000, patience=0.01).read(source, FILE, WHOLE)) == 1000


async def test_a_turn_that_is_waited_for_is_not_the_sources_fault() -> None:
    class Waiting(SlowSource):
        async def read(self, file: SourceFile, span: Span) -> bytes:
            with uncounted():
                await asyncio.sleep(0.2)
            return await super().read(file, span)

    assert len(await SPEED.read(Waiting(lambda _: 0), FILE, WHOLE)) == 1000


async def test_without_a_least_speed_any_will_do() -> None:
    assert LeastSpeed(0).seconds_for(10**12) == float("inf")
    assert len(await LeastSpeed(0, patience=0.01).read(SlowSource(lambda _: 0.05), FILE, WHOLE)) == 1000


@pytest.mark.parametrize(
    ("length", "seconds"),
    [
        pytest.param(64 * 1024, 30, id="a small file has thirty seconds"),
        pytest.param(4 * 2**20, 32, id="a block must come faster than a service that answers once a minute"),
    ],
)
def test_the_defaults(length: int, seconds: float) -> None:
    assert LeastSpeed().seconds_for(length) == seconds
