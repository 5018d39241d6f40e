"""Where the content of an asset comes from: its declared source, opened."""

from collections.abc import Iterable

from mlregistry_operator.api.asset import BlobSource as DeclaredBlobs
from mlregistry_operator.api.asset import SecretKeyRef
from mlregistry_operator.api.blob_url_rules import respelled
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLAsset, MLRegistry
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.content import Access, SasAccess
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.assets.formats import declared_format, inline_file_name
from mlregistry_operator.domain.assets.shared_access import Reader, UnusableSignatureError, signature_in
from mlregistry_operator.domain.assets.source_rules import Asker, not_reachable, not_sent
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.storage_service import Address, StorageService
from mlregistry_operator.kube.ports import Cluster, Secret
from mlregistry_operator.reconcile.assets.content import Content
from mlregistry_operator.reconcile.assets.permissions import blobs_refused
from mlregistry_operator.reconcile.assets.secrets import named_secret, unusable
from mlregistry_operator.reconcile.content.sources import BlobSource, InlineSource, Source
from mlregistry_operator.reconcile.identities import identity_of
from mlregistry_operator.reconcile.world import World


async def source_of(
    asset: MLAsset, registry: MLRegistry, world: World, content: Content, published: Iterable[str] = ()
) -> Source:
    """The files that the spec's source holds: an inline document, or blobs that may be read for this asset.

    `published` are the files of the version, where it is published already.

    Raises:
        CloudError: the URL names no container, the source may not be read, or the Secret with the signature
            cannot be used.
        ClusterError: the API server could not be asked.
    """
    spec = asset.spec
    if spec.source.inline is not None:
        name = inline_file_name(spec.type, declared_format(spec), published)
        return InlineSource(name, spec.source.inline.encode())
    if spec.source.blob is None:
        raise CloudError(_invalid(f"spec.source of a {spec.type} must be blob, inline or asset"))
    declared = spec.source.blob
    address = address_of(declared.url, world.boundaries.storage)
    asker = await asker_for(asset, world.cluster)
    by_sas = declared.sas_secret_ref is not None
    refused, holders = await blobs_refused(
        registry, address, asker, world.cluster, world.boundaries.storage, by_sas=by_sas
    )
    content.fleet.asks(asset.key, holders)
    if refused is not None:
        raise CloudError(refused)
    access = await _access(declared, address, asset, registry, world)
    return BlobSource(await content.stores.open(access, address.endpoint), address.container, address.name)


def address_of(url: str, storage: StorageService) -> Address:
    """Account, container and name of a blob URL.

    Raises:
        CloudError: the URL names no container, or is not what the service would look up.
    """
    other = respelled(url)
    if other is not None:
        raise CloudError(_invalid(f"spec.source.blob.url {other}"))
    address = storage.address(url)
    if address is None:
        raise CloudError(_invalid(f"spec.source.blob.url is no plain HTTPS URL: {url}"))
    if not address.container:
        raise CloudError(_invalid(f"spec.source.blob.url names no container: {url}"))
    if not address.fits:
        raise CloudError(
            _invalid(
                f"spec.source.blob.url must name a container as Azure spells it, and no part . or ..: {url}"
            )
        )
    return address


async def asker_for(asset: MLAsset, cluster: Cluster) -> Asker:
    """Raises `ClusterError`."""
    namespace = asset.metadata.namespace
    return Asker(namespace, await cluster.namespace_labels(namespace) or {})


async def _access(
    declared: DeclaredBlobs, address: Address, asset: MLAsset, registry: MLRegistry, world: World
) -> Access:
    if declared.sas_secret_ref is None:
        return await identity_of(registry, world)
    refused = not_reachable(address, world.boundaries)
    if refused is not None:
        raise CloudError(refused)
    key = ObjectKey(asset.metadata.namespace, declared.sas_secret_ref.name)
    secret = await named_secret(key, world.cluster, f"Create it with the key {declared.sas_secret_ref.key}.")
    refused = not_sent(address, key, secret.annotations)
    if refused is not None:
        raise CloudError(refused)
    reader = Reader(address, world.boundaries.storage, world.clock.now())
    return SasAccess(_signature(secret, key, declared.sas_secret_ref, reader))


def _signature(secret: Secret, key: ObjectKey, ref: SecretKeyRef, reader: Reader) -> str:
    kept = secret.data.get(ref.key)
    if not kept:
        remedy = "Add it: the query string of a SAS URL."
        raise unusable(f"Secret {key} lacks {ref.key}", remedy)
    try:
        return signature_in(kept, reader)
    except UnusableSignatureError as error:
        what, _, remedy = str(error).partition("; ")
        why = f"Key {ref.key} of Secret {key} {what}"
        goes_on = f"{remedy[:1].upper()}{remedy[1:]}. " if remedy else ""
        raise unusable(why, f"{goes_on}It is read again by itself.") from error


def _invalid(why: str) -> Failure:
    return Failure(
        ArmId(""), Reason.INVALID_SPEC, Severity.STALLED, why, remedy="Correct it in a new MLAsset."
    )
