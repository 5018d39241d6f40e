"""One session of connections to Azure for the whole process, shared by every client and credential.

The SDK's own transport builds a TLS context for every request where it is given a CA file, and aiohttp keeps
connections by context, so that none would ever be used again: 50 registries held 550 MiB more that way. And
aiohttp itself sends a PUT or DELETE a second time where a connection is lost, though the first may have been
acted on.
"""

import ssl
from collections.abc import Callable
from types import SimpleNamespace
from typing import Final
from urllib.request import getproxies

import aiohttp
from azure.core.exceptions import AzureError
from azure.core.pipeline.transport import AioHttpTransport

from mlregistry_operator.cloud.azure.addresses import public_socket
from mlregistry_operator.cloud.azure.bodies import bounded
from mlregistry_operator.cloud.azure.endpoints import Endpoints
from mlregistry_operator.cloud.azure.measuring import measured

CONNECT_SECONDS: Final = 10
_READS: Final = frozenset({"GET", "HEAD"})
CONNECTIONS: Final = 128
CONNECTIONS_PER_HOST: Final = 64
# A TLS connection takes a tenth of a MiB. ARM gives back 25 reads and 10 writes in a second: so many are
# enough for that where a read takes half a second and a write one and a half.
ARM_CONNECTIONS: Final = 16


async def _writes_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Turn the loss of a connection into an error that aiohttp does not answer with a second request.

    Reads may be repeated: a connection that was kept open too long is lost without anybody's fault.
    """
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        if request.method in _READS:
            raise
        raise aiohttp.ClientConnectionError(str(error)) from error


MayWrite = Callable[[], bool]


def always() -> bool:
    """For a process that has no rivals."""
    return True


class FencedError(AzureError):
    """A write that was not sent, because another process may be writing by now."""

    def __init__(self) -> None:
        super().__init__("another replica of the operator may reconcile now: nothing was sent")


def _fence(may_write: MayWrite) -> aiohttp.TraceConfig:
    """Ask in the last moment: the connection is there, and the next step gives the bytes to the system.

    A request may wait long for its connection, and the process may be stopped at any time. Asked again for
    every piece of a body, a write that began in time ends with its reign.
    """

    async def ask(
        _: aiohttp.ClientSession,
        __: SimpleNamespace,
        sending: aiohttp.TraceRequestHeadersSentParams | aiohttp.TraceRequestChunkSentParams,
    ) -> None:
        if sending.method not in _READS and not may_write():
            raise FencedError

    config = aiohttp.TraceConfig()
    config.on_request_headers_sent.append(ask)
    config.on_request_chunk_sent.append(ask)
    return config


class Connections:
    """Made and closed in one event loop. The transports it gives do not own the session.

    `may_write` is asked right before everything that is no read is sent. `outside` is for hosts that are not
    the cloud's: they must have public addresses, and are asked without the environment's proxies, which would
    look up their names themselves.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        may_write: MayWrite = always,
        *,
        per_host: int = CONNECTIONS_PER_HOST,
        outside: bool = False,
    ) -> None:
        context = ssl.create_default_context(cafile=endpoints.ca_file)
        self._read_seconds = endpoints.read_seconds
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=context,
                limit=CONNECTIONS,
                limit_per_host=per_host,
                socket_factory=public_socket if outside else None,
            ),
            # As the SDK's own transport has them. Nothing is unpacked here, and nothing packed is asked for.
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            # The environment's proxies. With them aiohttp reads the user's netrc file for every request: that
            # was a fifth of the processor's time where many small blobs were asked for.
            trust_env=bool(getproxies()) and not outside,
            middlewares=(bounded, measured, _writes_once),
            trace_configs=[_fence(may_write)],
        )

    def transport(self) -> AioHttpTransport:
        """A transport for one client. Time-outs are in seconds."""
        return AioHttpTransport(
            session=self._session,
            session_owner=False,
            connection_timeout=CONNECT_SECONDS,
            read_timeout=self._read_seconds,
        )

    async def close(self) -> None:
        await self._session.close()
