"""The loop of one object: a pass, a wait, and again. Nothing that happens in a pass ends the loop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.domain.failures import Severity
from mlregistry_operator.kube.ports import ClusterError, ConflictError, GoneError, Kind
from mlregistry_operator.reconcile.changes import change_of
from mlregistry_operator.reconcile.memory import LoopMemory
from mlregistry_operator.reconcile.world import Outcome, World
from mlregistry_operator.telemetry.passes import (
    ERROR,
    REQUEUE,
    REQUEUE_AFTER,
    SUCCESS,
    Ended,
    one_pass,
    panicked,
    queued,
    timed_out,
)
from mlregistry_operator.telemetry.watchdog import Stand

_PASS_SECONDS: Final = 300
_BREATH_SECONDS: Final = 0.05
_DELETION_LOOK_SECONDS: Final = 2.0
_ASKING_SECONDS: Final = 60.0
_DEFECT: Final = "a pass failed unexpectedly"
_TOO_LONG: Final = "a pass took too long and was ended"
_log = logging.getLogger(__name__)

M = TypeVar("M", bound=LoopMemory)
Pass = Callable[[ObjectKey, M, World], Awaitable[Outcome]]


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
            memory.wake.clear()
            outcome = await _one_pass(passes.reconcile, _Turn(passes.kind, key, stand), memory, world)
            if outcome.gone:
                return
            delay = max(outcome.delay, _BREATH_SECONDS)
            stand.is_at("wait", delay)
            await _rest(passes, key, memory, world, delay)


async def take_down(passes: Passes[M], key: ObjectKey, memory: M, world: World) -> None:
    """Pass after pass until nothing of the object is left to do."""
    with world.loops.watch(passes.kind.kind, key) as stand:
        while True:
            memory.wake.clear()
            outcome = await _one_pass(passes.delete, _Turn(passes.kind, key, stand), memory, world)
            if outcome.gone:
                return
            delay = max(outcome.delay, _BREATH_SECONDS)
            stand.is_at("wait", delay + _ASKING_SECONDS)
            await _sleep_watching(passes.kind, key, memory, world, delay)


@dataclass(frozen=True, slots=True)
class _Turn:
    """Whose pass it is, and who is told where the loop stands; an errand's is no loop of its own."""

    kind: Kind
    key: ObjectKey
    stand: Stand | None = None

    def is_at(self, doing: str, seconds: float | None) -> None:
        if self.stand is not None:
            self.stand.is_at(doing, seconds)


async def _one_pass(run: Pass[M], turn: _Turn, memory: M, world: World) -> Outcome:
    """A pass whose every failure becomes a wait."""
    async with AsyncExitStack() as held:
        turn.is_at("wait for its turn", None)
        with queued(turn.kind.kind):
            await held.enter_async_context(world.passes)
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
        return Outcome(_BREATH_SECONDS)
    except GoneError:
        ended.result = REQUEUE_AFTER
        return Outcome(patience.shortest)
    except ClusterError as error:
        _log.warning("the API server could not be asked", extra={"error": str(error)})
        ended.result, ended.why = ERROR, str(error)
        return Outcome(patience.longest / 4)
    except Exception as error:  # noqa: BLE001 - a loop outlives every defect, and the log has it
        ended.result, ended.why = ERROR, type(error).__name__
        tell, words = (timed_out, _TOO_LONG) if limit.expired() else (panicked, _DEFECT)
        tell(turn.kind.kind)
        _log.exception(words)
        return Outcome(patience.longest)
    ended.result = _result_of(outcome)
    if outcome.failure is not None:
        ended.terminal, ended.why = outcome.failure.severity is not Severity.RETRY, outcome.failure.reason
    return outcome


def _result_of(outcome: Outcome) -> str:
    if outcome.failure is not None:
        return ERROR
    if outcome.gone or outcome.settled:
        return SUCCESS
    return REQUEUE_AFTER if outcome.delay > 0 else REQUEUE


async def _rest(passes: Passes[M], key: ObjectKey, memory: M, world: World, seconds: float) -> None:
    """Sleep; run the errand meanwhile as often as it is due. One loop does both: no write meets another."""
    if passes.errand is None:
        await _sleep(memory, seconds)
        return
    errands = asyncio.create_task(_run_errands(passes.kind, passes.errand, key, memory, world))
    try:
        await _sleep(memory, seconds)
    finally:
        errands.cancel()
        await asyncio.gather(errands, return_exceptions=True)


async def _run_errands(kind: Kind, errand: Errand[M], key: ObjectKey, memory: M, world: World) -> None:
    while True:
        await errand.due(memory, world)
        outcome = await _one_pass(errand.run, _Turn(kind, key), memory, world)
        await asyncio.sleep(outcome.delay)


async def _sleep(memory: LoopMemory, seconds: float) -> None:
    try:
        await asyncio.wait_for(memory.wake.wait(), seconds)
    except TimeoutError:
        return


async def _sleep_watching(
    kind: Kind, key: ObjectKey, memory: LoopMemory, world: World, seconds: float
) -> None:
    """Sleep, but look at the object now and then: while it goes, kopf keeps its events from us."""
    end = world.clock.monotonic() + seconds
    while (left := end - world.clock.monotonic()) > 0:
        await _sleep(memory, min(left, _DELETION_LOOK_SECONDS))
        if memory.wake.is_set() or await _has_changed(kind, key, memory, world):
            return


async def _has_changed(kind: Kind, key: ObjectKey, memory: LoopMemory, world: World) -> bool:
    try:
        body = await world.cluster.read(kind, key)
    except ClusterError:
        return False
    return body is None or change_of(body) != memory.change
