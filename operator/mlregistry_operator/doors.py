"""The servers of every replica: probes and metrics, and the webhook with its certificate."""

import asyncio
import logging
import ssl
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from mlregistry_operator.admission.server import admission_app
from mlregistry_operator.admission.serving import Following, ServedCertificate, follow_files
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.domain.certificates import Rotation
from mlregistry_operator.kube.certificates import Places, SharedCertificate
from mlregistry_operator.kube.neighbours import KubernetesNeighbours
from mlregistry_operator.kube.rest import Rest
from mlregistry_operator.settings import Settings
from mlregistry_operator.telemetry.readiness import Readiness

_log = logging.getLogger(__name__)


class WebhookDoor:
    """The webhook as every replica serves it, whether it leads or not."""

    def __init__(self, settings: Settings, rest: Rest, readiness: Readiness) -> None:
        self._settings, self._rest, self._readiness = settings, rest, readiness
        self._draining = self._serves = False

    async def open(self, stack: AsyncExitStack) -> None:
        """Serve, until the stack is closed. Without a certificate nothing is: CEL and the controller hold."""
        webhook, served = self._settings.webhook, ServedCertificate()
        following = self._following(served)
        if following is None:
            _log.warning("the webhook is not served: no certificate (MLREGISTRY_WEBHOOK__CERT_FILE)")
            return
        self._tell("the webhook has no certificate yet")
        around = KubernetesNeighbours(self._rest, self._settings.watch_namespaces)
        app = admission_app(around, self._settings.boundaries)
        app.middlewares.append(sending_away(lambda: self._draining))
        await serve(app, webhook.host, webhook.port, served.context, stack)
        self._serves = True
        task = asyncio.create_task(following)
        stack.callback(task.cancel)

    async def drain(self) -> None:
        """Answer on until the cluster has learnt to ask other replicas; connections are not kept."""
        if not self._serves:
            return
        self._draining = True
        await asyncio.sleep(self._settings.webhook.drain_seconds)

    def _following(self, served: ServedCertificate) -> Coroutine[Any, Any, None] | None:
        webhook = self._settings.webhook
        if webhook.certificates == "SelfManaged":
            secret = ObjectKey(self._settings.namespace, webhook.secret_name)
            places = Places(secret, webhook.service_name, webhook.configuration_name)
            rotation = Rotation(timedelta(seconds=webhook.validity_seconds))
            source = SharedCertificate(self._rest, places, rotation)
            return Following(served, source, rotation, self._tell).run()
        if webhook.cert_file is None or webhook.key_file is None:
            return None
        return follow_files(served, webhook.cert_file, webhook.key_file, self._tell)

    def _tell(self, waits: str | None) -> None:
        self._readiness.wait("webhook", waits)


def sending_away(wanted: Callable[[], bool]) -> Middleware:
    """A middleware that says with each answer, while it is wanted, that the connection ends with it.

    Whoever is not told keeps the connection, and finds it closed under the next request. aiohttp's signal
    for an answer that is to be sent comes too late: the header is written by then.
    """

    @web.middleware
    async def send_away(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if wanted():
            response.force_close()
        return response

    return send_away


async def serve(
    app: web.Application, host: str, port: int, context: ssl.SSLContext | None, stack: AsyncExitStack
) -> None:
    """Serve until the stack is closed; what is being answered then is answered."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=5)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, host, port, ssl_context=context).start()
