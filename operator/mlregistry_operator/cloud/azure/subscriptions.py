"""Opens subscriptions, and keeps one set of clients for each identity and subscription."""

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import AsyncExitStack

from azure.mgmt.containerregistry.aio import ContainerRegistryManagementClient
from azure.mgmt.storage.aio import StorageManagementClient

from mlregistry_operator.cloud.azure.clients import REGISTRY_PREVIEW_VERSION, Clients
from mlregistry_operator.cloud.azure.credentials import credential_for
from mlregistry_operator.cloud.azure.endpoints import Endpoints
from mlregistry_operator.cloud.azure.images.registries import AzureImages
from mlregistry_operator.cloud.azure.pacing import paced_gates
from mlregistry_operator.cloud.azure.pipeline import client_options
from mlregistry_operator.cloud.azure.subscription import AzureSubscription
from mlregistry_operator.cloud.azure.throttling import Throttle
from mlregistry_operator.cloud.azure.transport import ARM_CONNECTIONS, Connections, MayWrite, always
from mlregistry_operator.domain.identity import Identity, SecretIdentity


class AzureSubscriptions:
    """Implements `Clouds` and `ImageRegistries`. To be used and closed in one event loop."""

    def __init__(
        self, endpoints: Endpoints, environment: Mapping[str, str], may_write: MayWrite = always
    ) -> None:
        self._endpoints, self._may_write = endpoints, may_write
        self._environment = environment
        self._throttle = Throttle()
        self._gates = paced_gates()
        self._stack = AsyncExitStack()
        self._open: dict[tuple[str, str], AzureImages] = {}
        self._lock = asyncio.Lock()
        self._connections: Connections | None = None

    async def open(self, identity: Identity, subscription_id: str) -> AzureSubscription:
        """The subscription as that identity sees it.

        Raises:
            CloudError: the identity is incomplete.
        """
        return (await self.images(identity, subscription_id)).subscription

    async def images(self, identity: Identity, subscription_id: str) -> AzureImages:
        """The subscription's container registries as that identity sees them.

        Raises:
            CloudError: the identity is incomplete.
        """
        key = (_fingerprint(identity), subscription_id)
        async with self._lock:
            if key not in self._open:
                self._open[key] = await self._make(identity, subscription_id)
            return self._open[key]

    async def close(self) -> None:
        self._open.clear()
        await self._stack.aclose()

    def _connect(self) -> Connections:
        """The session is made in the loop that uses it, on first use, and closed after all its clients."""
        if self._connections is None:
            self._connections = Connections(self._endpoints, self._may_write, per_host=ARM_CONNECTIONS)
            self._stack.push_async_callback(self._connections.close)
        return self._connections

    async def _make(self, identity: Identity, subscription_id: str) -> AzureImages:
        connections = self._connect()
        credential = credential_for(identity, self._endpoints, self._environment, connections)
        options = client_options(credential, self._endpoints, self._throttle, connections)
        clients = Clients(
            storage=StorageManagementClient(credential, subscription_id, **options),
            registry=ContainerRegistryManagementClient(credential, subscription_id, **options),
        )
        preview = ContainerRegistryManagementClient(
            credential, subscription_id, api_version=REGISTRY_PREVIEW_VERSION, **options
        )
        await self._stack.enter_async_context(credential)
        await self._stack.enter_async_context(clients.storage)
        await self._stack.enter_async_context(clients.registry)
        clients.preview = await self._stack.enter_async_context(preview)
        subscription = AzureSubscription(subscription_id, clients, self._throttle.regions)
        return AzureImages(subscription, credential, connections, self._gates)


def _fingerprint(identity: Identity) -> str:
    """Tells identities apart, and a rotated secret from the old one, without keeping the secret as a key."""
    if not isinstance(identity, SecretIdentity):
        return repr(identity)
    secret = f"{identity.client_secret}\0{identity.client_certificate}"
    return f"{identity!r}{hashlib.sha256(secret.encode()).hexdigest()}"
