"""The loop of one object: a pass, a wait, and again. Nothing that happens in a pass ends the loop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.kube.ports import ClusterError, ConflictError, GoneError, Kind
from mlregistry_operator.reconcile.changes import change_of
from mlregistry_operator.reconcile.memory import LoopMemory
from mlregistry_operator.reconcile.world import Outcome, World

_PASS_SECONDS: Final = 300
_BREATH_SECONDS: Final = 0.05
_DELETION_LOOK_SECONDS: Final = 2.0
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
    while not stopped:
        memory.wake.clear()
        outcome = await _one_pass(passes.reconcile, key, memory, world)
        if outcome.gone:
            return
        await _rest(passes, key, memory, world, max(outcome.delay, _BREATH_SECONDS))


async def take_down(passes: Passes[M], key: ObjectKey, memory: M, world: World) -> None:
    """Pass after pass until nothing of the object is left to do."""
    while True:
        memory.wake.clear()
        outcome = await _one_pass(passes.delete, key, memory, world)
        if outcome.gone:
            return
        await _sleep_watching(passes.kind, key, memory, world, max(outcome.delay, _BREATH_SECONDS))


async def _one_pass(run: Pass[M], key: ObjectKey, memory: M, world: World) -> Outcome:
    """A pass whose every failure becomes a wait."""
    try:
        async with world.passes, asyncio.timeout(_PASS_SECONDS):
            return await run(key, memory, world)
    except ConflictError:
        return Outcome(_BREATH_SECONDS)
    except GoneError:
        return Outcome(world.timing.patience.shortest)
    except ClusterError as error:
        _log.warning("the API server could not be asked", extra={"key": str(key), "error": str(error)})
        return Outcome(world.timing.patience.longest / 4)
    except Exception:  # noqa: BLE001 - a loop outlives every defect, and the log has it
        _log.exception("a pass failed unexpectedly", extra={"key": str(key)})
        return Outcome(world.timing.patience.longest)


async def _rest(passes: Passes[M], key: ObjectKey, memory: M, world: World, seconds: float) -> None:
    """Sleep; run the errand meanwhile as often as it is due. One loop does both: no write meets another."""
    if passes.errand is None:
        await _sleep(memory, seconds)
        return
    errands = asyncio.create_task(_run_errands(passes.errand, key, memory, world))
    try:
        await _sleep(memory, seconds)
    finally:
        errands.cancel()
        await asyncio.gather(errands, return_exceptions=True)


async def _run_errands(errand: Errand[M], key: ObjectKey, memory: M, world: World) -> None:
    while True:
        await errand.due(memory, world)
        outcome = await _one_pass(errand.run, key, memory, world)
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
