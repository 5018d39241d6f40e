"""Stopped at any call, before or after the service has acted, the next run ends as if nothing had been."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from support.memory_blobs import Call

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.domain.assets.tombstones import bury
from mlregistry_operator.reconcile.content.publish import publish
from mlregistry_operator.reconcile.content.remove import remove
from mlregistry_operator.reconcile.content.replicate import replicate
from mlregistry_operator.reconcile.content.verify import verify

pytestmark = [pytest.mark.timeout(120), pytest.mark.promise(4)]

MIB = 1024 * 1024
FILES = {"a": b"some bytes that take two blocks", "b": b"", "dir/c": b"c"}
LARGE = {**FILES, "middle": b"m" * (MIB + 7), "large": bytes(range(256)) * 9 * 1024}


class KilledError(BaseException):
    """What no handler may survive."""


def kill_at(number: int, when: str) -> Callable[[Call, str], None]:
    seen = 0

    def step(_: Call, moment: str) -> None:
        nonlocal seen
        if moment == when:
            seen += 1
            if seen == number:
                raise KilledError

    return step


async def stopped_everywhere(make: Callable[[], Any], run: Callable[[Any], Awaitable[object]]) -> int:
    """Run it with a kill at every call in turn, and again each time; the number of ways to die."""
    clean = make()
    await _prepared(clean)
    clean.cloud.calls.clear()
    await run(clean)
    count, kills = len(clean.cloud.calls), 0
    for number in range(1, count + 1):
        for when in ("before", "after"):
            registry = make()
            await _prepared(registry)
            registry.cloud.steps.append(kill_at(number, when))
            try:
                await run(registry)
            except KilledError:
                kills += 1
            registry.cloud.steps.clear()
            await run(registry)
            await _check(registry)
    return kills


async def _prepared(registry: Any) -> None:
    if registry.prepare is not None:
        await registry.prepare(registry)


async def _check(registry: Any) -> None:
    for account in (registry.primary, registry.replica):
        if registry.files_in(account):
            assert registry.is_committed(account), "no committed blob without its commit mark"
            assert registry.files_in(account) == registry.files


@pytest.fixture
def make(registry: Any) -> Callable[..., Callable[[], Any]]:
    kind = type(registry)

    def of(files: dict[str, bytes], prepare: Any = None, block: int = 16) -> Callable[[], Any]:
        def one() -> Any:
            made = kind(block=block)
            made.files, made.prepare = files, prepare
            made.give(**files)
            return made

        return one

    return of


async def test_a_publication_survives_every_kill(make: Any) -> None:
    async def run(registry: Any) -> None:
        version = await registry.published()
        assert (await verify(version, registry.place, registry.primary)).complete

    assert await stopped_everywhere(make(FILES), run) > 30


async def test_a_replication_survives_every_kill(make: Any) -> None:
    async def prepare(registry: Any) -> None:
        registry.version = await registry.published()

    async def run(registry: Any) -> None:
        await replicate(registry.copying(registry.version), registry.capacity())
        assert (await verify(registry.version, registry.place, registry.replica)).complete

    assert await stopped_everywhere(make(LARGE, prepare, block=256 * 1024), run) > 30


async def test_a_slow_replication_survives_every_kill(make: Any) -> None:
    async def prepare(registry: Any) -> None:
        registry.version = await registry.published()
        registry.cloud.refused = frozenset({"copy_from", "put_from", "stage_from"})

    async def run(registry: Any) -> None:
        def finish(call: Call, when: str) -> None:
            if call.verb == "facts" and when == "after":
                registry.replica.finish_copies()

        registry.cloud.steps.append(finish)
        await replicate(registry.copying(registry.version), registry.capacity())
        assert (await verify(registry.version, registry.place, registry.replica)).complete

    assert await stopped_everywhere(make(FILES, prepare), run) > 30


async def test_a_removal_survives_every_kill_and_never_leaves_a_version_that_lacks_something(
    make: Any,
) -> None:
    """Whoever looks at any moment sees the version whole, or none; once it is none, the stone tells why."""
    stone = bury(f"sha256:{'1' * 64}", datetime(2026, 1, 1, tzinfo=UTC), ObjectKey("team-a", "taxi-fare-3"))

    async def prepare(registry: Any) -> None:
        await registry.published()

        def look(call: Call, _: str) -> None:
            names = set(registry.primary.names(registry.place.container))
            if registry.place.manifest in names:
                assert registry.files_in(registry.primary) == FILES, call
            elif call.verb != "list":
                assert registry.place.tombstone in names, call

        registry.looks = look

    async def run(registry: Any) -> None:
        if registry.looks not in registry.cloud.steps:
            registry.cloud.steps.insert(0, registry.looks)
        await remove(stone, registry.place, registry.primary, registry.capacity())
        assert registry.primary.names(registry.place.container) == [registry.place.tombstone]

    assert await stopped_everywhere(make(FILES, prepare), run) > 10


async def test_a_cancelled_publication_gives_back_all_it_held(make: Any) -> None:
    """Cancelled after any number of steps of the loop, while others wait for the same budget."""
    for steps in range(1, 200, 3):
        registry = make(FILES)()
        capacity = registry.capacity()
        task = asyncio.create_task(publish(registry.publication(), registry.primary, capacity))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0)
        assert capacity.budget.held == 0
        assert capacity.lanes.in_flight == 0
        await publish(registry.publication(), registry.primary, capacity)
        await _check(registry)
