"""A blob service as the contract tests see it: two accounts, their keys, and who may delegate.

The mock cloud is one, Azurite is another. Each test has a container of its own in both accounts.
"""

import datetime as dt
import ssl
import uuid
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from azure.core.credentials import AccessToken, AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.transport import AioHttpTransport
from azure.storage.blob import BlobSasPermissions, generate_blob_sas
from azure.storage.blob.aio import BlobClient, BlobServiceClient, ContainerClient

from hack.azurite.differences import Difference

EAST, WEST = "accteast", "acctwest"
HOUR = dt.timedelta(hours=1)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class Place:
    """Where a blob service is, and what opens it."""

    name: str
    url: str
    ca_file: Path
    keys: dict[str, str]
    token: str


class TokenCredential:
    """A token that somebody got already."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken(self._token, 2**40)


@dataclass
class Contract:
    """One test's view of a blob service: `container` is there in both accounts, and empty."""

    place: Place
    stack: AsyncExitStack
    session: aiohttp.ClientSession
    container: str = field(default_factory=lambda: f"c{uuid.uuid4().hex}")

    @classmethod
    async def at(cls, place: Place, stack: AsyncExitStack) -> "Contract":
        context = ssl.create_default_context(cafile=str(place.ca_file))
        connector = aiohttp.TCPConnector(ssl=context)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        contract = cls(place, stack, session)
        for account in (EAST, WEST):
            await contract.service(account).create_container(contract.container)
        return contract

    def says(self, difference: Difference) -> str:
        """What this service answers, where the two are known to differ."""
        return difference.mock if self.place.name == "mock" else difference.azurite

    @property
    def options(self) -> dict[str, Any]:
        transport = AioHttpTransport(session=self.session, session_owner=False)
        return {"transport": transport, "retry_total": 0}

    def service(self, account: str = EAST, credential: Any = None) -> BlobServiceClient:
        """By the account's key, unless another credential is given."""
        who = credential or AzureNamedKeyCredential(account, self.place.keys[account])
        return BlobServiceClient(f"{self.place.url}/{account}", credential=who, **self.options)

    def by_token(self, account: str = EAST) -> BlobServiceClient:
        """By a bearer token of somebody who may read, write and delegate."""
        return self.service(account, TokenCredential(self.place.token))

    def containers(self, account: str = EAST) -> ContainerClient:
        return self.service(account).get_container_client(self.container)

    def blob(self, name: str, account: str = EAST) -> BlobClient:
        return self.service(account).get_blob_client(self.container, name)

    def open(self, url: str) -> BlobClient:
        """A client for an address, which has no other credential."""
        return BlobClient.from_blob_url(url, **self.options)

    async def delegation(self) -> Any:
        """A key that lets sign in the name of whose token it is."""
        return await self.by_token().get_user_delegation_key(now() - HOUR / 12, now() + 24 * HOUR)

    def signed(self, blob: BlobClient, permission: str = "r", **changes: Any) -> str:
        """The blob's address with a signature: of the account's key, or of `user_delegation_key`."""
        signer = {} if "user_delegation_key" in changes else {"account_key": self.place.keys[EAST]}
        options = {"expiry": now() + HOUR, **signer, **changes}
        letters = BlobSasPermissions.from_string(permission)
        sas = generate_blob_sas(EAST, self.container, blob.blob_name, permission=letters, **options)
        return f"{blob.url}?{sas}"


async def outcome(call: Awaitable[Any]) -> str:
    """`done`, or status and code of the refusal: `404 BlobNotFound`."""
    try:
        await call
    except HttpResponseError as error:
        code = error.response.headers.get("x-ms-error-code") if error.response else None
        return f"{error.status_code} {code}"
    return "done"


def sends(**headers: str) -> Any:
    """Headers that the client has no argument for; `_` stands for `-`."""

    def hook(request: Any) -> None:
        request.http_request.headers.update({k.replace("_", "-"): v for k, v in headers.items()})

    return hook


async def content(blob: BlobClient, **options: Any) -> bytes:
    return await (await blob.download_blob(**options)).readall()
