"""Work that outlasts a pass: a publication, or the copies to a region.

Passes start jobs and look at what has become of them; none of them waits. A job that is lost in a crash is
started again by the next pass that finds its work undone.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.kube.ports import ClusterError
from mlregistry_operator.reconcile.defects import Defects
from mlregistry_operator.reconcile.retries import Patience, Retries


@dataclass(slots=True)
class Jobs:
    """The jobs of one object, by name; at most one of each name. `landed` is called when one ends."""

    landed: Callable[[], object]
    patience: Patience
    defects: Defects = field(default_factory=Defects)
    retries: Retries = field(init=False)
    _tasks: dict[str, asyncio.Task[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.retries = Retries(self.patience)

    def running(self) -> frozenset[str]:
        return frozenset(self._tasks)

    def start(self, name: str, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks[name] = task
        task.add_done_callback(lambda _: self.landed())

    async def settle(self, seconds: float) -> None:
        """Wait for jobs to end, but not longer than this."""
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=seconds)

    def take_ended(self, now: float) -> bool:
        """Note how jobs have ended since the last time; whether any has.

        A defect is a failure like another: it is held back longer each time. Raises the `ClusterError` that a
        job met, once the others are noted.
        """
        unasked: ClusterError | None = None
        ended = {name: task for name, task in self._tasks.items() if task.done()}
        for name in ended:
            del self._tasks[name]
        for name, task in ended.items():
            error = None if task.cancelled() else task.exception()
            if isinstance(error, ClusterError):
                unasked = error
            elif error is not None:
                self.retries.failed(ArmId(name), self._failure(name, error), now)
            elif not task.cancelled():
                self.retries.succeeded(ArmId(name))
        if unasked is not None:
            raise unasked
        return bool(ended)

    def _failure(self, name: str, error: BaseException) -> Failure:
        if isinstance(error, CloudError):
            return error.failure
        if not isinstance(error, Exception):
            raise error
        return self.defects.met(f"The work on {name}", error, words="a job failed unexpectedly")

    def trouble(self, name: str) -> Failure | None:
        """Why a job failed the last time, where it has not succeeded since."""
        return self.retries.problems().get(ArmId(name))

    def may_start(self, name: str, now: float) -> bool:
        """Whether a job is neither running nor to be held back after a failure."""
        return name not in self._tasks and not self.retries.holds(ArmId(name), now)

    async def cancel(self) -> None:
        """Stop every job and wait for its end; what it has done so far stays, and is found again."""
        tasks = tuple(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
