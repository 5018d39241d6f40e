"""An election by a Lease: won, kept, and let go.

`kubernetes.aio.leaderelection` is not used: it measures by wall clock, from the start of a round instead of
the last renewal, never lets go of the lease, and does not tell the rest of the process until when it may
write.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol, TypeVar

from mlregistry_operator.domain.leadership import (
    Candidate,
    Decision,
    Reign,
    Seen,
    Step,
    Tenure,
    claim,
    decide,
    let_go,
    look,
    without_version,
)
from mlregistry_operator.kube.ports import ClusterError, ConflictError, GoneError
from mlregistry_operator.kube.times import micro_time

_FLOOR_SECONDS: Final = 0.2
_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class Lease(Protocol):
    """One lease. Every method raises `ClusterError` and nothing else."""

    async def read(self) -> Tenure | None: ...

    async def write(self, tenure: Tenure) -> Tenure:
        """Raises `ConflictError` where somebody else has written it."""
        ...

    async def changes(self, version: str, seconds: float) -> None:
        """Return when it has changed since that version, at the latest after so many seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The waits of an election, in seconds; each is shorter than the one before."""

    lease: float
    renew: float
    retry: float


class Election:
    """One candidate of one lease. `reign` is what the rest of the process asks before it writes.

    `waiting` is called when another leads.
    """

    def __init__(
        self, lease: Lease, me: Candidate, rhythm: Rhythm, reign: Reign, waiting: Callable[[], None]
    ) -> None:
        self._lease, self._me, self._rhythm = lease, me, rhythm
        self._waiting = waiting
        self.reign = reign
        self._seen: Seen | None = None
        self._mine: Tenure | None = None

    async def win(self) -> None:
        """Return when this process leads."""
        told = ""
        while self._mine is None:
            try:
                seen = await self._look()
                decision = decide(self._me, seen, self.reign.clock())
                if decision.step is not Step.WAIT:
                    await self._write(seen.tenure)
                    continue
                self._waiting()
                holder = seen.tenure.holder if seen.tenure else ""
                if holder != told:
                    _log.info("another replica reconciles: standing by", extra={"holder": holder})
                told = holder
                await self._stand_by(seen, decision)
            except ConflictError:
                continue  # somebody was faster: look who
            except (ClusterError, TimeoutError) as error:
                _log.warning("the lease cannot be had", extra={"error": str(error) or "no answer in time"})
                await asyncio.sleep(self._rhythm.retry)
        _log.info("this replica reconciles", extra={"holder": self._me.name})

    async def keep(self) -> None:
        """Renew the lease, and return when that could not be done in time, or somebody else has it."""
        while self.reign.holds and self._mine is not None:
            await asyncio.sleep(min(self._rhythm.retry, self.reign.left))
            if not self.reign.holds:
                break
            try:
                await self._write(self._mine)
            except ConflictError:
                await self._reread()
            except GoneError:
                self._mine = without_version(self._mine)
            except (ClusterError, TimeoutError) as error:
                _log.warning("the lease was not renewed", extra={"error": str(error) or "no answer in time"})
        self.reign.end()
        _log.error("the lease is lost: another replica may reconcile now", extra={"holder": self._me.name})

    async def release(self) -> None:
        """Let go of the lease, where it is ours: another may take it at once. Never raises.

        It may be ours although nobody knows: the stop can come before the answer to our claim.
        """
        self.reign.end()
        try:
            async with asyncio.timeout(self._rhythm.retry):
                found = await self._lease.read()
                if found is None or found.holder != self._me.name:
                    return
                await self._lease.write(let_go(found, _today()))
            _log.info("the lease is released", extra={"holder": self._me.name})
        except (ClusterError, TimeoutError) as error:
            _log.warning("the lease was not released", extra={"error": str(error) or "no answer in time"})

    async def _look(self) -> Seen:
        tenure = await self._soon(self._lease.read())
        self._seen = look(self._seen, tenure, self.reign.clock())
        return self._seen

    async def _write(self, before: Tenure | None) -> None:
        """Take or renew. What may be written after that is counted from before the request was sent."""
        began = self.reign.clock()
        self._mine = await self._soon(
            self._lease.write(claim(self._me, before, self._rhythm.lease, _today()))
        )
        self.reign.until = began + self._rhythm.renew

    async def _reread(self) -> None:
        """Whether a write of ours that seemed to fail has come through, somebody has edited, or taken it."""
        with contextlib.suppress(ClusterError, TimeoutError):
            found = await self._soon(self._lease.read())
            self._mine = found if found is not None and found.holder == self._me.name else None

    async def _stand_by(self, seen: Seen, decision: Decision) -> None:
        """Wait until the lease has changed or may have run out."""
        version = seen.tenure.version if seen.tenure else ""
        seconds = min(self._rhythm.retry, decision.seconds)
        floor = asyncio.create_task(asyncio.sleep(min(_FLOOR_SECONDS, seconds)))
        try:
            await self._lease.changes(version, seconds)
        except ClusterError as error:
            _log.warning("the lease is not watched", extra={"error": str(error)})
            await asyncio.sleep(seconds)
        await floor

    async def _soon(self, request: Awaitable[_T]) -> _T:
        """An answer that does not come leaves time for another attempt, on another connection."""
        async with asyncio.timeout(self._rhythm.renew / 2):
            return await request


def _today() -> str:
    return micro_time(datetime.now(UTC))
