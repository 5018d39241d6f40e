"""Where the content of an asset comes from: its declared source, opened."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from mlregistry_operator.api.asset import BlobSource as DeclaredBlobs
from mlregistry_operator.api.asset import SecretKeyRef
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLAsset, MLRegistry
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.content import Access, BlobStores, SasAccess
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.assets.layout import inline_file_name
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.kube.ports import Cluster, ForbiddenError
from mlregistry_operator.reconcile.content.sources import BlobSource, InlineSource, Source
from mlregistry_operator.reconcile.identities import identity_of, right_to_read


@dataclass(frozen=True, slots=True)
class BlobAddress:
    """A blob URL taken apart. `name` is empty for a whole container."""

    endpoint: str
    container: str
    name: str


async def source_of(asset: MLAsset, registry: MLRegistry, cluster: Cluster, stores: BlobStores) -> Source:
    """The files that the spec's source holds: an inline document, or blobs.

    Raises:
        CloudError: the URL names no container, or the Secret with the signature cannot be used.
        ClusterError: the API server could not be asked.
    """
    spec = asset.spec
    if spec.source.inline is not None:
        return InlineSource(inline_file_name(spec.type), spec.source.inline.encode())
    if spec.source.blob is None:
        raise CloudError(_invalid(f"spec.source of a {spec.type} must be blob, inline or asset"))
    url = spec.source.blob.url
    try:
        address = address_of(url, stores.endpoint_of(url))
    except ValueError as error:  # an object that was stored before the rule on its form
        raise CloudError(_invalid(f"spec.source.blob.url is no URL: {url!r}")) from error
    access = await _access(spec.source.blob, asset, registry, cluster)
    return BlobSource(await stores.open(access, address.endpoint), address.container, address.name)


def address_of(url: str, endpoint: str) -> BlobAddress:
    """Container and name of a blob URL in the account at that endpoint.

    Raises:
        CloudError: the URL names no container.
    """
    path = urlsplit(url).path.removeprefix(urlsplit(endpoint).path)
    container, _, name = path.lstrip("/").partition("/")
    if not container:
        raise CloudError(_invalid(f"spec.source.blob.url names no container: {url}"))
    return BlobAddress(endpoint, unquote(container), unquote(name))


async def _access(declared: DeclaredBlobs, asset: MLAsset, registry: MLRegistry, cluster: Cluster) -> Access:
    if declared.sas_secret_ref is None:
        return await identity_of(registry, cluster)
    return SasAccess(await _signature(declared.sas_secret_ref, asset.metadata.namespace, cluster))


async def _signature(ref: SecretKeyRef, namespace: str, cluster: Cluster) -> str:
    key = ObjectKey(namespace, ref.name)
    try:
        data = await cluster.secret(key)
    except ForbiddenError as error:
        why = f"The operator may not read Secret {key}"
        raise CloudError(_no_signature(why, right_to_read(key, error))) from error
    if data is None:
        raise CloudError(_no_signature(f"Secret {key} does not exist", f"Create it with the key {ref.key}."))
    token = data.get(ref.key, b"").decode("utf-8", "replace").strip()
    if not token:
        remedy = "Add it: the query string of a SAS URL."
        raise CloudError(_no_signature(f"Secret {key} lacks {ref.key}", remedy))
    return token


def _no_signature(why: str, remedy: str) -> Failure:
    return Failure(ArmId(""), Reason.CREDENTIALS_UNAVAILABLE, Severity.SLOW_RETRY, why, remedy=remedy)


def _invalid(why: str) -> Failure:
    return Failure(
        ArmId(""), Reason.INVALID_SPEC, Severity.STALLED, why, remedy="Correct it in a new MLAsset."
    )
