"""Where the image of an asset lies: in the container registry of the asset's registry."""

from dataclasses import dataclass

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.images import Images
from mlregistry_operator.cloud.ports import Cloud, CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.assets.layout import Image, image_of
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.reconcile.assets.content import Content
from mlregistry_operator.reconcile.assets.scene import AssetScene
from mlregistry_operator.reconcile.identities import identity_of
from mlregistry_operator.reconcile.world import World


@dataclass(frozen=True, slots=True)
class ImageScene:
    """The container registry of an asset's registry, and where in it the image lies."""

    id: ArmId
    login_server: str
    images: Images
    cloud: Cloud
    image: Image


async def image_place(scene: AssetScene, world: World, content: Content) -> ImageScene:
    """Where the image of an asset lies. Raises `CloudError` where there is no container registry yet."""
    found = scene.registry.status.container_registry
    if found is None or not found.login_server:
        raise CloudError(_no_registry(scene))
    identity = await identity_of(scene.registry, world, for_deletion=scene.going)
    subscription = scene.registry.spec.azure.subscription_id
    return ImageScene(
        ArmId(found.id),
        found.login_server,
        await content.images.images(identity, subscription),
        await world.clouds.open(identity, subscription),
        image_of(scene.id.key),
    )


def _no_registry(scene: AssetScene) -> Failure:
    return Failure(
        ArmId(""),
        Reason.DEPENDENCY_NOT_READY,
        Severity.RETRY,
        f"MLRegistry {scene.registry.key} has no container registry yet",
        remedy="It goes on by itself as soon as that is there.",
    )
