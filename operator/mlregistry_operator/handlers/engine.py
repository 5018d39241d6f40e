"""kopf as the watch, finalizer and daemon engine, and as nothing else.

It keeps no state of ours: no annotations, no status, no events. What each setting guards against is written
beside it; each of these traps was met for real.
"""

import asyncio
import random
import threading
from collections.abc import Callable, Collection, Iterator
from typing import Any, cast

import aiohttp
import kopf

from mlregistry_operator.api.group import FINALIZER
from mlregistry_operator.handlers import kinds
from mlregistry_operator.handlers.assets import asset_door
from mlregistry_operator.handlers.registries import registry_door
from mlregistry_operator.handlers.watches import patient_insights, until_ended
from mlregistry_operator.kube.watching import PAGE
from mlregistry_operator.reconcile.assets.content import Content
from mlregistry_operator.reconcile.world import World
from mlregistry_operator.telemetry.objects import OBJECTS


class _NoDiffBase(kopf.DiffBaseStorage):
    """Remembers nothing: what was last handled is told by Azure, not by an annotation."""

    def build(self, **_: Any) -> kopf.BodyEssence:
        return cast("kopf.BodyEssence", {})

    def fetch(self, **_: Any) -> kopf.BodyEssence:
        return cast("kopf.BodyEssence", {})

    def store(self, **_: Any) -> None:
        return None


class _NoProgress(kopf.ProgressStorage):
    """Remembers nothing: our handlers end when they are done, and begin again after a restart."""

    def fetch(self, **_: Any) -> kopf.ProgressRecord | None:
        return None

    def store(self, **_: Any) -> None:
        return None

    def purge(self, **_: Any) -> None:
        return None

    def touch(self, **_: Any) -> None:
        return None

    def clear(self, *, essence: kopf.BodyEssence) -> kopf.BodyEssence:
        return essence


class _EndlessBackoffs:
    """Waits between attempts to reach the API server; a finite list would end a handler for good."""

    def __iter__(self) -> Iterator[float]:
        wait = 0.5
        while True:
            yield min(30.0, wait) * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, guards nothing
            wait *= 2


async def run(
    world: World,
    content: Content,
    session: aiohttp.ClientSession,
    server: str,
    *,
    namespaces: Collection[str],
    stop: threading.Event,
    ready: threading.Event,
    beat: Callable[[], None],
    lost: Callable[[str], None],
) -> None:
    """Reconcile until `stop` is set; `ready` is set once kopf watches, `beat` is called every second.

    Objects of all namespaces, or of those that are named. `lost` hears at once why a watch has ended.

    Raises:
        WatchEndedError: a watch has ended for good, as it does when its kind is not served any more.
    """
    registry = kopf.OperatorRegistry()
    kinds.register(registry, registry_door(world, content), world)
    kinds.register(registry, asset_door(world, content), world)

    @kopf.on.login(registry=registry, id="login")
    async def login(**_: Any) -> kopf.AiohttpSession:
        return kopf.AiohttpSession(server=server, aiohttp_session=session)

    heart, insights = asyncio.create_task(_beating(beat)), patient_insights()
    ours = asyncio.all_tasks()
    try:
        roots = await kopf.spawn_tasks(
            registry=registry,
            settings=_settings(),
            insights=insights,
            clusterwide=not namespaces,
            namespaces=namespaces,
            standalone=True,
            stop_flag=stop,
            ready_flag=ready,
        )
        await until_ended(roots, ours, insights, stop, lost)
    finally:
        heart.cancel()
        OBJECTS.forget_all()


async def _beating(beat: Callable[[], None]) -> None:
    while True:
        beat()
        await asyncio.sleep(1)


def _settings() -> kopf.OperatorSettings:
    settings = kopf.OperatorSettings()
    settings.persistence.finalizer = FINALIZER  # changing it would strand the old one on every object
    settings.persistence.diffbase_storage = _NoDiffBase()
    settings.persistence.progress_storage = _NoProgress()
    settings.networking.error_backoffs = _EndlessBackoffs()
    settings.networking.request_timeout = 30
    settings.networking.connect_timeout = 10
    settings.watching.server_timeout = 600
    settings.watching.client_timeout = 660
    settings.watching.chunk_size = PAGE
    settings.queueing.worker_limit = None  # a limit starves every other object while some wait
    settings.queueing.exit_timeout = 5
    settings.background.cancellation_polling = 5
    settings.posting.enabled = False  # events are ours, on transitions only
    settings.scanning.disabled = True  # no rights on CRDs and namespaces
    settings.peering.standalone = True
    settings.admission.managed = None
    return settings
