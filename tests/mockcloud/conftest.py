"""A cloud of the test's own, and the real SDKs pointed at it.

Operations take no time and polls do not wait unless a test says otherwise.
"""

import http.client
import json
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from azure.core.pipeline.transport import AioHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest
from azure.identity.aio import ClientSecretCredential
from azure.mgmt.containerregistry.aio import ContainerRegistryManagementClient
from azure.mgmt.storage.aio import StorageManagementClient

from mockcloud import defaults
from mockcloud.client import MockClient
from mockcloud.server import MockCloudThread

SECOND_SUBSCRIPTION = "00000000-0000-0000-0000-000000000002"
GROUP = "rg"


@dataclass(frozen=True)
class Caller:
    """Who calls, with which clients."""

    credential: ClientSecretCredential
    storage: StorageManagementClient
    registry: ContainerRegistryManagementClient

    async def arm(
        self, method: str, path: str, body: object = None, version: str = "2022-09-01"
    ) -> AsyncHttpResponse:
        """Any address of the control plane, in this caller's name; the answer whatever its status."""
        named = "api-version=" in path or not version
        joined = path if named else f"{path}{'&' if '?' in path else '?'}api-version={version}"
        request = HttpRequest(method, joined, json=body) if body is not None else HttpRequest(method, joined)
        response: AsyncHttpResponse = await self.storage.send_request(request)
        return response


async def once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Turn the loss of a connection into an error that aiohttp does not answer with a second request."""
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise aiohttp.ClientConnectionError(str(error)) from error


@dataclass(frozen=True)
class Raw:
    status: int
    headers: dict[str, str]
    body: Any


@dataclass
class Azure:
    """The cloud, and a caller for each name. `mock` is its own interface."""

    cloud: MockCloudThread
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def mock(self) -> MockClient:
        return self.cloud.client

    @property
    def subscription(self) -> str:
        return self.cloud.subscription_id

    @property
    def group_id(self) -> str:
        return f"/subscriptions/{self.subscription}/resourceGroups/{GROUP}"

    def account_id(self, name: str) -> str:
        return f"{self.group_id}/providers/Microsoft.Storage/storageAccounts/{name}"

    def registry_id(self, name: str) -> str:
        return f"{self.group_id}/providers/Microsoft.ContainerRegistry/registries/{name}"

    def raw(
        self, method: str, path: str, token: str | None = None, body: str | None = None, **headers: str
    ) -> Raw:
        """A request without any SDK between."""
        url = urlsplit(self.cloud.url)
        context = ssl.create_default_context(cafile=str(self.cloud.ca_file))
        connection = http.client.HTTPSConnection(url.hostname or "", url.port, context=context, timeout=10)
        sent = dict(headers)
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            said = response.read()
        finally:
            connection.close()
        return Raw(response.status, dict(response.getheaders()), json.loads(said) if said else None)

    async def caller(
        self,
        client_id: str = defaults.OWNER_CLIENT_ID,
        secret: str = defaults.OWNER_CLIENT_SECRET,
        subscription: str | None = None,
        tenant: str | None = None,
        *,
        insists: bool = True,
    ) -> Caller:
        """Clients of a principal. aiohttp sends a PUT again by itself where the connection is lost.

        Without `insists` it does not, and the loss is seen.
        """
        ca, scope = str(self.cloud.ca_file), f"{self.cloud.url}/.default"
        credential = ClientSecretCredential(
            tenant or self.cloud.tenant_id,
            client_id,
            secret,
            authority=self.cloud.url,
            disable_instance_discovery=True,
            connection_verify=ca,
            retry_total=0,
        )
        options: dict[str, Any] = {
            "base_url": self.cloud.url,
            "credential_scopes": [scope],
            "connection_verify": ca,
            "retry_total": 0,
            "polling_interval": 0.02,
        }
        if not insists:
            session = aiohttp.ClientSession(middlewares=(once,))
            options["transport"] = AioHttpTransport(session=session, session_owner=True, connection_verify=ca)
        where = subscription or self.subscription
        storage = StorageManagementClient(credential, where, **options)
        registry = ContainerRegistryManagementClient(credential, where, **options)
        for closing in (credential, storage, registry):
            await self.stack.enter_async_context(closing)
        return Caller(credential, storage, registry)


@pytest.fixture
def cloud() -> Iterator[MockCloudThread]:
    subscriptions = (defaults.SUBSCRIPTION_ID, SECOND_SUBSCRIPTION)
    settings = {"lroSeconds": 0, "retryAfterSeconds": 0}
    with MockCloudThread(subscriptions=subscriptions, settings=settings) as cloud:
        yield cloud


@pytest.fixture
async def azure(cloud: MockCloudThread) -> AsyncIterator[Azure]:
    """The cloud with one resource group in each subscription."""
    azure = Azure(cloud)
    for subscription in cloud.subscriptions:
        azure.mock.put_resource(
            f"/subscriptions/{subscription}/resourceGroups/{GROUP}", {"location": "eastus"}
        )
    async with azure.stack:
        yield azure


@pytest.fixture
async def owner(azure: Azure) -> Caller:
    return await azure.caller()
