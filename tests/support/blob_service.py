"""The mock cloud's blob service through the real client, for whoever calls."""

import datetime as dt
import ssl
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.transport import AioHttpTransport
from azure.identity.aio import ClientSecretCredential
from azure.storage.blob import BlobSasPermissions, generate_blob_sas
from azure.storage.blob.aio import BlobClient, BlobServiceClient, ContainerClient

from mockcloud import defaults
from mockcloud.client import MockClient
from mockcloud.server import MockCloudThread

CONTAINER = "models"
EAST, WEST = "accteast", "acctwest"


@contextmanager
def refused(code: str, status: int | None = None) -> Iterator[Any]:
    """The service refuses with this code; the error is what the block yields."""
    with pytest.raises(HttpResponseError) as caught:
        yield caught
    told = getattr(caught.value, "error_code", None) or (
        caught.value.response.headers.get("x-ms-error-code") if caught.value.response else None
    )
    assert str(getattr(told, "value", told)) == code, caught.value
    if status is not None:
        assert caught.value.status_code == status


@dataclass
class Blobs:
    """The cloud with clients of the operator's principal, who stands with data roles."""

    cloud: MockCloudThread
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _session: aiohttp.ClientSession | None = None

    @property
    def operator_id(self) -> str:
        return defaults.OPERATOR_PRINCIPAL_ID

    @property
    def mock(self) -> MockClient:
        return self.cloud.client

    def account_id(self, name: str) -> str:
        group = f"/subscriptions/{self.cloud.subscription_id}/resourceGroups/rg"
        return f"{group}/providers/Microsoft.Storage/storageAccounts/{name}"

    def set_account(self, name: str, **properties: Any) -> None:
        self.mock.patch_resource(self.account_id(name), {"properties": properties})

    async def arm(self, method: str, path: str, token: str, body: Any) -> None:
        """A request to the control plane that must succeed."""
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{self.cloud.url}{path}"
        async with self.session.request(method, url, json=body, headers=headers) as response:
            assert response.ok, await response.text()

    @property
    def session(self) -> aiohttp.ClientSession:
        """One for all clients: given a file to verify with, the SDK opens a connection for each request."""
        if self._session is None:
            context = ssl.create_default_context(cafile=str(self.cloud.ca_file))
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context))
            self.stack.push_async_callback(self._session.close)
        return self._session

    @property
    def options(self) -> dict[str, Any]:
        transport = AioHttpTransport(session=self.session, session_owner=False)
        return {"transport": transport, "retry_total": 0}

    async def credential(
        self,
        client_id: str = defaults.OPERATOR_CLIENT_ID,
        secret: str = defaults.OPERATOR_CLIENT_SECRET,
    ) -> ClientSecretCredential:
        credential = ClientSecretCredential(
            self.cloud.tenant_id,
            client_id,
            secret,
            authority=self.cloud.url,
            disable_instance_discovery=True,
            **self.options,
        )
        return await self.stack.enter_async_context(credential)

    async def service(self, account: str = EAST, credential: Any = None) -> BlobServiceClient:
        """The operator's, unless another credential is given."""
        who = credential or await self.credential()
        service = BlobServiceClient(f"{self.cloud.url}/{account}", credential=who, **self.options)
        return await self.stack.enter_async_context(service)

    async def owner(self, account: str = EAST) -> BlobServiceClient:
        """An owner of the subscription, who has no data role."""
        who = await self.credential(defaults.OWNER_CLIENT_ID, defaults.OWNER_CLIENT_SECRET)
        return await self.service(account, who)

    async def container(self, account: str = EAST) -> ContainerClient:
        return (await self.service(account)).get_container_client(CONTAINER)

    async def blob(self, name: str, account: str = EAST) -> BlobClient:
        return (await self.service(account)).get_blob_client(CONTAINER, name)

    async def at(self, url: str, credential: Any = None) -> BlobClient:
        """A client for this address and nothing else."""
        return await self.stack.enter_async_context(
            BlobClient.from_blob_url(url, credential=credential, **self.options)
        )

    async def delegated(self, blob: BlobClient, permission: str = "r", hours: float = 1.0) -> str:
        """The address of a blob with a signature that the operator delegated."""
        service = await self.service(blob.account_name or blob.url.split("/")[3])
        now = dt.datetime.now(dt.UTC)
        key = await service.get_user_delegation_key(now - dt.timedelta(minutes=5), now + dt.timedelta(days=1))
        name = service.url.rstrip("/").rsplit("/", 1)[-1]
        sas = generate_blob_sas(
            name,
            blob.container_name,
            blob.blob_name,
            user_delegation_key=key,
            permission=BlobSasPermissions.from_string(permission),
            expiry=now + dt.timedelta(hours=hours),
        )
        return f"{blob.url}?{sas}"


async def read(blob: BlobClient, **options: Any) -> bytes:
    return await (await blob.download_blob(**options)).readall()
