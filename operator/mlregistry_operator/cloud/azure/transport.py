"""One session of connections to Azure for the whole process, shared by every client and credential.

The SDK's own transport builds a TLS context for every request where it is given a CA file, and aiohttp keeps
connections by context, so that none would ever be used again: 50 registries held 550 MiB more that way.
"""

import ssl
from typing import Final

import aiohttp
from azure.core.pipeline.transport import AioHttpTransport

from mlregistry_operator.cloud.azure.endpoints import Endpoints

CONNECT_SECONDS: Final = 10
READ_SECONDS: Final = 60
CONNECTIONS: Final = 128
CONNECTIONS_PER_HOST: Final = 64


class Connections:
    """Made and closed in one event loop. The transports it gives do not own the session."""

    def __init__(self, endpoints: Endpoints) -> None:
        context = ssl.create_default_context(cafile=endpoints.ca_file)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=context, limit=CONNECTIONS, limit_per_host=CONNECTIONS_PER_HOST
            ),
            # As the SDK's own transport has them: it decodes bodies itself, and wants no cookies.
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=True,
        )

    def transport(self) -> AioHttpTransport:
        """A transport for one client. Time-outs are in seconds."""
        return AioHttpTransport(
            session=self._session,
            session_owner=False,
            connection_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
        )

    async def close(self) -> None:
        await self._session.close()
