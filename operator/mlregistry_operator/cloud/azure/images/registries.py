"""Images of one subscription, as the port that the engine of assets knows."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from azure.containerregistry.aio import ContainerRegistryClient
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import ResourceNotFoundError
from azure.core.pipeline import PipelineResponse
from azure.mgmt.containerregistry import models

from mlregistry_operator import __version__
from mlregistry_operator.cloud.azure.gates import Gates
from mlregistry_operator.cloud.azure.images.directory import Directory
from mlregistry_operator.cloud.azure.images.errors import damaged, registry_errors, said
from mlregistry_operator.cloud.azure.images.tokens import RememberedTokens, TokenMemory
from mlregistry_operator.cloud.azure.pacing import PacedTransport
from mlregistry_operator.cloud.azure.paging import listed
from mlregistry_operator.cloud.azure.subscription import AzureSubscription
from mlregistry_operator.cloud.azure.transport import Connections
from mlregistry_operator.cloud.images import ImageImport, SeenRegistry
from mlregistry_operator.cloud.ports import CloudError, Started
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.image_meanings import NOT_THERE, import_failure
from mlregistry_operator.domain.image_sources import ImageOrigin
from mlregistry_operator.domain.images import ImageManifest, ImageTag
from mlregistry_operator.domain.resources import OperationState

AUDIENCE: Final = "https://containerregistry.azure.net"
_SUBSCRIPTIONS: Final = "/subscriptions/"


@dataclass(slots=True)
class _LastAnswer:
    """What was answered last, kept beside what the SDK makes of it."""

    response: Any = None

    def hear(self, response: PipelineResponse[Any, Any]) -> None:
        self.response = response.http_response

    async def content(self) -> bytes:
        return bytes(await self.response.read())


@dataclass(frozen=True, slots=True)
class AzureImages:
    """Implements `Images`. Clients are made for each look: they cost a fraction of a millisecond.

    `audience` is what tokens for registries are asked for; sovereign clouds have others.
    """

    subscription: AzureSubscription
    credential: AsyncTokenCredential
    connections: Connections
    gates: Gates
    audience: str = AUDIENCE
    tokens: TokenMemory = field(default_factory=TokenMemory)
    directory: Directory = field(default_factory=Directory)

    async def import_image(self, wanted: ImageImport) -> Started:
        parameters = models.ImportImageParameters(
            source=_source(wanted.origin), target_tags=[wanted.target], mode="NoForce"
        )
        try:
            return await self.subscription.import_image(wanted.registry, parameters)
        except CloudError as error:
            raise CloudError(import_failure(error.failure, wanted.origin, wanted.target)) from None

    async def import_state(self, url: str, wanted: ImageImport) -> OperationState:
        state = await self.subscription.operation(url, wanted.registry)
        if state.failure is None:
            return state
        return replace(state, failure=import_failure(state.failure, wanted.origin, wanted.target))

    async def registry_of(self, target: ArmId) -> SeenRegistry | None:
        return await self.subscription.seen_registry(target)

    async def registry_at(self, login_server: str) -> SeenRegistry | None:
        return await self.directory.find(login_server, self.subscription)

    async def manifest(self, endpoint: str, repository: str, reference: str) -> ImageManifest | None:
        image, answer = _named(repository, reference), _LastAnswer()
        async with (
            registry_errors(endpoint, f"read the manifest of {image}"),
            self._client(endpoint) as client,
        ):
            try:
                found = await client.get_manifest(repository, reference, raw_response_hook=answer.hear)
            except ResourceNotFoundError as error:
                if (await said(error))[0] in NOT_THERE:
                    return None
                raise
            except ValueError as error:  # the client compares digests, and does not say which
                arrived = _digest(await answer.content())
                expected = str(answer.response.headers.get("Docker-Content-Digest", reference))
                raise damaged(endpoint, image, expected, arrived) from error
            return _manifest(found.digest, found.media_type, found.manifest, await answer.content())

    async def tag(self, endpoint: str, repository: str, tag: str) -> ImageTag | None:
        image = _named(repository, tag)
        async with registry_errors(endpoint, f"read the tag {image}"), self._client(endpoint) as client:
            try:
                found = await client.get_tag_properties(repository, tag)
            except ResourceNotFoundError as error:
                if (await said(error))[0] in NOT_THERE:
                    return None
                raise
            return ImageTag(found.digest, found.last_updated_on)

    async def repositories(self, endpoint: str) -> tuple[str, ...]:
        async with registry_errors(endpoint, "list the repositories"), self._client(endpoint) as client:
            return tuple(sorted([name async for name in listed(client.list_repository_names())]))

    async def delete_version(self, endpoint: str, repository: str, tag: str) -> None:
        """Deleting a manifest deletes all its tags, and other versions may have the same image."""
        found = await self.tag(endpoint, repository, tag)
        if found is None:
            return
        image = _named(repository, tag)
        async with registry_errors(endpoint, f"delete {image}"), self._client(endpoint) as client:
            kept = await client.get_manifest_properties(repository, found.digest)
            if set(kept.tags or ()) - {tag}:
                await client.delete_tag(repository, tag)
            else:
                await client.delete_manifest(repository, found.digest)

    def _client(self, endpoint: str) -> ContainerRegistryClient:
        url = f"https://{endpoint}"
        return ContainerRegistryClient(
            url,
            self.credential,
            audience=self.audience,
            transport=PacedTransport(self.connections.transport(), self.gates, url, apart=True),
            retry_total=0,
            permit_redirects=False,
            per_call_policies=[RememberedTokens(self.tokens)],
            user_agent=f"mlregistry-operator/{__version__}",
        )


def _source(origin: ImageOrigin) -> models.ImportSource:
    if origin.source.casefold().startswith(_SUBSCRIPTIONS):
        return models.ImportSource(resource_id=origin.source, source_image=origin.image)
    if origin.credentials is None:
        return models.ImportSource(registry_uri=origin.source, source_image=origin.image)
    user = models.ImportSourceCredentials(
        username=origin.credentials.username, password=origin.credentials.password
    )
    return models.ImportSource(registry_uri=origin.source, source_image=origin.image, credentials=user)


def _named(repository: str, reference: str) -> str:
    return f"{repository}{'@' if ':' in reference else ':'}{reference}"


def _manifest(digest: str, media_type: str, document: Mapping[str, Any], content: bytes) -> ImageManifest:
    parts = [*(document.get("layers") or ()), *filter(None, [document.get("config")])]
    listed = sorted(document.get("manifests") or (), key=_is_attached)
    size = len(content) + sum(int(part.get("size", 0)) for part in parts)
    return ImageManifest(
        digest,
        media_type,
        size,
        tuple(str(one["digest"]) for one in listed),
        _text((document.get("config") or {}).get("mediaType")),
        _text(document.get("artifactType")),
    )


def _is_attached(child: Mapping[str, Any]) -> bool:
    return (child.get("platform") or {}).get("architecture") == "unknown"


def _text(said: object) -> str | None:
    return said if isinstance(said, str) and said else None


def _digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()
