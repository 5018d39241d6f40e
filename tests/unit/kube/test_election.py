"""An election against a lease in memory: won, kept, lost, let go."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from support.worlds import FakeClock

from mlregistry_operator.domain.leadership import Candidate, Reign, Tenure
from mlregistry_operator.kube.election import Election, Rhythm
from mlregistry_operator.kube.ports import ClusterError, ConflictError, GoneError

QUICK = Rhythm(lease=0.6, renew=0.4, retry=0.05)
PATIENCE_SECONDS = 10


@dataclass
class MemoryLease:
    """A lease that many candidates share; `fails` is what every request then raises, or hangs at.

    `takes` is called between a write that has come through and its answer: that is when time passes.
    """

    tenure: Tenure | None = None
    fails: Exception | None = None
    hangs: bool = False
    takes: Callable[[], None] = lambda: None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    version: int = 0

    async def read(self) -> Tenure | None:
        await self._answers()
        return self.tenure

    async def write(self, tenure: Tenure) -> Tenure:
        await self._answers()
        if self.tenure is None and tenure.version:
            raise GoneError("it was deleted")
        if tenure.version != (self.tenure.version if self.tenure else ""):
            raise ConflictError("somebody was faster")
        self.version += 1
        self.tenure = replace(tenure, version=str(self.version))
        self.changed.set()
        self.changed = asyncio.Event()
        self.takes()
        return self.tenure

    async def changes(self, version: str, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.changed.wait(), seconds)
        except TimeoutError:
            return

    async def _answers(self) -> None:
        if self.hangs:
            await asyncio.sleep(3600)
        if self.fails is not None:
            raise self.fails


def candidate(lease: MemoryLease, name: str) -> Election:
    return Election(lease, Candidate(name, "1"), QUICK, Reign(), lambda: None)


@pytest.mark.promise(4)
async def test_of_many_candidates_one_wins() -> None:
    lease = MemoryLease()
    all_of_them = [candidate(lease, f"pod-{n}") for n in range(5)]
    attempts = [asyncio.create_task(one.win()) for one in all_of_them]

    done, waiting = await asyncio.wait(attempts, return_when=asyncio.FIRST_COMPLETED)

    assert len(done) == 1
    assert [one.reign.holds for one in all_of_them].count(True) == 1
    for attempt in waiting:
        attempt.cancel()


async def test_who_stands_by_takes_over_when_the_leader_lets_go() -> None:
    lease = MemoryLease()
    leader, other = candidate(lease, "pod-a"), candidate(lease, "pod-b")
    await leader.win()
    attempt = asyncio.create_task(other.win())
    await asyncio.sleep(0)

    await leader.release()
    await asyncio.wait_for(attempt, PATIENCE_SECONDS)

    assert not leader.reign.holds
    assert other.reign.holds
    assert lease.tenure is not None
    assert (lease.tenure.holder, lease.tenure.transitions) == ("pod-b_1", 1)


@pytest.mark.promise(4)
async def test_who_stands_by_takes_over_after_the_leader_may_have_written_for_the_last_time() -> None:
    lease = MemoryLease()
    leader, other = candidate(lease, "pod-a"), candidate(lease, "pod-b")
    await leader.win()  # and is never heard of again

    await asyncio.wait_for(other.win(), PATIENCE_SECONDS)

    assert not leader.reign.holds
    assert other.reign.holds


@pytest.mark.promise(4)
@pytest.mark.parametrize(
    "trouble", [{"fails": ClusterError("no route")}, {"hangs": True}], ids=["refused", "unanswered"]
)
async def test_a_leader_that_cannot_renew_steps_down_by_itself(trouble: dict[str, object]) -> None:
    lease = MemoryLease()
    leader = candidate(lease, "pod-a")
    await leader.win()
    for name, value in trouble.items():
        setattr(lease, name, value)

    await asyncio.wait_for(leader.keep(), PATIENCE_SECONDS)

    assert not leader.reign.holds


@pytest.mark.promise(4)
async def test_a_reign_is_counted_from_the_request_however_late_the_answer_comes() -> None:
    """The others count from the moment at which the lease changed, which may be long before the answer."""
    lease, clock = MemoryLease(), FakeClock()
    lease.takes = lambda: clock.advance(0.3)
    leader = Election(lease, Candidate("pod-a", "1"), QUICK, Reign(clock.monotonic), lambda: None)

    await leader.win()
    assert leader.reign.left == pytest.approx(QUICK.renew - 0.3)

    clock.advance(leader.reign.left / 2)
    keeping = asyncio.create_task(leader.keep())
    await asyncio.wait_for(lease.changed.wait(), PATIENCE_SECONDS)
    assert leader.reign.left == pytest.approx(QUICK.renew - 0.3), "a renewal is counted alike"
    keeping.cancel()


@pytest.mark.promise(4)
async def test_an_answer_that_comes_after_its_reign_begins_none() -> None:
    lease, clock = MemoryLease(), FakeClock()
    lease.takes = lambda: clock.advance(QUICK.renew)
    leader = Election(lease, Candidate("pod-a", "1"), QUICK, Reign(clock.monotonic), lambda: None)

    await leader.win()
    assert not leader.reign.holds

    await asyncio.wait_for(leader.keep(), PATIENCE_SECONDS)
    assert lease.version == 1, "whoever does not reign does not renew"


async def test_an_edit_by_somebody_else_is_no_loss() -> None:
    lease = MemoryLease()
    leader = candidate(lease, "pod-a")
    await leader.win()
    assert lease.tenure is not None
    await lease.write(replace(lease.tenure, acquired="an annotation, as far as we see"))

    keeping = asyncio.create_task(leader.keep())
    for _ in range(2):
        await asyncio.wait_for(lease.changed.wait(), PATIENCE_SECONDS)

    assert leader.reign.holds
    keeping.cancel()


async def test_a_leader_makes_a_lease_again_that_somebody_has_deleted() -> None:
    lease = MemoryLease()
    leader = candidate(lease, "pod-a")
    await leader.win()
    lease.tenure = None

    keeping = asyncio.create_task(leader.keep())
    await asyncio.wait_for(lease.changed.wait(), PATIENCE_SECONDS)

    assert leader.reign.holds
    assert lease.tenure is not None
    keeping.cancel()


async def test_a_leader_whose_lease_another_has_taken_steps_down() -> None:
    lease = MemoryLease()
    leader = candidate(lease, "pod-a")
    await leader.win()
    assert lease.tenure is not None
    await lease.write(replace(lease.tenure, holder="somebody"))

    await asyncio.wait_for(leader.keep(), PATIENCE_SECONDS)

    assert not leader.reign.holds
    await leader.release()
    assert lease.tenure.holder == "somebody", "what is not ours is not let go"


async def test_an_outage_while_nobody_leads_is_waited_for() -> None:
    lease = MemoryLease(fails=ClusterError("no route"))
    attempt = asyncio.create_task(candidate(lease, "pod-a").win())
    await asyncio.sleep(0)

    lease.fails = None

    await asyncio.wait_for(attempt, PATIENCE_SECONDS)
