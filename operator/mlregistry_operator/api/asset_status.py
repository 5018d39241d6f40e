"""What the operator says of a version: which bytes, in which regions, and how it knows."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from mlregistry_operator.api.asset import Lineage
from mlregistry_operator.api.base import ApiModel
from mlregistry_operator.api.conditions import Condition
from mlregistry_operator.api.fields import (
    Count,
    Digest,
    Generation,
    Message,
    RegionName,
    Sentence,
    Url,
    Word,
)

AssetId = Annotated[str, Field(max_length=512)]


class CopyState(StrEnum):
    """How far a version is in one region."""

    PENDING = "Pending"
    COPYING = "Copying"
    READY = "Ready"
    FAILED = "Failed"


class Evidence(StrEnum):
    """How the operator knows that a region has the same bytes, the strongest first."""

    CHECKSUM = "Checksum"
    MANIFEST = "Manifest"
    REPLICATION_STATUS = "ReplicationStatus"


class PromotedFrom(ApiModel):
    """The version that this one was promoted or derived from."""

    asset_id: AssetId = Field(description="Id of the version there.")
    digest: Digest = Field(description="Digest of the version there.")


class AssetRegionStatus(ApiModel):
    """The version in one region."""

    location: RegionName = Field(description="Azure's short name of the region.")
    state: CopyState = Field(description="How far the version is here.")
    evidence: Evidence | None = Field(
        default=None,
        description="How it is known that the bytes are the same: Checksum, by the storage service;"
        " Manifest, by the registry's replica; ReplicationStatus, by Azure's word alone.",
    )
    uri: Url | None = Field(default=None, description="Where the content lies in this region.")
    bytes_copied: Count | None = Field(default=None, description="Bytes that are here.")
    bytes_total: Count | None = Field(default=None, description="Bytes that are to be here.")
    last_verified_time: datetime | None = Field(
        default=None,
        description="When the verdict on this copy last changed.",
    )
    message: Message | None = Field(
        default=None, description="What fails or is awaited here, and what to do."
    )


class MLAssetStatus(ApiModel):
    """The version as last seen."""

    observed_generation: Generation = Field(
        default=-1,
        description="Generation of the spec that this status speaks of; -1 before the first look.",
    )
    asset_id: AssetId | None = Field(
        default=None,
        description="Id of the version, such as mlregistry://DemoRegistry1/models/taxi-fare/versions/3.",
    )
    digest: Digest | None = Field(default=None, description="Digest of the version's manifest.")
    size_bytes: Count | None = Field(default=None, description="Bytes of all files together.")
    file_count: Count | None = Field(default=None, description="Number of files.")
    progress: Word | None = Field(
        default=None,
        description="Bytes copied of bytes to copy, over all regions, such as 512MiB/6GiB.",
    )
    promoted_from: PromotedFrom | None = Field(
        default=None,
        description="Version that this one was promoted from.",
    )
    derived_from: PromotedFrom | None = Field(
        default=None,
        description="Version that this one was promoted from with its references rewritten, and the digest"
        " that it has there; in place of promotedFrom.",
    )
    lineage: Lineage | None = Field(
        default=None,
        description="Where the version came from: the spec's, or carried along by a promotion.",
    )
    regions: Annotated[tuple[AssetRegionStatus, ...], Field(max_length=64)] = Field(
        default=(),
        description="One row for every region of the registry.",
        json_schema_extra={"x-kubernetes-list-map-keys": ["location"]},
    )
    ready_regions: Word | None = Field(
        default=None,
        description="Regions that have the version, of those declared, such as 2/3.",
    )
    last_progress_time: datetime | None = Field(
        default=None,
        description="When the work that goes on last got further; absent while none goes on.",
    )
    last_handled_reconcile_at: Sentence | None = Field(
        default=None,
        description="The last value of the annotation mlregistry.io/reconcile-at that was acted on.",
    )
    conditions: Annotated[tuple[Condition, ...], Field(max_length=16)] = Field(
        default=(),
        description="What holds: Ready; Reconciling and Stalled while they are true; ReferencesResolved,"
        " Published, Replicated.",
        json_schema_extra={"x-kubernetes-list-map-keys": ["type"]},
    )
