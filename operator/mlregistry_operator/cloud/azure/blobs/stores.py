"""Opens storage accounts, and keeps one client for each account and identity."""

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, Final

from azure.core.credentials_async import AsyncTokenCredential
from azure.storage.blob.aio import BlobServiceClient

from mlregistry_operator import __version__
from mlregistry_operator.cloud.azure.blobs.addressees import refuse_strangers
from mlregistry_operator.cloud.azure.blobs.grants import DelegatedReading, SignedReading
from mlregistry_operator.cloud.azure.blobs.store import AzureBlobStore, Reading
from mlregistry_operator.cloud.azure.credentials import credential_for
from mlregistry_operator.cloud.azure.endpoints import Endpoints
from mlregistry_operator.cloud.azure.pacing import PacedTransport, paced_gates
from mlregistry_operator.cloud.azure.transport import CONNECTIONS_PER_HOST, Connections, MayWrite, always
from mlregistry_operator.cloud.azure.turns import Turns
from mlregistry_operator.cloud.content import Access, SasAccess
from mlregistry_operator.domain.identity import Identity, SecretIdentity
from mlregistry_operator.domain.storage_service import StorageService
from mlregistry_operator.fairness.contention import Contention
from mlregistry_operator.fairness.tenants import SHARES

_LARGEST_READ: Final = 64 * 1024 * 1024
_DRAUGHT: Final = 256 * 1024  # bytes taken at once from a connection; 4 KiB without it, and half the speed
# Of the turns that stay free, what a tenant asks one account may hold half as many: a source that is slow to
# answer leaves it turns for its registry.
_OF_AN_ACCOUNT: Final = 0.5
_AUDIENCE: Final = "https://storage.azure.com"


class AzureBlobStores:
    """Implements `BlobStores`. To be used and closed in one event loop.

    Its connections are its own: bytes on their way never hold up the control plane. Hosts outside the cloud
    have connections of a third sort, which lead to public addresses alone.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        environment: Mapping[str, str],
        audience: str = _AUDIENCE,
        may_write: MayWrite = always,
        contention: Contention | None = None,
    ) -> None:
        self._may_write = may_write
        self._endpoints, self._environment, self._audience = endpoints, environment, audience
        self._gates = paced_gates()
        # No more than there are connections to one host: who has a turn has a connection. Jobs may wait long.
        self._turns = Turns(
            CONNECTIONS_PER_HOST, seconds=None, shares=(*SHARES, _OF_AN_ACCOUNT), contention=contention
        )
        self._stack = AsyncExitStack()
        self._stores: dict[tuple[str, str], AzureBlobStore] = {}
        self._credentials: dict[str, AsyncTokenCredential] = {}
        self._service = StorageService(endpoints.arm_endpoint)
        self._connections: dict[bool, Connections] = {}
        self._lock = asyncio.Lock()

    async def open(self, access: Access, endpoint: str) -> AzureBlobStore:
        """The account at that blob endpoint.

        Raises:
            CloudError: the identity is incomplete, or would be shown to somebody else than Azure.
        """
        address = endpoint.rstrip("/")
        if not isinstance(access, SasAccess):
            refuse_strangers(address, self._service)
        key = (_fingerprint(access), address)
        async with self._lock:
            if key not in self._stores:
                self._stores[key] = await self._make(access, address, key[0])
            return self._stores[key]

    async def close(self) -> None:
        self._stores.clear()
        self._credentials.clear()
        self._connections.clear()
        await self._stack.aclose()

    async def _make(self, access: Access, endpoint: str, fingerprint: str) -> AzureBlobStore:
        address = self._service.address(endpoint)
        account = address.account if address is not None else None
        transport = self._connect(outside=account is None).transport()
        transport.connection_config.data_block_size = _DRAUGHT
        options: dict[str, Any] = {
            "transport": PacedTransport(transport, self._gates, endpoint, apart=False),
            "retry_total": 0,
            "permit_redirects": False,
            "max_single_get_size": _LARGEST_READ,
            "max_chunk_get_size": _LARGEST_READ,
            "user_agent": f"mlregistry-operator/{__version__}",
        }
        if isinstance(access, SasAccess):
            service = BlobServiceClient(f"{endpoint}?{access.token.lstrip('?')}", **options)
            await self._stack.enter_async_context(service)
            return self._store(service, endpoint, SignedReading(access.token))
        credential = await self._credential(access, fingerprint)
        service = BlobServiceClient(endpoint, credential=credential, audience=self._audience, **options)
        await self._stack.enter_async_context(service)
        reading = DelegatedReading(service, account or "", credential, f"{self._audience}/.default")
        return self._store(service, endpoint, reading)

    def _store(self, service: BlobServiceClient, endpoint: str, reading: Reading) -> AzureBlobStore:
        return AzureBlobStore(service, endpoint, reading, self._endpoints.read_seconds, self._turns)

    async def _credential(self, identity: Identity, fingerprint: str) -> AsyncTokenCredential:
        if fingerprint not in self._credentials:
            made = credential_for(identity, self._endpoints, self._environment, self._connect())
            self._credentials[fingerprint] = await self._stack.enter_async_context(made)
        return self._credentials[fingerprint]

    def _connect(self, *, outside: bool = False) -> Connections:
        """The session is made in the loop that uses it, on first use, and closed after all its clients."""
        if outside not in self._connections:
            made = self._connections[outside] = Connections(self._endpoints, self._may_write, outside=outside)
            self._stack.push_async_callback(made.close)
        return self._connections[outside]


def _fingerprint(access: Access) -> str:
    """Tells identities apart, and a renewed secret from the old one, without keeping a secret as a key."""
    match access:
        case SasAccess(token):
            secret = token
        case SecretIdentity():
            secret = f"{access.client_secret}\0{access.client_certificate}"
        case _:
            return repr(access)
    return f"{access!r}{hashlib.sha256(secret.encode()).hexdigest()}"
