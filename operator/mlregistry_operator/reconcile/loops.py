"""The loop of one object: a pass, a wait, and again. Nothing that happens in a pass ends the loop.

No loop runs hot: a defect is held back longer each time, and passes have a pace, whatever wakes them.
"""

import asyncio
import contextlib
import logging
import math
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.domain.failures import Severity
from mlregistry_operator.fairness.contention import Contention
from mlregistry_operator.fairness.pool import Pool
from mlregistry_operator.fairness.tenants import Tenant, work_for
from mlregistry_operator.kube.ports import REGISTRIES, ClusterError, ConflictError, GoneError, Kind
from mlregistry_operator.reconcile.changes import change_of
from mlregistry_operator.reconcile.defects import TOO_LONG, tell_defect
from mlregistry_operator.reconcile.memory import LoopMemory
from mlregistry_operator.reconcile.world import Outcome, World
from mlregistry_operator.telemetry.passes import (
    ERROR,
    REQUEUE,
    REQUEUE_AFTER,
    SUCCESS,
    Ended,
    one_pass,
    queued,
)
from mlregistry_operator.telemetry.watchdog import Stand

_PASS_SECONDS: Final = 300
_BREATH_SECONDS: Final = 0.05
_DELETION_LOOK_SECONDS: Final = 2.0
_ASKING_SECONDS: Final = 60.0
# Registries and assets go by turns, and among each of them the namespaces: how many objects a namespace has
# is its own wait, and no registry waits for a queue of assets. One namespace's passes over one kind hold at
# most as many turns as stay free: passes that last keep nobody else waiting.
_SHARES: Final = (math.inf, 1.0)
_DEFECT: Final = "a pass failed unexpectedly"
_UNTOLD: Final = "a defect could not be told in the object's conditions"
_log = logging.getLogger(__name__)

M = TypeVar("M", bound=LoopMemory)
Pass = Callable[[ObjectKey, M, World], Awaitable[Outcome]]


def turns_for_passes(at_once: int, contention: Contention | None = None) -> Pool:
    """So many passes at the same time, in fair turns."""
    return Pool(at_once, _SHARES, contention, namespace_at=1)


@dataclass(frozen=True, slots=True)
class Passes(Generic[M]):
    """What is done for the objects of one kind. `errand` is what may be asked for between two passes."""

    kind: Kind
    reconcile: Pass[M]
    delete: Pass[M]
    errand: "Errand[M] | None" = None


@dataclass(frozen=True, slots=True)
class Errand(Generic[M]):
    """A small pass. `due` returns when it is to be run; what a pass leaves as delay is waited for first."""

    due: Callable[[M, World], Awaitable[None]]
    run: Pass[M]


class StopSign(Protocol):
    """Says when a loop is no longer wanted."""

    def __bool__(self) -> bool: ...


async def keep_reconciled(
    passes: Passes[M], key: ObjectKey, memory: M, world: World, stopped: StopSign
) -> None:
    """Pass after pass until stopped, or the object is gone. A wake-up, such as an edit, ends a wait at once.

    An object can go without a word: somebody took its finalizer away, or the watch was down.
    """
    with world.loops.watch(passes.kind.kind, key) as stand:
        while not stopped:
            memory.begin_pass()
            outcome = await _one_pass(passes.reconcile, _Turn(passes.kind, key, stand), memory, world)
            if outcome.gone:
                return
            wait = _wait_after(outcome, memory, world)
            stand.is_at("wait", wait.seconds)
            await _rest(passes, key, memory, world, wait)


async def take_down(passes: Passes[M], key: ObjectKey, memory: M, world: World) -> None:
    """Pass after pass until nothing of the object is left to do."""
    with world.loops.watch(passes.kind.kind, key) as stand:
        while True:
            memory.begin_pass()
            outcome = await _one_pass(passes.delete, _Turn(passes.kind, key, stand), memory, world)
            if outcome.gone:
                return
            wait = _wait_after(outcome, memory, world)
            stand.is_at("wait", wait.seconds + _ASKING_SECONDS)
            await _sleep_watching(passes.kind, key, memory, world, wait)


@dataclass(frozen=True, slots=True)
class _Turn:
    """Whose pass it is, and who is told where the loop stands; an errand's is no loop of its own."""

    kind: Kind
    key: ObjectKey
    stand: Stand | None = None
    work: str = "A pass"

    @property
    def tenant(self) -> Tenant:
        """Of an asset it is not known yet which registry it is about."""
        return Tenant(self.key.namespace, str(self.key) if self.kind == REGISTRIES else "")

    def is_at(self, doing: str, seconds: float | None) -> None:
        if self.stand is not None:
            self.stand.is_at(doing, seconds)


async def _one_pass(run: Pass[M], turn: _Turn, memory: M, world: World) -> Outcome:
    """A pass whose every failure becomes a wait."""
    work_for(turn.tenant)
    async with AsyncExitStack() as held:
        turn.is_at("wait for its turn", None)
        with queued(turn.kind.kind):
            await held.enter_async_context(world.passes.turn((turn.kind.kind, turn.key.namespace)))
        turn.is_at("pass", _PASS_SECONDS)
        with one_pass(turn.kind.kind, turn.key) as ended:
            return await _caught(run, turn, memory, world, ended)


