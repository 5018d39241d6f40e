"""One replica: it waits for what it needs, stands for election, and reconciles while it leads.

Whoever has lost the lease ends as a process and comes back as another: no task, connection or memory of one
reign can be taken for the next one's.
"""

import asyncio
import logging
import secrets
import socket
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Final

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.availability import LeaderElectionSettings
from mlregistry_operator.domain.leadership import Candidate, Reign, endless
from mlregistry_operator.domain.prerequisites import Lacking
from mlregistry_operator.kube.election import Election, Rhythm
from mlregistry_operator.kube.lease import KubernetesLease
from mlregistry_operator.kube.rest import Rest
from mlregistry_operator.settings import Settings
from mlregistry_operator.telemetry.metrics import LEADS
from mlregistry_operator.telemetry.probes import Pulse

Engine = Callable[[Reign, threading.Event], Coroutine[Any, Any, None]]
Unmet = Callable[[], Coroutine[Any, Any, Lacking | None]]
_JOIN_SECONDS: Final = 30.0
_LOST_SECONDS: Final = 5.0  # whoever may not write any more has nothing left to bring to an end
_LEFT_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = 2.0
_log = logging.getLogger(__name__)


class Replica:
    """`unmet` looks for what is missing in the cluster; `engine` reconciles until its event is set."""

    def __init__(self, settings: Settings, rest: Rest, pulse: Pulse, unmet: Unmet, engine: Engine) -> None:
        self._name = settings.leader_election.lease_name
        self._election = _election(settings, rest, pulse) if settings.leader_election.enabled else None
        self._pulse, self._unmet, self._engine = pulse, unmet, engine
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        LEADS.labels(self._name).set(0)

    async def work(self) -> None:
        """Return when this process has to end: reconciliation has ended, or the lease is lost."""
        await self._wait_for_prerequisites()
        if self._election is not None:
            await self._election.win()
        LEADS.labels(self._name).set(1)
        tasks = [asyncio.create_task(self._reconcile())]
        if self._election is not None:
            tasks.append(asyncio.create_task(self._election.keep()))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()

    async def stop(self, work: asyncio.Task[None]) -> None:
        """Stop reconciling, then let go of the lease, which is renewed until then."""
        LEADS.labels(self._name).set(0)
        self._stop.set()
        if self._thread is not None:
            leads = self._election is None or self._election.reign.holds
            await asyncio.to_thread(self._thread.join, _JOIN_SECONDS if leads else _LOST_SECONDS)
        work.cancel()
        (outcome,) = await asyncio.gather(work, return_exceptions=True)
        if isinstance(outcome, Exception):
            _log.error("the replica met a defect of the operator", exc_info=outcome)
        if self._election is not None and (self._thread is None or not self._thread.is_alive()):
            await self._election.release()

    async def _wait_for_prerequisites(self) -> None:
        """Look until all is there: what is missing may be installed later, and needs no restart then."""
        told: str | None = None
        while (lacking := await self._unmet()) is not None:
            self._pulse.readiness.wait("cluster", lacking.told)
            if lacking.told != told:
                _log.error("the operator cannot work yet", extra={"error": lacking.told})
            told = lacking.told
            if not lacking.blocks:
                return
            await asyncio.sleep(_LOOK_SECONDS)
        self._pulse.readiness.wait("cluster", None)
        if told is not None:
            _log.info("all is there now that the operator needs")

    async def _reconcile(self) -> None:
        """Run the engine in a thread with a loop of its own, and return when it has ended."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        reign = self._election.reign if self._election is not None else endless()

        def run() -> None:
            try:
                _run(self._engine(reign, self._stop))
            except Exception:  # noqa: BLE001 - whatever it was, the log has it and the process ends
                _log.exception("reconciliation ended")
            finally:
                self._pulse.ended.set()
                loop.call_soon_threadsafe(ended.set)

        self._thread = threading.Thread(target=run, name="reconcile", daemon=True)
        self._thread.start()
        await ended.wait()


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run it in a loop of its own, and give what it leaves behind a moment to end, and no more."""
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(work)
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left, timeout=_LEFT_SECONDS))
        loop.close()


def _election(settings: Settings, rest: Rest, pulse: Pulse) -> Election:
    wanted = settings.leader_election
    lease = KubernetesLease(rest, ObjectKey(settings.namespace, wanted.lease_name), wanted.deployment)
    rhythm = Rhythm(wanted.lease_seconds, wanted.renew_seconds, wanted.retry_seconds)
    return Election(lease, candidate(wanted), rhythm, Reign(), pulse.readiness.stand_by)


def candidate(wanted: LeaderElectionSettings) -> Candidate:
    """Where nothing is said to survive a restart, every process is a stranger to the one before."""
    process = secrets.token_hex(4)
    if wanted.identity:
        return Candidate(wanted.identity, process)
    return Candidate("", f"{socket.gethostname()}-{process}")
