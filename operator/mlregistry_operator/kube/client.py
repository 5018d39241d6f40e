"""Connections to the API server, made from the ServiceAccount's mount or from a kubeconfig file."""

import os
import ssl
from pathlib import Path
from typing import Any, Final
from urllib.request import getproxies

import aiohttp
from kubernetes.aio import client, config

from mlregistry_operator.domain.leadership import Reign
from mlregistry_operator.kube.ports import LostError
from mlregistry_operator.kube.watching import bounded, slimmed

IN_CLUSTER_TOKEN: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
WATCH_CONNECTIONS: Final = 32
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
CONNECTIONS: Final = 8  # answers take milliseconds, and each TLS connection holds a tenth of a MiB


async def configuration() -> Any:
    """The cluster that this process belongs to: `KUBECONFIG` where it is set, else the one it runs in.

    Raises:
        kubernetes.aio.config.ConfigException: neither is there.
    """
    loaded = client.Configuration()
    if IN_CLUSTER_TOKEN.exists() and not os.environ.get("KUBECONFIG"):
        config.load_incluster_config(client_configuration=loaded)  # type: ignore[no-untyped-call]  # ships none
    else:
        await config.load_kube_config(client_configuration=loaded)  # type: ignore[no-untyped-call]  # ships none
    loaded.connection_pool_maxsize = CONNECTIONS
    # The environment's proxies only where there are any: with them every request reads the user's netrc file.
    loaded.client_session_kwargs = {
        "trust_env": bool(getproxies()),
        "auto_decompress": False,
        "middlewares": (no_redirects, bounded),
    }
    return loaded


async def no_redirects(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """An aiohttp middleware: an answer that leads elsewhere is a failure; the token would go along."""
    response = await handler(request)
    if response.status in _REDIRECTS:
        response.close()
        raise aiohttp.ClientConnectionError(
            f"the answer, {response.status}, leads elsewhere, and no redirect is followed"
        )
    return response


def watch_session(loaded: Any, reign: Reign) -> aiohttp.ClientSession:
    """A session for kopf's watches and patches, with a bounded number of connections.

    Without a bound, a thousand objects at start open a thousand connections. The token is read anew for every
    request, because Kubernetes rotates it. What is no read is refused once `reign` is over. kopf keeps what
    it is shown of an object for as long as the object lives, and is shown no more than it needs.
    """
    context = ssl.create_default_context(cafile=loaded.ssl_ca_cert, cadata=loaded.ca_cert_data)
    if loaded.cert_file:
        context.load_cert_chain(loaded.cert_file, loaded.key_file)
    if not loaded.verify_ssl:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    async def authorise(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        if request.method != "GET" and not reign.holds:
            raise aiohttp.ClientConnectionError(str(LostError()))
        token = await loaded.get_api_key_with_prefix("BearerToken", "authorization")
        if token:
            request.headers["Authorization"] = token
        return await handler(request)

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=WATCH_CONNECTIONS, ssl=context),
        auto_decompress=False,
        middlewares=(no_redirects, slimmed, authorise),
    )