async def _caught(run: Pass[M], turn: _Turn, memory: M, world: World, ended: Ended) -> Outcome:
    patience, limit = world.timing.patience, asyncio.timeout(_PASS_SECONDS)
    try:
        async with limit:
            outcome = await run(turn.key, memory, world)
    except ConflictError:
        ended.result = REQUEUE
        memory.conflicts += 1
        return Outcome(min(patience.shortest, _BREATH_SECONDS * 2.0 ** min(memory.conflicts - 1, 16)))
    except GoneError:
        ended.result = REQUEUE_AFTER
        return Outcome(patience.shortest)
    except ClusterError as error:
        _log.warning("the API server could not be asked", extra={"error": str(error)})
        ended.result, ended.why = ERROR, str(error)
        return Outcome(patience.longest / 4)
    except Exception as error:  # noqa: BLE001 - a loop outlives every defect, and the log has it
        ended.result, ended.why = ERROR, type(error).__name__
        return await _met_defect(error, turn, memory, world, too_long=limit.expired())
    memory.conflicts = 0
    memory.defects.went_well(turn.work)
    ended.result = _result_of(outcome)
    if outcome.failure is not None:
        ended.terminal, ended.why = outcome.failure.severity is not Severity.RETRY, outcome.failure.reason
    return outcome


async def _met_defect(
    error: Exception, turn: _Turn, memory: LoopMemory, world: World, *, too_long: bool = False
) -> Outcome:
    """Log it, tell it in the object's conditions, and hold its loop back longer each time."""
    what, words = f"{turn.work} over {turn.kind.kind} {turn.key}", TOO_LONG if too_long else _DEFECT
    failure = memory.defects.met(what, error, words=words)
    try:
        body = await tell_defect(turn.kind, turn.key, memory.uid, failure, world)
        if body is not None:
            memory.sees(change_of(body))
    except ClusterError as told_to_nobody:
        _log.warning(_UNTOLD, extra={"error": str(told_to_nobody)})
    except Exception:  # noqa: BLE001 - the next pass tries again, and the log has both
        _log.exception(_UNTOLD)
    attempts = memory.defects.once_more(turn.work)
    return Outcome(world.timing.patience.wait(failure, attempts), failure=failure, held=True)


def _result_of(outcome: Outcome) -> str:
    if outcome.failure is not None:
        return ERROR
    if outcome.gone or outcome.settled:
        return SUCCESS
    return REQUEUE_AFTER if outcome.delay > 0 else REQUEUE


@dataclass(frozen=True, slots=True)
class _Wait:
    """Seconds until the next pass: at most, and at least whatever wakes the loop."""

    seconds: float
    least: float = 0.0
    held: bool = False


def _wait_after(outcome: Outcome, memory: LoopMemory, world: World) -> _Wait:
    least = memory.pace.taken(world.clock.monotonic())
    return _Wait(max(outcome.delay, least, _BREATH_SECONDS), least, outcome.held)


async def _rest(passes: Passes[M], key: ObjectKey, memory: M, world: World, wait: _Wait) -> None:
    """Sleep; run the errand meanwhile as often as it is due. One loop does both: no write meets another."""
    if passes.errand is None:
        await _sleep(memory, wait)
        return
    errands = asyncio.create_task(_run_errands(passes.kind, passes.errand, key, memory, world))
    try:
        await _sleep(memory, wait)
    finally:
        errands.cancel()
        await asyncio.gather(errands, return_exceptions=True)


async def _run_errands(kind: Kind, errand: Errand[M], key: ObjectKey, memory: M, world: World) -> None:
    turn = _Turn(kind, key, work="The count")
    while True:
        try:
            await errand.due(memory, world)
        except Exception as error:  # noqa: BLE001 - as in a pass
            outcome = await _met_defect(error, turn, memory, world)
        else:
            outcome = await _one_pass(errand.run, turn, memory, world)
        await asyncio.sleep(outcome.delay)


async def _sleep(memory: LoopMemory, wait: _Wait) -> None:
    """Until the time is over, or the loop is woken by what may wake it."""
    await asyncio.sleep(wait.least)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(wait.seconds - wait.least):
            await memory.wake.wait()
            while wait.held and not memory.edited:
                memory.wake.clear()
                await memory.wake.wait()


async def _sleep_watching(kind: Kind, key: ObjectKey, memory: LoopMemory, world: World, wait: _Wait) -> None:
    """Sleep, but look at the object now and then: while it goes, kopf keeps its events from us."""
    await asyncio.sleep(wait.least)
    end = world.clock.monotonic() + wait.seconds - wait.least
    while (left := end - world.clock.monotonic()) > 0:
        await _sleep(memory, _Wait(min(left, _DELETION_LOOK_SECONDS), held=wait.held))
        woken = memory.wake.is_set() and (memory.edited or not wait.held)
        if woken or await _has_changed(kind, key, memory, world):
            return


async def _has_changed(kind: Kind, key: ObjectKey, memory: LoopMemory, world: World) -> bool:
    try:
        body = await world.cluster.read(kind, key)
    except ClusterError:
        return False
    return body is None or change_of(body) != memory.change
