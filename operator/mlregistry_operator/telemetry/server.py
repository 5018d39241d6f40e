"""The plain HTTP server of probes and metrics."""

from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web
from prometheus_client import REGISTRY, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from mlregistry_operator.api.group import ASSET_KIND, REGISTRY_KIND
from mlregistry_operator.telemetry.metrics import STUCK_LOOPS
from mlregistry_operator.telemetry.probes import Pulse


def telemetry_app(pulse: Pulse) -> web.Application:
    """`/healthz`, `/readyz` and `/metrics`."""
    for kind in (REGISTRY_KIND, ASSET_KIND):
        STUCK_LOOPS.labels(kind.lower()).set_function(partial(_stopped, pulse, kind))
    app = web.Application()
    app.router.add_get("/healthz", _probe(pulse.sickness))
    app.router.add_get("/readyz", _probe(pulse.unreadiness))
    app.router.add_get("/metrics", _metrics)
    return app


def _stopped(pulse: Pulse, kind: str) -> float:
    return float(pulse.loops.stopped()[kind])


def _probe(trouble: Callable[[], str | None]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_: web.Request) -> web.Response:
        why = trouble()
        return web.Response(status=503 if why else 200, text=f"{why or 'ok'}\n")

    return answer


async def _metrics(_: web.Request) -> web.Response:
    return web.Response(body=generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})
