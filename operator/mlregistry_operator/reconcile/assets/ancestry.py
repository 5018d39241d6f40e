"""Which image an environment is made from: one outside, or one that another registry has published."""

from mlregistry_operator.api.objects import MLAsset, MLRegistry
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.assets.layout import image_of
from mlregistry_operator.domain.image_sources import ImageOrigin, grant
from mlregistry_operator.reconcile.assets.content import Content
from mlregistry_operator.reconcile.assets.image_origins import declared_image
from mlregistry_operator.reconcile.assets.promotions import ancestor_of, check_digests, not_published
from mlregistry_operator.reconcile.identities import identity_of
from mlregistry_operator.reconcile.world import World


async def image_source(asset: MLAsset, registry: MLRegistry, world: World, content: Content) -> ImageOrigin:
    """The source image, as `importImage` takes it; pinned where a digest is known.

    Raises:
        CloudError: the reference contradicts the pin, the source may not be read, or the ancestor is not
            published.
        ClusterError: the API server could not be asked.
    """
    source = asset.spec.source.image
    if source is not None:
        return await declared_image(asset, source, registry, world, content)
    return await _ancestral(asset, registry, world, content)


async def _ancestral(asset: MLAsset, registry: MLRegistry, world: World, content: Content) -> ImageOrigin:
    source = asset.spec.source.asset
    if source is None:
        raise TypeError("only for what is promoted")
    ancestor = await ancestor_of(asset, source, world, content)
    found, image = ancestor.registry.status.container_registry, image_of(ancestor.id.key)
    if found is None or not found.login_server:
        raise CloudError(not_published(ancestor.id))
    identity = await identity_of(ancestor.registry, world)
    images = await content.images.images(identity, ancestor.registry.spec.azure.subscription_id)
    tag = await images.tag(found.login_server, image.repository, image.tag)
    if tag is None:
        raise CloudError(not_published(ancestor.id))
    check_digests(asset, source, tag.digest)
    closed = grant(registry.key, found.id)
    return ImageOrigin(ArmId(found.id), f"{image.repository}@{tag.digest}", if_closed=closed)
