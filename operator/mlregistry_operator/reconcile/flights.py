"""Requests that have been sent and have no answer yet.

Azure may take many seconds to answer a write. A pass waits a moment for the quick ones and goes on; the rest
wakes the object's loop when its answer comes.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from mlregistry_operator.cloud.ports import CloudError, Started
from mlregistry_operator.domain.arm import ArmId, name_of, writes_in_turn
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.plan import Action, ActionKind
from mlregistry_operator.reconcile.defects import Defects

# An answer is not worth a pass of its own while others are awaited: those that come soon are heard with it.
TOGETHER_SECONDS: Final = 0.5
# Ten people in thirty regions are hundreds of assignments, and ARM gives back ten writes in a second.
ASSIGNMENTS_AT_ONCE: Final = 8
_ASSIGNING: Final = frozenset({ActionKind.CREATE_ROLE_ASSIGNMENT, ActionKind.DELETE_ROLE_ASSIGNMENT})


@dataclass(frozen=True, slots=True)
class Landing:
    """The answer to one write: what it started, or why it failed."""

    action: Action
    result: Started | Failure


@dataclass(slots=True)
class Flights:
    """The writes of one object that are under way; at most one for each resource.

    Writes that Azure would not take side by side are sent one after the other, and of role assignments a few
    at once.
    """

    landed: Callable[[], object]
    defects: Defects = field(default_factory=Defects)
    _assigning: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(ASSIGNMENTS_AT_ONCE))
    _soon: asyncio.TimerHandle | None = None
    _tasks: dict[ArmId, tuple[Action, asyncio.Task[Started]]] = field(default_factory=dict)

    def targets(self) -> frozenset[ArmId]:
        return frozenset(self._tasks)

    def start(self, action: Action, call: Coroutine[Any, Any, Started]) -> None:
        turn = writes_in_turn(action.target)
        before = [task for target, (_, task) in self._tasks.items() if writes_in_turn(target) == turn]
        sent = _after(before, call) if before else call
        if action.kind in _ASSIGNING:
            sent = _among(self._assigning, sent)
        task = asyncio.create_task(sent, name=f"{action.kind} {action.target}")
        self._tasks[action.target] = (action, task)
        task.add_done_callback(lambda _: self._heard())

    async def settle(self, seconds: float) -> None:
        """Wait for the answers, but not longer than this."""
        tasks = [task for _, task in self._tasks.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)

    def _heard(self) -> None:
        """Wake the loop at the last answer, or soon after the first."""
        if all(task.done() for _, task in self._tasks.values()):
            self._wake()
        elif self._soon is None:
            self._soon = asyncio.get_running_loop().call_later(TOGETHER_SECONDS, self._wake)

    def _wake(self) -> None:
        self._forget_to_wake()
        self.landed()

    def _forget_to_wake(self) -> None:
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None

    def collect(self) -> tuple[Landing, ...]:
        """The answers that have come since the last time, each once; nobody need be woken for them."""
        self._forget_to_wake()
        done = [(target, action, task) for target, (action, task) in self._tasks.items() if task.done()]
        for target, _, _ in done:
            del self._tasks[target]
        return tuple(
            Landing(action, _result(action, task, self.defects))
            for _, action, task in done
            if not task.cancelled()
        )


async def _after(before: Iterable[asyncio.Task[Started]], call: Coroutine[Any, Any, Started]) -> Started:
    """Send a write once these are answered, whatever the answers are."""
    try:
        await asyncio.wait(before)
        return await call
    finally:
        call.close()


async def _among(limit: asyncio.Semaphore, call: Coroutine[Any, Any, Started]) -> Started:
    """Send a write once it may be among those that are under way."""
    try:
        async with limit:
            return await call
    finally:
        call.close()


def _result(action: Action, task: asyncio.Task[Started], defects: Defects) -> Started | Failure:
    """A defect of ours is one write's failure: the other answers are still heard."""
    error = task.exception()
    if error is None:
        return task.result()
    if isinstance(error, CloudError):
        return error.failure
    if not isinstance(error, Exception):
        raise error
    what = f"{action.kind} of {name_of(action.target)}"
    return defects.met(what, error, words="a write failed unexpectedly", target=action.target)
