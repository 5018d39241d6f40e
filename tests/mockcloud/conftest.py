"""A cloud of the test's own, and the real SDKs pointed at it.

Operations take no time and polls do not wait unless a test says otherwise.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest
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

    async def arm(self, method: str, path: str, body: object = None, version: str = "2022-09-01") -> AsyncHttpResponse:
        """Any address of the control plane, in this caller's name; the answer whatever its status."""
        joined = path if "api-version=" in path or not version else f"{path}{'&' if '?' in path else '?'}api-version={version}"
        request = HttpRequest(method, joined, json=body) if body is not None else HttpRequest(method, joined)
        response: AsyncHttpResponse = await self.storage.send_request(request)
        return response


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

    async def caller(
        self,
        client_id: str = defaults.OWNER_CLIENT_ID,
        secret: str = defaults.OWNER_CLIENT_SECRET,
        subscription: str | None = None,
        tenant: str | None = None,
    ) -> Caller:
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
        options = {
            "base_url": self.cloud.url,
            "credential_scopes": [scope],
            "connection_verify": ca,
            "retry_total": 0,
            "polling_interval": 0.02,
        }
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
        azure.mock.put_resource(f"/subscriptions/{subscription}/resourceGroups/{GROUP}", {"location": "eastus"})
    async with azure.stack:
        yield azure


@pytest.fixture
async def owner(azure: Azure) -> Caller:
    return await azure.caller()
