"""Wiring: settings, adapters, servers, kopf. The only place that knows everybody.

The main loop serves probes and the webhook, and holds the lease. kopf runs in a thread and a loop of its own,
because it cancels every task of its loop when it ends, and because a slow watch must not delay an admission
answer.
"""

import asyncio
import logging
import os
import signal
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial

from kubernetes.aio import client

from mlregistry_operator import __version__
from mlregistry_operator.cloud.azure.blobs.stores import AzureBlobStores
from mlregistry_operator.cloud.azure.credentials import identity_lacking
from mlregistry_operator.cloud.azure.endpoints import Endpoints
from mlregistry_operator.cloud.azure.subscriptions import AzureSubscriptions
from mlregistry_operator.domain.leadership import Reign
from mlregistry_operator.doors import WebhookDoor, serve
from mlregistry_operator.fairness.contention import Contention
from mlregistry_operator.handlers import engine
from mlregistry_operator.kube.client import configuration, watch_session
from mlregistry_operator.kube.cluster import KubernetesCluster
from mlregistry_operator.kube.events import EventRecorder
from mlregistry_operator.kube.prerequisites import unmet
from mlregistry_operator.kube.rest import Rest
from mlregistry_operator.reconcile.assets.content import Content
from mlregistry_operator.reconcile.content.capacity import Capacity, capacity
from mlregistry_operator.reconcile.content.lanes import LaneLimits
from mlregistry_operator.reconcile.content.speeds import LeastSpeed
from mlregistry_operator.reconcile.loops import turns_for_passes
from mlregistry_operator.reconcile.retries import Patience
from mlregistry_operator.reconcile.world import Timing, World
from mlregistry_operator.replica import Replica
from mlregistry_operator.settings import ContentSettings, Settings
from mlregistry_operator.telemetry.heap import keep_what_is_loaded, read_tls_in_small_pieces
from mlregistry_operator.telemetry.metrics import CONTROLLERS, MOST_WORKERS
from mlregistry_operator.telemetry.probes import Pulse
from mlregistry_operator.telemetry.server import telemetry_app

_log = logging.getLogger(__name__)


async def run(settings: Settings) -> int:
    """Serve, and reconcile while this replica leads, until SIGTERM or SIGINT.

    The exit code is 1 where it ended by itself, as it does when the lease is lost.
    """
    keep_what_is_loaded()
    read_tls_in_small_pieces()
    pulse, wanted = Pulse(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, wanted.set)
    _log.info(
        "starting", extra={"version": __version__, "effective_settings": settings.model_dump(mode="json")}
    )
    loaded = await configuration()
    async with AsyncExitStack() as stack:
        rest = Rest(await stack.enter_async_context(client.ApiClient(loaded)))
        await serve(telemetry_app(pulse), settings.server.host, settings.server.port, None, stack)
        door = WebhookDoor(settings, rest, pulse.readiness)
        await door.open(stack)
        looks = partial(unmet, rest, KubernetesCluster(rest, EventRecorder(rest, socket.gethostname())))
        replica = Replica(settings, rest, pulse, looks, partial(_engine, settings, loaded, pulse))
        work = asyncio.create_task(replica.work())
        asked = asyncio.create_task(wanted.wait())
        await asyncio.wait([work, asked], return_when=asyncio.FIRST_COMPLETED)
        _log.info("stopping")
        pulse.readiness.wait("process", "the process is stopping")
        ended_by_itself = not asked.done()
        drained = asyncio.create_task(door.drain())
        await replica.stop(work)
        asked.cancel()
        await drained
    return 1 if ended_by_itself else 0


async def _engine(
    settings: Settings, loaded: client.Configuration, pulse: Pulse, reign: Reign, stop: threading.Event
) -> None:
    async with (
        _ports(settings, loaded, pulse, reign) as (world, content),
        watch_session(loaded, reign) as session,
    ):
        await engine.run(
            world,
            content,
            session,
            loaded.host,
            namespaces=settings.watch_namespaces,
            stop=stop,
            ready=pulse.started,
            beat=pulse.beat,
            lost=partial(pulse.readiness.wait, "watch"),
        )


@asynccontextmanager
async def _ports(
    settings: Settings, loaded: client.Configuration, pulse: Pulse, reign: Reign
) -> AsyncIterator[tuple[World, Content]]:
    """The ports that passes work with, closed at the end."""
    cloud, reconcile = settings.cloud, settings.reconcile
    endpoints = Endpoints(
        authority_host=cloud.authority_host,
        arm_endpoint=cloud.arm_endpoint,
        arm_scope=cloud.arm_scope,
        ca_file=cloud.ca_file,
        instance_discovery=cloud.discovers_instances,
        read_seconds=cloud.read_seconds,
    )
    for controller in CONTROLLERS:
        MOST_WORKERS.labels(controller).set(reconcile.max_concurrent_passes)
    timing = Timing(
        patience=Patience(
            reconcile.retry_min_seconds, reconcile.retry_max_seconds, reconcile.slow_retry_seconds
        ),
        resync=reconcile.resync_seconds,
        min_resync=reconcile.min_resync_seconds,
        poll=reconcile.poll_seconds,
        grace=reconcile.grace_seconds,
        progress_deadline=timedelta(seconds=reconcile.progress_deadline_seconds),
    )
    if (lacking := identity_lacking(os.environ)) is not None:
        _log.warning(lacking)

    def may_write() -> bool:
        return reign.holds

    clouds = AzureSubscriptions(endpoints, os.environ, may_write)
    contention = Contention()
    stores = AzureBlobStores(endpoints, os.environ, may_write=may_write, contention=contention)
    async with client.ApiClient(loaded) as api:
        rest = Rest(api, reign)
        recorder = EventRecorder(rest, socket.gethostname())
        cluster = KubernetesCluster(rest, recorder, settings.watch_namespaces)
        world = World(
            clouds,
            cluster,
            timing,
            turns_for_passes(reconcile.max_concurrent_passes, contention),
            staging_days=settings.content.staging_days,
            loops=pulse.loops,
            boundaries=settings.boundaries,
        )
        try:
            yield world, Content(stores, clouds, _capacity(settings.content))
        finally:
            await stores.close()
            await clouds.close()


def _capacity(content: ContentSettings) -> Capacity:
    lanes = LaneLimits(overall=content.copies, per_registry=content.copies_per_registry)
    speed = LeastSpeed(content.min_source_bytes_per_second, content.source_patience_seconds)
    return capacity(content.memory_bytes, lanes, speed=speed)
