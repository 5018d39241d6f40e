"""Who else declares a version, read afresh: what decides over bytes must not come from a lagging watch."""

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.conditions import ConditionType
from mlregistry_operator.api.objects import MLAsset
from mlregistry_operator.api.policies import DeletionPolicy
from mlregistry_operator.domain.assets.claims import Claim, OwnerRecord, Published, source_fingerprint
from mlregistry_operator.domain.conditions import find
from mlregistry_operator.domain.usage import version_of
from mlregistry_operator.kube.ports import Cluster
from mlregistry_operator.reconcile.assets.neighbours import declarers_of
from mlregistry_operator.reconcile.assets.siblings import Unread
from mlregistry_operator.reconcile.content.versions import CommittedVersion


async def other_claims(asset: MLAsset, cluster: Cluster) -> tuple[Claim, ...]:
    """Every other object of the cluster that declares the same version of the same registry.

    Raises:
        ClusterError: the API server could not be asked.
    """
    found = await declarers_of(asset.registry_key, version_of(asset), cluster)
    read = (claim_of(other, other.spec.digest or other.status.digest) for other in found.read)
    return tuple(one for one in (*read, *map(_unread, found.unread)) if one.uid != asset.metadata.uid)


def _unread(other: Unread) -> Claim:
    """One that cannot be read goes before nobody, and keeps the content that its status says it has."""
    return Claim(uid=other.uid, key=other.key, source="", digest=other.digest, read=True, stuck=True)


def claim_of(asset: MLAsset, digest: str | None) -> Claim:
    """What an object declares; `digest` is that of its content where it is known.

    A source is read where no pin says its digest, and never where it is an image: Azure copies that.
    """
    metadata = asset.metadata
    return Claim(
        uid=metadata.uid,
        key=asset.key,
        source=source_fingerprint(asset.spec.source, metadata.namespace),
        created=metadata.creation_timestamp,
        digest=digest,
        read=digest is not None and asset.spec.digest is None and not _may_be_image(asset),
        deletes=asset.spec.deletion_policy is DeletionPolicy.DELETE,
        leaving=metadata.deletion_timestamp is not None,
        stuck=find(asset.status.conditions, ConditionType.STALLED) is not None,
    )


def _may_be_image(asset: MLAsset) -> bool:
    source = asset.spec.source
    promoted = source.asset is not None and asset.spec.type is AssetType.ENVIRONMENT
    return promoted or source.image is not None


def record_of(asset: MLAsset) -> OwnerRecord:
    """What is written beside what the object publishes."""
    metadata = asset.metadata
    fingerprint = source_fingerprint(asset.spec.source, metadata.namespace)
    return OwnerRecord(metadata.uid, metadata.namespace, metadata.name, fingerprint)


def published_of(version: CommittedVersion | None) -> Published | None:
    return Published(version.digest, OwnerRecord.read(version.owner)) if version is not None else None
