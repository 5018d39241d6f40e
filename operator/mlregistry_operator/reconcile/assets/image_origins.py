"""By whose right a declared image is pulled: nobody's, the MLRegistry's identity, or a Secret's user.

Nothing is asked of Azure before it is known that this identity may be used for this asset, so that an author
learns of no registry that is not open to him. Cost: a list of the MLRegistries for an image of a registry of
Azure; one read where its id is given; else what `Images.registry_at` costs.
"""

from dataclasses import dataclass

from mlregistry_operator.api.asset import ImageSource
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLAsset, MLRegistry
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.images import Images, SeenRegistry
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId, group_of, name_of
from mlregistry_operator.domain.delegation import pull_refused
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.image_sources import (
    ImageOrigin,
    Located,
    consent_wanted,
    grant,
    identity_image,
    locate,
    public_image,
    repository_in,
    secret_image,
    unseen,
)
from mlregistry_operator.domain.images import ImageReference
from mlregistry_operator.domain.pull_secrets import UnusableSecretError, credentials_for
from mlregistry_operator.reconcile.assets.content import Content
from mlregistry_operator.reconcile.assets.origins import asker_for
from mlregistry_operator.reconcile.assets.permissions import identity_refused_for, image_refused
from mlregistry_operator.reconcile.assets.secrets import named_secret, unusable
from mlregistry_operator.reconcile.identities import identity_of
from mlregistry_operator.reconcile.world import World


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An image of a registry of Azure, and for whom it would be pulled."""

    asset: MLAsset
    registry: MLRegistry
    reference: ImageReference
    at: Located


async def declared_image(
    asset: MLAsset, source: ImageSource, registry: MLRegistry, world: World, content: Content
) -> ImageOrigin:
    """Where the image is pulled from; pinned where a digest is known.

    Raises:
        CloudError: the reference contradicts the pin, the source may not be read for this asset, or the
            Secret has no credentials for it.
        ClusterError: the API server could not be asked.
    """
    reference = ImageReference.parse(source.reference)
    asker = await asker_for(asset, world.cluster)
    refused = image_refused(registry, reference, asker, world.boundaries.storage)
    if refused is not None:
        raise CloudError(refused)
    pinned = _pinned(reference, asset.spec.digest)
    own = registry.status.container_registry
    at = locate(pinned, own.login_server if own is not None else None)
    if source.pull_secret_ref is not None:
        secret = ObjectKey(asset.metadata.namespace, source.pull_secret_ref.name)
        return await _with_secret(pinned, at, secret, world)
    if source.registry_id is None and not at.of_azure:
        return public_image(pinned, at)
    wanted = _Wanted(asset, registry, pinned, at)
    refused, holders = await identity_refused_for(registry, at, asker, world.cluster)
    content.fleet.asks(asset.key, holders)
    if refused is not None and (holders or source.registry_id is not None):
        raise CloudError(refused)
    if refused is not None:  # it may be open to everybody
        return public_image(pinned, at, consent_wanted(at, registry.key, asset.metadata.namespace))
    images = await content.images.images(
        await identity_of(registry, world), registry.spec.azure.subscription_id
    )
    if source.registry_id is not None:
        return await _by_id(wanted, ArmId(source.registry_id), images, world)
    return await _found(wanted, images, world)


def _pinned(reference: ImageReference, digest: str | None) -> ImageReference:
    try:
        return reference.pinned_to(digest) if digest else reference
    except ValueError as error:
        raise CloudError(
            _stalled(Reason.DIGEST_MISMATCH, str(error), "Correct it in a new MLAsset.")
        ) from error


async def _with_secret(
    reference: ImageReference, at: Located, secret: ObjectKey, world: World
) -> ImageOrigin:
    found = await named_secret(secret, world.cluster, "Create it with kubectl create secret docker-registry.")
    place = f"{reference.host}/{reference.repository}"
    try:
        credentials = credentials_for(place, str(secret), found.type, found.data)
    except UnusableSecretError as error:
        raise unusable(error.why, error.remedy) from None
    return secret_image(reference, at, credentials, secret)


async def _by_id(wanted: _Wanted, target: ArmId, images: Images, world: World) -> ImageOrigin:
    """The registry that the author names, which has to be that of the reference: that one was judged."""
    _check_identity(wanted, target, world)
    try:
        found = await images.registry_of(target)
    except CloudError as error:
        if error.failure.reason is not Reason.AUTHORIZATION_FAILED:
            raise
        return await _told_by_the_registry(wanted, target, images)
    if found is None:
        raise CloudError(
            _unavailable(
                f"There is no container registry {target}",
                "Correct source.image.registryId in a new MLAsset, or make the registry.",
            )
        )
    repository = repository_in(wanted.reference, found.login_server)
    if repository is None:
        raise CloudError(_another(wanted, found))
    return identity_image(wanted.reference, found.id, repository, wanted.registry.key)


async def _found(wanted: _Wanted, images: Images, world: World) -> ImageOrigin:
    found = await images.registry_at(wanted.at.login_server)
    if found is None:
        return public_image(wanted.reference, wanted.at, unseen(wanted.at, wanted.registry.key))
    _check_identity(wanted, found.id, world)
    return identity_image(wanted.reference, found.id, wanted.at.repository, wanted.registry.key)


def _check_identity(wanted: _Wanted, target: ArmId, world: World) -> None:
    refused = pull_refused(wanted.registry, group_of(target), world.boundaries.identities)
    if refused is not None:
        raise CloudError(refused)


async def _told_by_the_registry(wanted: _Wanted, target: ArmId, images: Images) -> ImageOrigin:
    """Where the identity may pull but not read the resource, as with AcrPull: the registry itself is asked.

    What is imported then is the image that the reference's own registry has, whatever the id is of.
    """
    at, reference = wanted.at, wanted.reference
    refused = _unavailable(
        f"The identity of MLRegistry {wanted.registry.key} may not read the container registry {target}",
        grant(wanted.registry.key, target),
    )
    label = at.login_server.rpartition("/")[2].partition(".")[0].lower()
    if not at.of_azure or label.partition("-")[0] != name_of(target).lower():
        raise CloudError(refused)
    origin = identity_image(reference, target, at.repository, wanted.registry.key)
    try:
        found = await images.manifest(at.login_server, at.repository, reference.asked_for)
    except CloudError as error:
        if error.failure.reason is not Reason.AUTHORIZATION_FAILED:
            raise
        raise CloudError(refused) from error
    if found is None:
        raise CloudError(_unavailable(f"{at.login_server} has no image {reference.told}", origin.if_missing))
    return origin.as_digest(found.digest)


def _another(wanted: _Wanted, found: SeenRegistry) -> Failure:
    return _stalled(
        Reason.INVALID_SPEC,
        f"source.image.registryId is the registry with the login server {found.login_server}, and"
        f" source.image.reference is of {wanted.at.login_server}",
        "Correct one of the two in a new MLAsset.",
    )


def _unavailable(why: str, remedy: str) -> Failure:
    return Failure(ArmId(""), Reason.SOURCE_UNAVAILABLE, Severity.SLOW_RETRY, why, remedy=remedy)


def _stalled(reason: Reason, why: str, remedy: str) -> Failure:
    return Failure(ArmId(""), reason, Severity.STALLED, why, remedy=remedy)
