"""The management clients of one subscription, and requests for which the SDKs have no client."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from azure.core.rest import AsyncHttpResponse, HttpRequest
from azure.mgmt.containerregistry.aio import ContainerRegistryManagementClient
from azure.mgmt.containerregistry.aio.operations import RegistriesOperations
from azure.mgmt.storage.aio import StorageManagementClient

RESOURCES_API_VERSION: Final = "2022-09-01"
ASSIGNMENTS_API_VERSION: Final = "2022-04-01"

# The first served versions that tell and take `regionalEndpoints` are previews; the SDK's own is not one.
REGISTRY_PREVIEW_VERSION: Final = "2026-03-01-preview"


@dataclass(slots=True)
class Clients:
    """The management clients of one subscription and identity.

    `preview` speaks the version that knows regional endpoints; None once the cloud has refused that version.
    """

    storage: StorageManagementClient
    registry: ContainerRegistryManagementClient
    preview: ContainerRegistryManagementClient | None = None

    @property
    def registries(self) -> RegistriesOperations:
        return (self.preview or self.registry).registries


async def send(
    clients: Clients, method: str, url: str, query: Mapping[str, str], body: dict[str, Any] | None = None
) -> AsyncHttpResponse:
    """One request through the storage client's pipeline; a few calls are not worth another SDK.

    Raises:
        HttpResponseError: the answer is a refusal.
    """
    request = HttpRequest(method, url, params=dict(query), json=body)
    response: AsyncHttpResponse = await clients.storage.send_request(request)
    response.raise_for_status()
    return response
