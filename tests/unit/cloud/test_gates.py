"""A scope that asked to wait: nobody before, one soon after, and no herd behind it."""

from itertools import pairwise

import pytest
from support.worlds import FakeClock

from mlregistry_operator.cloud.azure.gates import (
    ALONE_SECONDS,
    LONGEST_UNSAID_SECONDS,
    LOW_SECONDS,
    NEAR_SECONDS,
    QUEUE_SECONDS,
    QUIET_SECONDS,
    Gates,
    HeldBackError,
)

PACE = 0.1


class Street:
    """Gates whose time passes only when somebody waits, and when each call went through."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.gates = Gates(self.clock.monotonic, self._sleep)

    def close(self, scope: str = "scope", seconds: float | None = 10, pace: float = PACE) -> None:
        self.gates.close(scope, seconds, pace)

    async def call(self, *scopes: str) -> float:
        """One call that comes back as often as it is told to; the moment when it goes."""
        while True:
            try:
                await self.gates.enter(scopes or ("scope",))
            except HeldBackError as error:
                self.clock.advance(error.seconds)
            else:
                return self.clock.monotonic()

    async def held(self, *scopes: str) -> float:
        """What a call is told that comes too early."""
        with pytest.raises(HeldBackError) as caught:
            await self.gates.enter(scopes or ("scope",))
        return caught.value.seconds

    async def _sleep(self, seconds: float) -> None:
        self.clock.advance(seconds)


@pytest.fixture
def street() -> Street:
    return Street()


@pytest.mark.promise(14)
async def test_nobody_calls_before_the_time_and_the_first_goes_at_it(street: Street) -> None:
    start = street.clock.monotonic()
    street.close(seconds=10)

    assert await street.call() == start + 10


@pytest.mark.promise(14)
async def test_the_first_call_goes_alone_and_the_others_follow_in_the_pace_of_the_service(
    street: Street,
) -> None:
    street.close()

    first, second, third, fourth = [await street.call() for _ in range(4)]

    assert second - first == pytest.approx(ALONE_SECONDS)
    assert third - second == pytest.approx(PACE)
    assert fourth - third == pytest.approx(PACE)


@pytest.mark.promise(14)
async def test_two_hundred_who_wait_get_two_hundred_times(street: Street) -> None:
    street.close(seconds=10)

    told = [await street.held() for _ in range(200)]

    assert told[0] == 10
    assert all(later - earlier == pytest.approx(PACE) for earlier, later in pairwise(told))


async def test_a_near_turn_is_waited_for_on_the_spot_and_is_nobody_elses(street: Street) -> None:
    street.close(seconds=NEAR_SECONDS)
    start = street.clock.monotonic()

    await street.gates.enter(["scope"])
    await street.gates.enter(["scope"])

    assert street.clock.monotonic() - start == pytest.approx(NEAR_SECONDS + ALONE_SECONDS)


async def test_who_comes_to_an_open_scope_queues_so_that_no_read_of_a_pass_is_spent_for_nothing(
    street: Street,
) -> None:
    async def others_go_on(_: float) -> None:
        """Nobody's time passes: all of them ask at one moment."""

    street.close(seconds=10)
    street.clock.advance(10)
    street.gates.sleep = others_go_on
    queue = int((QUEUE_SECONDS - ALONE_SECONDS) / PACE)

    for _ in range(queue):
        await street.gates.enter(["scope"])
    for _ in range(2):
        await street.gates.enter(["scope"])

    assert await street.held() > QUEUE_SECONDS


@pytest.mark.promise(14)
async def test_who_waits_on_the_spot_is_held_back_when_the_scope_closes_again(street: Street) -> None:
    async def refused_meanwhile(seconds: float) -> None:
        street.clock.advance(seconds)
        street.close(seconds=30)

    street.close(seconds=1)
    street.gates.sleep = refused_meanwhile

    assert await street.held() == pytest.approx(30)


@pytest.mark.promise(14)
async def test_a_refusal_after_the_wait_halves_the_pace_and_one_of_the_same_burst_does_not(
    street: Street,
) -> None:
    street.close(seconds=10)
    street.close(seconds=10)
    await street.call()
    street.close(seconds=10)

    times = [await street.call() for _ in range(3)]

    assert times[2] - times[1] == pytest.approx(2 * PACE)


async def test_after_a_quiet_while_the_queue_gets_its_pace_back(street: Street) -> None:
    street.close(seconds=10)
    await street.call()
    street.close(seconds=10)

    times = [await street.call() for _ in range(int(QUIET_SECONDS / PACE))]

    assert times[-1] - times[-2] == pytest.approx(PACE)


async def test_a_shorter_wait_never_shortens_a_longer_one(street: Street) -> None:
    street.close(seconds=60)
    street.close(seconds=5)

    assert await street.held() == 60


async def test_where_the_service_names_no_time_the_wait_is_ours_and_doubles(street: Street) -> None:
    waits = []
    for _ in range(9):
        before = street.clock.monotonic()
        street.close(seconds=None)
        street.close(seconds=None)
        waits.append(await street.call() - before)

    assert waits[:3] == [1, 2, 4]
    assert waits[-1] == LONGEST_UNSAID_SECONDS


async def test_after_a_quiet_while_a_scope_is_as_free_as_any(street: Street) -> None:
    street.close(seconds=10)
    street.clock.advance(10 + QUIET_SECONDS)
    start = street.clock.monotonic()

    assert [await street.call() for _ in range(50)] == [start] * 50


async def test_a_call_waits_for_the_latest_of_its_scopes_and_takes_a_turn_in_each(street: Street) -> None:
    start = street.clock.monotonic()
    street.close("one", seconds=5)
    street.close("two", seconds=8)

    assert await street.call("one", "two", "free") == start + 8
    assert await street.call("one") == pytest.approx(start + 8 + ALONE_SECONDS)


@pytest.mark.promise(14)
async def test_a_scope_that_has_few_calls_left_is_slowed_down_for_a_while(street: Street) -> None:
    start = street.clock.monotonic()
    street.gates.slow("scope", PACE)
    slowed = [await street.call() for _ in range(4)]
    street.clock.advance(LOW_SECONDS)
    free = [await street.call() for _ in range(4)]

    assert [later - earlier for earlier, later in pairwise([start, *slowed])] == pytest.approx([PACE] * 4)
    assert free == free[:1] * 4


async def test_what_remains_makes_no_pace_faster_that_a_refusal_has_set(street: Street) -> None:
    street.close(seconds=0, pace=0.5)
    street.gates.slow("scope", PACE)
    times = [await street.call() for _ in range(3)]

    assert times[2] - times[1] == pytest.approx(0.5)
