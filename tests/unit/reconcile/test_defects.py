"""A defect of the operator: told in a condition, found in the log by its id, and never a hot loop."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from support.manifests import a_registry
from support.worlds import START, Fault, Mode, Twins, registry_passes

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.verdicts import failed_verdicts
from mlregistry_operator.kube.ports import REGISTRIES, ClusterError, ConflictError
from mlregistry_operator.reconcile import loops, pace
from mlregistry_operator.reconcile.jobs import Jobs
from mlregistry_operator.reconcile.memory import Memory
from mlregistry_operator.reconcile.retries import Patience
from mlregistry_operator.reconcile.world import Outcome, World

SECRET = "SharedAccessKey=abc"
QUICK = Patience(shortest=0.2, longest=60.0, slow=600.0)
A_MOMENT = 2.0


async def breaks(*_: object) -> Outcome:
    raise ZeroDivisionError(SECRET)


async def one_pass(twins: Twins, run: loops.Pass[Memory] = breaks) -> Outcome:
    return await loops._one_pass(run, loops._Turn(REGISTRIES, twins.key), twins.memory, twins.world)


@pytest.mark.promise(13)
async def test_a_defect_is_told_in_a_condition_with_the_id_of_its_line_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    twins = Twins(a_registry())
    await twins.settle()
    parts = {one["type"] for one in twins.status["conditions"]}

    await one_pass(twins)

    (line,) = [record for record in caplog.records if hasattr(record, "defectID")]
    ready = twins.condition("Ready")
    assert ready is not None
    assert (ready["status"], ready["reason"]) == ("False", "Defect")
    assert line.defectID in ready["message"]
    assert line.exc_info is not None, "the log has the traceback"
    assert SECRET not in ready["message"], "what a defect says may be anything"
    assert parts < {one["type"] for one in twins.status["conditions"]}, "what was known of the parts stays"
    assert twins.cluster.events[-1].reason == "Defect"


async def test_the_same_defect_is_waited_for_twice_as_long_each_time_and_written_once() -> None:
    twins = Twins(a_registry())
    await twins.settle()
    written = len(twins.cluster.status_writes)

    waits = [(await one_pass(twins)).delay for _ in range(9)]

    for wait, wanted in zip(waits, (1, 2, 4, 8, 16, 32, 60, 60, 60), strict=True):
        assert 0.8 * wanted <= wait <= wanted
    assert len(twins.cluster.status_writes) == written + 1


async def test_a_pass_that_goes_well_begins_the_waits_anew_and_is_told() -> None:
    twins = Twins(a_registry())
    for _ in range(4):
        await one_pass(twins)
    passes = registry_passes(twins.content)

    await one_pass(twins, passes.reconcile)
    assert twins.ready != ("False", "Defect")

    assert (await one_pass(twins)).delay <= 1.0


async def test_a_status_of_which_nothing_can_be_read_is_told_the_defect_all_the_same() -> None:
    twins = Twins(a_registry())
    strange = {"type": "Replicated", "status": "True", "reason": "Unheard of", "message": ""}
    twins.body["status"] = {
        "regions": "none",
        "conditions": [strange | {"lastTransitionTime": START.isoformat(), "observedGeneration": 1}],
    }

    await one_pass(twins)

    assert twins.ready == ("False", "Defect")
    assert twins.status["regions"] == "none", "nothing else of it is touched"


@pytest.mark.parametrize(
    "error", [ConflictError("changed"), ClusterError("away"), KeyError("a second defect")]
)
async def test_a_defect_that_cannot_be_told_is_a_wait_all_the_same(error: Exception) -> None:
    twins = Twins(a_registry())

    class Broken(Fault):
        def error(self, call: object) -> BaseException:
            return error

    twins.board.faults.append(Broken(lambda call: call.port == "cluster.write_status", Mode.FAILS))

    outcome = await one_pass(twins)

    assert outcome.delay >= 0.8
    assert outcome.held


def quick(twins: Twins) -> World:
    """The same world with short waits, in real time."""
    timing = replace(twins.world.timing, patience=QUICK)
    return replace(twins.world, timing=timing, clock=type(twins.world.clock)())


async def passes_in_a_moment(
    twins: Twins, run: loops.Pass[Memory], meanwhile: Callable[[], object] = lambda: None
) -> int:
    """How many passes there are while the loop runs; `meanwhile` is called a hundred times a second."""
    passes = 0

    async def counted(key: ObjectKey, memory: Memory, world: World) -> Outcome:
        nonlocal passes
        passes += 1
        return await run(key, memory, world)

    class Never:
        def __bool__(self) -> bool:
            return False

    kind = replace(registry_passes(twins.content), reconcile=counted)
    loop = asyncio.create_task(loops.keep_reconciled(kind, twins.key, twins.memory, quick(twins), Never()))
    for _ in range(int(A_MOMENT * 100)):
        await asyncio.sleep(0.01)
        meanwhile()
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)
    return passes


@pytest.mark.promise(17)
async def test_a_defect_that_wakes_its_own_loop_does_not_run_hot() -> None:
    twins = Twins(a_registry())

    async def wakes_itself(_: ObjectKey, memory: Memory, __: World) -> Outcome:
        memory.wake.set()
        raise ZeroDivisionError

    assert await passes_in_a_moment(twins, wakes_itself, twins.memory.wake.set) <= 5


@pytest.mark.promise(6)
async def test_an_edit_is_looked_at_at_once_although_the_pass_before_met_a_defect() -> None:
    twins = Twins(a_registry())
    twins.memory.defects._in_a_row["A pass"] = 12
    edits = iter([False] * 50 + [True] + [False] * 1000)

    def edited_once() -> None:
        if next(edits):
            twins.memory.is_shown(("edited",))

    assert await passes_in_a_moment(twins, breaks, edited_once) == 2


@pytest.mark.promise(17)
async def test_no_loop_runs_hot_whatever_wakes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "BURST", 10.0)
    twins = Twins(a_registry())
    twins.memory.pace.left = 10.0

    async def does_nothing(*_: object) -> Outcome:
        return Outcome(0.0)

    began = time.monotonic()
    passes = await passes_in_a_moment(twins, does_nothing, lambda: twins.memory.is_shown(("edited",)))

    seconds = time.monotonic() - began  # a moment is longer on a busy machine
    assert passes <= 10 + seconds * pace.PER_SECOND + 1


async def test_a_job_that_meets_a_defect_is_held_back_longer_each_time() -> None:
    jobs, now, waits = Jobs(lambda: None, Patience(1.0, 60.0, 600.0)), 1000.0, []

    async def breaks_too() -> None:
        raise ValueError(SECRET)

    for _ in range(4):
        jobs.start("publish", breaks_too())
        await jobs.settle(1)
        assert jobs.take_ended(now)
        due = jobs.retries.next_due([ArmId("publish")])
        assert due is not None
        waits.append(due - now)
        now = due

    failure = jobs.trouble("publish")
    assert failure is not None
    assert (failure.reason, failure.severity) == (Reason.DEFECT, Severity.RETRY)
    assert SECRET not in failure.sentence
    assert waits[3] > waits[2] > waits[1] > waits[0]


async def test_a_job_that_could_not_ask_the_api_server_is_no_defect_and_hides_no_other() -> None:
    jobs = Jobs(lambda: None, Patience(1.0, 60.0, 600.0))

    async def unasked() -> None:
        raise ClusterError("away")

    async def breaks_too() -> None:
        raise ValueError

    jobs.start("copy", unasked())
    jobs.start("publish", breaks_too())
    await jobs.settle(1)

    with pytest.raises(ClusterError):
        jobs.take_ended(1000.0)
    assert jobs.trouble("publish") is not None


def test_ready_says_defect_beside_what_is_merely_tried_again() -> None:
    verdicts = failed_verdicts(Failure(ArmId(""), Reason.DEFECT, Severity.RETRY, "It met a defect"))

    assert [(one.type, one.reason) for one in verdicts] == [
        ("Ready", Reason.DEFECT),
        ("Reconciling", Reason.PROGRESSING_WITH_RETRY),
    ]


async def test_what_an_earlier_release_called_a_defect_is_read_as_one() -> None:
    assert Reason("UnexpectedError") is Reason.DEFECT
