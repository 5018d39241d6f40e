"""What the engine of assets asks of container registries. Everything here is safe to repeat after a look.

Endpoints are hosts as Azure tells them (`loginServer`), or as `regional_endpoint` computes them for a region.
"""

from dataclasses import dataclass
from typing import Protocol

from mlregistry_operator.cloud.ports import Started
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.identity import Identity
from mlregistry_operator.domain.image_sources import ImageOrigin
from mlregistry_operator.domain.images import ImageManifest, ImageTag
from mlregistry_operator.domain.resources import OperationState


@dataclass(frozen=True, slots=True)
class ImageImport:
    """One image to be copied into a registry: from where, and to which repository and tag."""

    registry: ArmId
    origin: ImageOrigin
    repository: str
    tag: str

    @property
    def target(self) -> str:
        return f"{self.repository}:{self.tag}"


@dataclass(frozen=True, slots=True)
class SeenRegistry:
    """A container registry of Azure that an identity may read."""

    id: ArmId
    login_server: str


class Images(Protocol):
    """The container registries of one subscription, seen with one identity.

    Every method raises `CloudError` and nothing else. A look answers None for what is not there.
    """

    async def import_image(self, wanted: ImageImport) -> Started:
        """Start the copy and let it go. It never overwrites: a tag that exists is `VersionConflict`."""
        ...

    async def import_state(self, url: str, wanted: ImageImport) -> OperationState:
        """One look at an import, told by what the source's registry said where it failed. Never raises."""
        ...

    async def registry_of(self, target: ArmId) -> SeenRegistry | None:
        """A container registry by its id, in whichever subscription."""
        ...

    async def registry_at(self, login_server: str) -> SeenRegistry | None:
        """A container registry by its login server, among those of all subscriptions that may be read.

        What was found is remembered for minutes; subscriptions beyond a bound are left out.
        """
        ...

    async def manifest(self, endpoint: str, repository: str, reference: str) -> ImageManifest | None:
        """The image of a digest or a tag as that endpoint has it.

        Bytes that are not those of the digest are the failure `ContentDamaged`, which names both.
        """
        ...

    async def tag(self, endpoint: str, repository: str, tag: str) -> ImageTag | None:
        """Where a tag points, and since when."""
        ...

    async def repositories(self, endpoint: str) -> tuple[str, ...]:
        """The names of all repositories, sorted."""
        ...

    async def delete_version(self, endpoint: str, repository: str, tag: str) -> None:
        """Take the tag away, and its image with it where no other tag points there. Missing is done."""
        ...


class ImageRegistries(Protocol):
    """Opens subscriptions for their images."""

    async def images(self, identity: Identity, subscription_id: str) -> Images:
        """The subscription as that identity sees it. Raises `CloudError` where the identity is incomplete."""
        ...
