"""Whether what was imported is an image, and taking it away where it is not."""

from typing import Final

from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.image_kinds import instead_of_image, is_no_image
from mlregistry_operator.reconcile.assets.image_scenes import ImageScene
from mlregistry_operator.reconcile.assets.publishers import forget_publisher
from mlregistry_operator.reconcile.assets.scene import AssetScene

_DEEPEST: Final = 3  # an index of indexes is as deep as anybody has made one


async def kind_instead(place: ImageScene, reference: str) -> str | None:
    """What lies there, where it is no image; of one for several platforms the first is looked at.

    Raises:
        CloudError: the registry could not be asked.
    """
    for _ in range(_DEEPEST):
        found = await place.images.manifest(place.login_server, place.image.repository, reference)
        if found is None:
            return None
        if not found.children:
            return instead_of_image(found)
        reference = found.children[0]
    return None


async def refuse_other_kinds(scene: AssetScene, place: ImageScene, source: str) -> None:
    """Take away what this object has imported and what is no image: its version stays free for one.

    Raises:
        CloudError: it is none, and says so; or it could not be looked at or taken away.
    """
    what = await kind_instead(place, place.image.tag)
    if what is None:
        return
    await place.images.delete_version(place.login_server, place.image.repository, place.image.tag)
    await forget_publisher(scene)
    raise CloudError(is_no_image(source, what, scene.id))
