"""The operator's view of images, and what a test turns in the registry that it looks at."""

from dataclasses import dataclass, field

from support.clouds import GROUP, MockCloud
from support.images import Image
from support.waiting import until

from mlregistry_operator.cloud.azure.images.registries import AzureImages
from mlregistry_operator.cloud.azure.subscriptions import AzureSubscriptions
from mlregistry_operator.cloud.images import ImageImport
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.identity import SecretIdentity
from mlregistry_operator.domain.image_sources import ImageOrigin
from mlregistry_operator.domain.images import regional_endpoint
from mlregistry_operator.domain.pull_secrets import PullCredentials
from mlregistry_operator.domain.resources import OperationPhase, OperationState
from mockcloud import defaults

REGISTRY = ArmId(f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/images01")
REPOSITORY = "environments/sklearn"
HOST = "mcr.example"


@dataclass
class ImageWorld:
    """A registry at home in eastus with a replica in westus, and what an operator uses to see it."""

    cloud: MockCloud
    clouds: AzureSubscriptions
    images: AzureImages
    host: str = field(init=False)

    def __post_init__(self) -> None:
        registry = self.cloud.resource(REGISTRY)
        assert registry is not None
        self.host = str(registry["properties"]["loginServer"])

    def region(self, location: str) -> str:
        return regional_endpoint(self.host, location)

    def outside(self, image: Image, reference: str = "1") -> Image:
        """Let an import find this image."""
        self.cloud.put_image("external", HOST, "base/sklearn", reference, image.content)
        return image

    async def as_principal(self, client_id: str, secret: str) -> AzureImages:
        identity = SecretIdentity(defaults.TENANT_ID, client_id, client_secret=secret)
        return await self.clouds.images(identity, defaults.SUBSCRIPTION_ID)

    async def ended(self, wanted: ImageImport) -> OperationState:
        """How an import that was started ends."""
        begun = await self.images.import_image(wanted)
        assert begun.url is not None
        url = begun.url

        async def over() -> OperationState | None:
            state = await self.images.import_state(url, wanted)
            return None if state.phase is OperationPhase.RUNNING else state

        return await until(over)


def an_import(
    source_image: str = "base/sklearn:1",
    tag: str = "1",
    source: str = HOST,
    credentials: PullCredentials | None = None,
) -> ImageImport:
    origin = ImageOrigin(source, source_image, credentials=credentials, if_closed="Grant it AcrPull.")
    return ImageImport(REGISTRY, origin, REPOSITORY, tag)
