"""What kopf makes of kinds that go: it gives a watch up for good where its kind is not served any more.

Then only another process helps, which waits until the kinds are there again. kopf itself may hang while it
ends so: whatever it still waits for, it is given a moment and no more.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Collection
from itertools import chain
from typing import Any, Final

import kopf
from kopf._cogs.structs.references import Insights

from mlregistry_operator.api.group import GROUP
from mlregistry_operator.domain.prerequisites import lacking_kinds

_ENDING_SECONDS: Final = 3.0


class WatchEndedError(Exception):
    """A watch has ended for good; the message says why."""


class _Served(set[Any]):
    """Kinds that kopf watches, also while their CRD terminates.

    Discovery then says that they cannot be patched, and kopf leaves out what cannot be. Their objects can,
    and have to be: they have our finalizer, and the CRD waits for them.
    """

    def difference_update(self, *others: Any) -> None:
        unfit = {one for one in chain(*others) if one.group != GROUP or "watch" not in one.verbs}
        super().difference_update(unfit)


def patient_insights() -> Insights:
    """What kopf knows of the cluster, with kinds that terminate."""
    return Insights(watched_resources=_Served())


async def until_ended(
    roots: Collection[asyncio.Task[Any]],
    ours: Collection[asyncio.Task[Any]],
    insights: Insights,
    stop: threading.Event,
    lost: Callable[[str], None],
) -> None:
    """Return when kopf has ended because `stop` was set. `roots` are its tasks, `ours` those that are not.

    Raises:
        WatchEndedError: it has ended by itself, or does not watch what it has to; `lost` has heard why.
    """
    unwatched = asyncio.create_task(_unwatched(insights))
    ours = {*ours, unwatched}
    try:
        done, _ = await asyncio.wait([*roots, unwatched], return_when=asyncio.FIRST_COMPLETED)
    finally:
        unwatched.cancel()
    if stop.is_set():
        await kopf.run_tasks(roots, ignored=ours)
        return
    why = _why(done)
    lost(why)
    await asyncio.wait([asyncio.create_task(_end(roots, ours))], timeout=_ENDING_SECONDS)
    raise WatchEndedError(why)


async def _end(roots: Collection[asyncio.Task[Any]], ours: Collection[asyncio.Task[Any]]) -> None:
    me = asyncio.current_task()
    with contextlib.suppress(Exception):  # why it ended is told already
        await kopf.run_tasks(roots, ignored={*ours, *([me] if me else ())})


async def _unwatched(insights: Insights) -> None:
    """Raise where kopf has found less than it needs; kinds can go in the moment before it looks."""
    await insights.ready_resources.wait()
    found = {one.plural: one.verbs for one in insights.watched_resources if one.group == GROUP}
    lacking = lacking_kinds(found)
    if lacking is not None and lacking.blocks:
        raise WatchEndedError(lacking.told)
    await asyncio.Event().wait()


def _why(done: Collection[asyncio.Task[Any]]) -> str:
    errors = [error for task in done if not task.cancelled() and (error := task.exception()) is not None]
    told = f"{type(errors[0]).__name__}: {errors[0]}" if errors else "it gave no reason"
    return f"the watch of the API server has ended for good ({told})"
