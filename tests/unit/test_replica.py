"""How a replica ends."""

import asyncio
import threading
from typing import Any, cast

import pytest

from mlregistry_operator import replica
from mlregistry_operator.availability import LeaderElectionSettings
from mlregistry_operator.domain.leadership import Reign, endless
from mlregistry_operator.replica import Replica
from mlregistry_operator.settings import Settings
from mlregistry_operator.telemetry.probes import Pulse


class LostElection:
    """Won, and lost at once."""

    def __init__(self) -> None:
        self.reign = endless()
        self.released = 0

    async def win(self) -> None:
        return

    async def keep(self) -> None:
        self.reign.end()

    async def release(self) -> None:
        self.released += 1


class KeptElection(LostElection):
    """Won, and kept until the end."""

    async def keep(self) -> None:
        await asyncio.Event().wait()


@pytest.mark.promise(4)
async def test_a_replica_that_has_lost_the_lease_does_not_wait_for_what_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A pass that hangs on an API server that does not answer cannot write any more: the process ends."""
    monkeypatch.setattr(replica, "_LOST_SECONDS", 0.1)
    over = threading.Event()

    async def hangs(_: Reign, __: threading.Event) -> None:
        await asyncio.to_thread(over.wait, 60)

    async def nothing_missing() -> None:
        return None

    settings = Settings(leader_election=LeaderElectionSettings(enabled=False))
    one = Replica(settings, cast("Any", None), Pulse(), nothing_missing, hangs)
    one._election = cast("Any", LostElection())
    work = asyncio.create_task(one.work())
    await work

    async with asyncio.timeout(20):
        await one.stop(work)

    assert one._thread is not None
    assert one._thread.is_alive(), "it still hangs, and nobody waited for it"
    over.set()
    await asyncio.to_thread(one._thread.join, 10)


@pytest.mark.promise(4)
@pytest.mark.parametrize("hangs", [True, False])
async def test_the_lease_is_let_go_of_once_nothing_writes_any_more_and_not_before(
    monkeypatch: pytest.MonkeyPatch, *, hangs: bool
) -> None:
    """A pass that cannot be stopped may still write; another replica waits until the lease runs out."""
    monkeypatch.setattr(replica, "_JOIN_SECONDS", 0.1 if hangs else 30)
    over = threading.Event()

    async def engine(_: Reign, stop: threading.Event) -> None:
        await asyncio.to_thread((over if hangs else stop).wait, 60)

    async def nothing_missing() -> None:
        return None

    settings = Settings(leader_election=LeaderElectionSettings(enabled=False))
    one, election = Replica(settings, cast("Any", None), Pulse(), nothing_missing, engine), KeptElection()
    one._election = cast("Any", election)
    work = asyncio.create_task(one.work())
    while one._thread is None:  # noqa: ASYNC110 - it is started in this loop
        await asyncio.sleep(0)

    async with asyncio.timeout(20):
        await one.stop(work)

    assert one._thread.is_alive() is hangs
    assert election.released == (0 if hangs else 1)
    over.set()
    await asyncio.to_thread(one._thread.join, 10)
