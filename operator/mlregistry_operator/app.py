"""Wiring: settings, adapters, servers, kopf. The only place that knows everybody.

The main loop serves probes and the webhook. kopf runs in a thread and a loop of its own, because it cancels
every task of its loop when it ends, and because a slow watch must not delay an admission answer.
"""

import asyncio
import logging
import os
import signal
import socket
import ssl
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from aiohttp import web
from kubernetes.aio import client

from mlregistry_operator import __version__
from mlregistry_operator.admission.server import admission_app
from mlregistry_operator.cloud.azure.blobs.stores import AzureBlobStores
from mlregistry_operator.cloud.azure.endpoints import Endpoints
from mlregistry_operator.cloud.azure.subscriptions import AzureSubscriptions
from mlregistry_operator.handlers import engine
from mlregistry_operator.kube.client import configuration, watch_session
from mlregistry_operator.kube.cluster import KubernetesCluster
from mlregistry_operator.kube.events import EventRecorder
from mlregistry_operator.kube.neighbours import KubernetesNeighbours
from mlregistry_operator.kube.rest import Rest
from mlregistry_operator.reconcile.assets.content import Content
from mlregistry_operator.reconcile.content.capacity import Capacity, capacity
from mlregistry_operator.reconcile.content.lanes import LaneLimits
from mlregistry_operator.reconcile.retries import Patience
from mlregistry_operator.reconcile.world import Timing, World
from mlregistry_operator.settings import ContentSettings, Settings, WebhookSettings
from mlregistry_operator.telemetry.metrics import CONTROLLERS, MOST_WORKERS
from mlregistry_operator.telemetry.probes import Pulse
from mlregistry_operator.telemetry.server import telemetry_app

_log = logging.getLogger(__name__)
_JOIN_SECONDS = 30.0


async def run(settings: Settings) -> int:
    """Serve and reconcile until SIGTERM or SIGINT. The exit code is 1 where it ended by itself."""
    pulse, stop, wanted = Pulse(), threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, wanted.set)
    _log.info(
        "starting", extra={"version": __version__, "effective_settings": settings.model_dump(mode="json")}
    )
    runners = [
        await _serve(telemetry_app(pulse), settings.server.host, settings.server.port, None),
        *await _serve_webhook(settings.webhook),
    ]
    thread = threading.Thread(
        target=_reconcile, args=(settings, pulse, stop, loop, wanted), name="reconcile", daemon=True
    )
    thread.start()
    await wanted.wait()
    _log.info("stopping")
    ended_by_itself = pulse.ended.is_set()
    stop.set()
    await asyncio.to_thread(thread.join, _JOIN_SECONDS)
    for runner in runners:
        await runner.cleanup()
    return 1 if ended_by_itself else 0


def _reconcile(
    settings: Settings,
    pulse: Pulse,
    stop: threading.Event,
    loop: asyncio.AbstractEventLoop,
    wanted: asyncio.Event,
) -> None:
    """The reconciling thread. Its end ends the process: Kubernetes starts another."""
    try:
        asyncio.run(_engine(settings, pulse, stop))
    except Exception:  # noqa: BLE001 - whatever it was, the log has it and the process ends
        _log.exception("reconciliation ended")
    finally:
        pulse.ended.set()
        loop.call_soon_threadsafe(wanted.set)


async def _engine(settings: Settings, pulse: Pulse, stop: threading.Event) -> None:
    loaded = await configuration()
    async with _ports(settings, loaded, pulse) as (world, content), watch_session(loaded) as session:
        await engine.run(
            world, content, session, loaded.host, stop=stop, ready=pulse.started, beat=pulse.beat
        )


@asynccontextmanager
async def _ports(
    settings: Settings, loaded: client.Configuration, pulse: Pulse
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
    clouds, stores = AzureSubscriptions(endpoints, os.environ), AzureBlobStores(endpoints, os.environ)
    async with client.ApiClient(loaded) as api:
        rest = Rest(api)
        cluster = KubernetesCluster(rest, EventRecorder(rest, socket.gethostname()))
        world = World(
            clouds,
            cluster,
            timing,
            asyncio.Semaphore(reconcile.max_concurrent_passes),
            staging_days=settings.content.staging_days,
            loops=pulse.loops,
        )
        try:
            yield world, Content(stores, clouds, _capacity(settings.content))
        finally:
            await stores.close()
            await clouds.close()


def _capacity(content: ContentSettings) -> Capacity:
    lanes = LaneLimits(overall=content.copies, per_registry=content.copies_per_registry)
    return capacity(content.memory_bytes, lanes)


async def _serve_webhook(webhook: WebhookSettings) -> list[web.AppRunner]:
    """Without a certificate there is no webhook: CEL and the controller hold what matters."""
    if webhook.cert_file is None:
        _log.warning(
            "the webhook is not served: no certificate is configured (MLREGISTRY_WEBHOOK__CERT_FILE)"
        )
        return []
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(webhook.cert_file, webhook.key_file)
    api = client.ApiClient(await configuration())

    async def close(_: web.Application) -> None:
        await api.close()  # type: ignore[no-untyped-call]  # ships none

    app = admission_app(KubernetesNeighbours(Rest(api)))
    app.on_cleanup.append(close)
    return [await _serve(app, webhook.host, webhook.port, context)]


async def _serve(app: web.Application, host: str, port: int, context: ssl.SSLContext | None) -> web.AppRunner:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=5)
    await runner.setup()
    await web.TCPSite(runner, host, port, ssl_context=context).start()
    return runner
