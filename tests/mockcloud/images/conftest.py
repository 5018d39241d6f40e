"""A geo-replicated registry in the mock cloud, and the real client of Azure's registries pointed at it."""

import io
from dataclasses import dataclass
from typing import Any

import pytest
from azure.containerregistry.aio import ContainerRegistryClient
from azure.core.rest import AsyncHttpResponse
from support.images import Image
from support.waiting import until

HOME, REPLICA = "eastus", "westus"
NAME = "Images01"


@dataclass
class Registry:
    """The registry `Images01`, at home in eastus with a replica in westus."""

    azure: Any
    caller: Any

    @property
    def id(self) -> str:
        return str(self.azure.registry_id(NAME))

    @property
    def mock(self) -> Any:
        return self.azure.mock

    async def client(
        self, region: str | None = None, *, caller: Any = None, audience: str | None = None
    ) -> ContainerRegistryClient:
        """A client of the login server, or of one region's endpoint."""
        host = f"{self.azure.cloud.url}/{NAME.lower()}" + (f".{region}.geo" if region else "")
        options = {} if audience is None else {"audience": audience}
        client = ContainerRegistryClient(
            host,
            (caller or self.caller).credential,
            connection_verify=str(self.azure.cloud.ca_file),
            retry_total=0,
            **options,
        )
        # Entered, because only leaving it closes what it exchanges tokens with.
        entered: ContainerRegistryClient = await self.azure.stack.enter_async_context(client)
        return entered

    async def push(
        self,
        image: Image,
        repository: str = "environments/sklearn",
        tag: str | None = "1",
        region: str | None = None,
    ) -> str:
        client = await self.client(region)
        for blob in (image.config, image.layer):
            await client.upload_blob(repository, io.BytesIO(blob))
        return await client.set_manifest(repository, io.BytesIO(image.content), tag=tag)

    async def import_image(self, source: dict[str, Any], *targets: str, **more: Any) -> AsyncHttpResponse:
        """The answer that accepts or refuses the import."""
        body = {"source": source, "targetTags": list(targets) or ["environments/sklearn:1"], **more}
        answer: AsyncHttpResponse = await self.caller.arm(
            "POST", f"{self.id}/importImage", body, version="2025-11-01"
        )
        return answer

    async def imported(self, source: dict[str, Any], *targets: str, **more: Any) -> AsyncHttpResponse:
        """The last answer of an import that was accepted."""
        accepted = await self.import_image(source, *targets, **more)
        assert accepted.status_code == 202, accepted.text()
        location = accepted.headers["Location"]

        async def over() -> AsyncHttpResponse | None:
            answer: AsyncHttpResponse = await self.caller.arm("GET", location)
            return None if answer.status_code == 202 else answer

        return await until(over)


@pytest.fixture
async def registry(azure: Any, owner: Any) -> Registry:
    registry = Registry(azure, owner)
    azure.mock.put_resource(registry.id, {"location": HOME, "properties": {"regionalEndpoints": "Enabled"}})
    azure.mock.put_resource(f"{registry.id}/replications/{REPLICA}", {"location": REPLICA})
    return registry
