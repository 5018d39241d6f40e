"""Which image an environment is made from: one outside, or one that another registry has published."""

from mlregistry_operator.api.objects import MLAsset, MLRegistry
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.assets.layout import image_of
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.images import ImageReference
from mlregistry_operator.reconcile.assets.content import Content
from mlregistry_operator.reconcile.assets.origins import asker_for
from mlregistry_operator.reconcile.assets.permissions import image_refused
from mlregistry_operator.reconcile.assets.promotions import ancestor_of, check_digests, not_published
from mlregistry_operator.reconcile.identities import identity_of
from mlregistry_operator.reconcile.world import World


async def image_source(
    asset: MLAsset, registry: MLRegistry, world: World, content: Content
) -> tuple[str | ArmId, str]:
    """Registry and name of the source image, as `importImage` takes them; pinned where a digest is known.

    Raises:
        CloudError: the reference contradicts the pin, the source may not be read, or the ancestor is not
            published.
        ClusterError: the API server could not be asked.
    """
    if asset.spec.source.asset is not None:
        return await _ancestral(asset, world, content)
    source = asset.spec.source.image
    reference = ImageReference.parse(source.reference if source is not None else "")
    asker = await asker_for(asset, world.cluster)
    refused = image_refused(registry, reference, asker, world.boundaries.storage)
    if refused is not None:
        raise CloudError(refused)
    try:
        pinned = reference.pinned_to(asset.spec.digest) if asset.spec.digest else reference
    except ValueError as error:
        remedy = "Correct it in a new MLAsset."
        failure = Failure(ArmId(""), Reason.DIGEST_MISMATCH, Severity.STALLED, str(error), remedy=remedy)
        raise CloudError(failure) from error
    return pinned.host, pinned.source_image


async def _ancestral(asset: MLAsset, world: World, content: Content) -> tuple[str | ArmId, str]:
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
    return ArmId(found.id), f"{image.repository}@{tag.digest}"
