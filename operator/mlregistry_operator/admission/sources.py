"""The source of a new asset: whether it may be read for it. The controller asks again, and decides."""

from mlregistry_operator.admission.findings import Finding
from mlregistry_operator.api.asset import ImageSource
from mlregistry_operator.api.objects import MLAsset, MLRegistry
from mlregistry_operator.api.relations import SOURCE_CLOSED
from mlregistry_operator.domain.arm import ArmId, group_of
from mlregistry_operator.domain.assets.source_rules import Asker, not_reachable, not_shown
from mlregistry_operator.domain.boundaries import Boundaries
from mlregistry_operator.domain.delegation import pull_refused
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.image_sources import locate
from mlregistry_operator.domain.images import ImageReference
from mlregistry_operator.kube.ports import Neighbours
from mlregistry_operator.reconcile.assets.permissions import (
    blobs_refused,
    identity_refused_for,
    image_refused,
)

_BLOB = "spec.source.blob.url"
_IMAGE = "spec.source.image.reference"


async def sources_told(
    new: MLAsset, registry: MLRegistry | None, around: Neighbours, boundaries: Boundaries
) -> list[Finding]:
    """What stands against the source. Raises `ClusterError` where the API server could not be asked."""
    source = new.spec.source
    if registry is None or (source.blob is None and source.image is None):
        return []
    namespace = await around.namespace(new.metadata.namespace)
    asker = Asker(new.metadata.namespace, namespace.labels if namespace is not None else {})
    if source.image is not None:
        return _told(_IMAGE, await _image_refused(source.image, registry, asker, around, boundaries))
    address = boundaries.storage.address(source.blob.url) if source.blob is not None else None
    if source.blob is None or address is None:
        return []
    by_sas = source.blob.sas_secret_ref is not None
    refused, _ = await blobs_refused(registry, address, asker, around, boundaries.storage, by_sas=by_sas)
    if refused is None and address.account is None and not by_sas:
        refused = not_shown(address.endpoint)
    return _told(_BLOB, refused or not_reachable(address, boundaries))


async def _image_refused(
    source: ImageSource, registry: MLRegistry, asker: Asker, around: Neighbours, boundaries: Boundaries
) -> Failure | None:
    """Of an image whose registry is not named it is open whether it needs the identity at all."""
    reference = ImageReference.parse(source.reference)
    refused = image_refused(registry, reference, asker, boundaries.storage)
    own = registry.status.container_registry
    if refused is not None or source.registry_id is None or own is None:
        return refused
    refused, _ = await identity_refused_for(registry, locate(reference, own.login_server), asker, around)
    return refused or pull_refused(registry, group_of(ArmId(source.registry_id)), boundaries.identities)


def _told(field: str, failure: Failure | None) -> list[Finding]:
    if failure is None:
        return []
    return [Finding(SOURCE_CLOSED, SOURCE_CLOSED.told(what=failure.sentence.rstrip(".")), field)]
