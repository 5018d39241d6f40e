"""Work on an asset that outlasts a pass: a publication, or the copies to a region.

Passes start jobs and look at what has become of them; none of them waits. A job that is lost in a crash is
started again by the next pass that finds its work undone.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.failures import Failure


@dataclass(slots=True)
class Jobs:
    """The jobs of one asset, by name; at most one of each name. `landed` is called when one ends."""

    landed: Callable[[], object]
    _tasks: dict[str, asyncio.Task[Any]] = field(default_factory=dict)

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

    def collect(self) -> dict[str, Failure | None]:
        """The jobs that have ended since the last time: why they failed, or None where they did their work.

        Raises whatever a job raised that is no `CloudError`: it is a defect.
        """
        ended = {name: task for name, task in self._tasks.items() if task.done()}
        for name in ended:
            del self._tasks[name]
        return {name: _failure(task) for name, task in ended.items() if not task.cancelled()}

    async def cancel(self) -> None:
        """Stop every job and wait for its end; what it has done so far stays, and is found again."""
        tasks = tuple(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _failure(task: asyncio.Task[Any]) -> Failure | None:
    error = task.exception()
    if error is None:
        return None
    if isinstance(error, CloudError):
        return error.failure
    raise error
