"""Azure's SDKs without a network: a transport that answers from a script and notes what was sent."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import HttpRequest
from azure.core.rest._http_response_impl_async import AsyncHttpResponseImpl
from azure.core.utils import CaseInsensitiveDict
from azure.mgmt.containerregistry.aio import ContainerRegistryManagementClient
from azure.mgmt.storage.aio import StorageManagementClient

from mlregistry_operator.cloud.azure.clients import REGISTRY_PREVIEW_VERSION, Clients
from mlregistry_operator.cloud.azure.endpoints import Endpoints
from mlregistry_operator.cloud.azure.pipeline import management_policies
from mlregistry_operator.cloud.azure.subscription import AzureSubscription
from mlregistry_operator.cloud.azure.throttling import Throttle
from mockcloud.defaults import SUBSCRIPTION_ID

ARM = "https://management.example"
ENDPOINTS = Endpoints("https://login.example", ARM, f"{ARM}/.default")


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: a body is JSON, or the text itself."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


Script = Callable[[HttpRequest], Reply | Exception]


class ScriptedTransport(AsyncHttpTransport[HttpRequest, Any]):
    """Answers with what the script says."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.sent: list[HttpRequest] = []

    async def send(self, request: HttpRequest, *, stream: bool = False, **_: Any) -> Any:
        self.sent.append(request)
        reply = self._script(request)
        if isinstance(reply, Exception):
            raise reply
        text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
        content = b"" if reply.body is None else text.encode()
        headers = CaseInsensitiveDict({"Content-Type": "application/json", **reply.headers})

        def pieces(*_: Any, **__: Any) -> AsyncIterator[bytes]:
            return _pieces(content)

        response = AsyncHttpResponseImpl(
            request=request,
            internal_response=_Connection(),
            block_size=4096,
            status_code=reply.status,
            reason="Reason",
            content_type="application/json",
            headers=headers,
            stream_download_generator=pieces,
        )
        if not stream:
            await response.read()
        return response

    async def open(self) -> None:
        return None

    async def close(self) -> None:
        return None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        return None


class _Connection:
    """What an answer came over; there is nothing to close."""

    async def close(self) -> None:
        return None


class FixedCredential:
    """Always the same token."""

    async def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken("token", 2**40)

    async def close(self) -> None:
        return None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


@dataclass(frozen=True, slots=True)
class Line:
    """A subscription, and the transport that it speaks through."""

    subscription: AzureSubscription
    transport: ScriptedTransport

    @property
    def sent(self) -> list[tuple[str, str]]:
        """Method and path of every request."""
        return [(one.method, one.url.partition("?")[0].removeprefix(ARM)) for one in self.transport.sent]

    def body(self, at: int = -1) -> Any:
        """The JSON that was sent."""
        content: Any = self.transport.sent[at].content
        return json.loads(content)


def line(script: Script | Reply | Exception) -> Line:
    """A subscription whose every request is answered by the script."""
    told = script if callable(script) else lambda _: script
    transport, credential, throttle = ScriptedTransport(told), FixedCredential(), Throttle()
    options: dict[str, Any] = {
        "base_url": ARM,
        "credential_scopes": [ENDPOINTS.arm_scope],
        "policies": management_policies(credential, ENDPOINTS, throttle),
        "transport": transport,
    }
    clients = Clients(
        storage=StorageManagementClient(credential, SUBSCRIPTION_ID, **options),
        registry=ContainerRegistryManagementClient(credential, SUBSCRIPTION_ID, **options),
        preview=ContainerRegistryManagementClient(
            credential, SUBSCRIPTION_ID, api_version=REGISTRY_PREVIEW_VERSION, **options
        ),
    )
    return Line(AzureSubscription(SUBSCRIPTION_ID, clients, throttle.regions), transport)
