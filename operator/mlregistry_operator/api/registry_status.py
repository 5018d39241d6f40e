"""What the operator says of a registry."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from mlregistry_operator.api.base import ApiModel
from mlregistry_operator.api.conditions import Condition
from mlregistry_operator.api.fields import (
    ArmId,
    Count,
    Generation,
    Message,
    RegionName,
    Sentence,
    Url,
    Word,
)
from mlregistry_operator.api.policies import Switch
from mlregistry_operator.api.storage import StorageAccountType

OperationUrl = Annotated[str, Field(max_length=8192)]  # Azure's signed URLs reach 4.3 kB
StoredType = Annotated[str, Field(max_length=64)]


def known_type(name: str | None) -> StorageAccountType | None:
    """The type that Azure calls so, in any case; None where this version does not know it."""
    return next((known for known in StorageAccountType if known.casefold() == (name or "").casefold()), None)


class RegionRole(StrEnum):
    """What a region is to the registry."""

    PRIMARY = "Primary"
    REPLICA = "Replica"


class RegionState(StrEnum):
    """How far a region is."""

    PENDING = "Pending"
    CREATING = "Creating"
    READY = "Ready"
    DEGRADED = "Degraded"
    DRAINING = "Draining"
    FAILED = "Failed"


class StorageAccountStatus(ApiModel):
    """A region's storage account as Azure shows it."""

    name: Word = Field(description="Name of the account.")
    id: ArmId = Field(description="ARM id of the account.")
    blob_endpoint: Url | None = Field(default=None, description="URL under which the account serves blobs.")
    type: StoredType | None = Field(default=None, description="SKU that the account has.")
    hns: bool | None = Field(default=None, description="Whether the account has a hierarchical namespace.")

    @property
    def sku(self) -> StorageAccountType | None:
        """The type of the account, where it is one that this version knows."""
        return known_type(self.type)


class RegionStatus(ApiModel):
    """One declared or leaving region."""

    location: RegionName = Field(description="Azure's short name of the region.")
    role: RegionRole = Field(description="What the region is to the registry.")
    state: RegionState = Field(description="How far the region's infrastructure is.")
    storage_account: StorageAccountStatus | None = Field(
        default=None, description="The region's storage account."
    )
    image_replication: Word | None = Field(
        default=None,
        description="Azure's state of the container registry's replication in this region.",
    )
    assets: Word | None = Field(
        default=None,
        description="Assets complete here, of all assets of the registry, such as 11/12.",
    )
    message: Message | None = Field(
        default=None, description="What fails or is awaited here, and what to do."
    )


class ContainerRegistryStatus(ApiModel):
    """The registry's container registry as Azure shows it."""

    name: Word = Field(description="Name of the container registry.")
    id: ArmId = Field(description="ARM id of the container registry.")
    login_server: Url | None = Field(default=None, description="Host that images are pulled from.")
    regional_endpoints: Switch | None = Field(
        default=None,
        description="Enabled where each region can be asked for images by its own name; else absent.",
    )


class PlanEntry(ApiModel):
    """One step that the last pass wanted and has not finished."""

    action: Word = Field(description="What is to be done.")
    target: ArmId = Field(description="ARM id of what it is to be done to.")
    reason: Sentence = Field(description="Why.")


class OperationEntry(ApiModel):
    """One long-running operation of Azure to look after, also after a restart."""

    target: ArmId = Field(description="ARM id of what the operation works on.")
    action: Word = Field(description="What was asked for.")
    url: OperationUrl = Field(description="Where Azure tells how far it is.")
    start_time: datetime = Field(description="When it was started.")


class DriftEntry(ApiModel):
    """One field that somebody else had changed in Azure."""

    target: ArmId = Field(description="ARM id of the resource.")
    field: Sentence = Field(description="Field that differed.")
    desired: Sentence = Field(description="What the spec asks for.")
    observed: Sentence = Field(description="What was found.")
    detected_time: datetime = Field(description="When it was seen.")
    corrected: bool = Field(description="Whether it has been put right, or is not declared any more.")


class RetainedEntry(ApiModel):
    """Something left in Azure on purpose."""

    id: ArmId = Field(description="ARM id of what was left.")
    location: RegionName = Field(description="Region that it lies in.")
    reason: Sentence = Field(description="Why it was left.")
    type: StoredType | None = Field(default=None, description="SKU of a storage account that was left.")
    hns: bool | None = Field(
        default=None,
        description="Whether a storage account that was left has a hierarchical namespace.",
    )

    @property
    def sku(self) -> StorageAccountType | None:
        """The type of the account, where it is one that this version knows."""
        return known_type(self.type)


class MLRegistryStatus(ApiModel):
    """The registry as last seen. Only `operations`, and names after a collision, are ever read back."""

    observed_generation: Generation = Field(
        default=-1,
        description="Generation of the spec that this status speaks of; -1 before the first look.",
    )
    registry_name: Word | None = Field(default=None, description="Name of the registry in asset ids.")
    resource_group_id: ArmId | None = Field(default=None, description="ARM id of the resource group.")
    container_registry: ContainerRegistryStatus | None = Field(
        default=None,
        description="The container registry.",
    )
    regions: Annotated[tuple[RegionStatus, ...], Field(max_length=64)] = Field(
        default=(),
        description="One row for every declared or leaving region.",
        json_schema_extra={"x-kubernetes-list-map-keys": ["location"]},
    )
    ready_regions: Word | None = Field(
        default=None,
        description="Regions whose infrastructure is ready, of those declared, such as 3/3.",
    )
    assets: Count | None = Field(default=None, description="Assets that use the registry.")
    plan: Annotated[tuple[PlanEntry, ...], Field(max_length=256)] = Field(
        default=(),
        description="What the last pass wanted to do and has not finished.",
        json_schema_extra={"x-kubernetes-list-type": "atomic"},
    )
    operations: Annotated[tuple[OperationEntry, ...], Field(max_length=128)] = Field(
        default=(),
        description="Long-running operations to look after.",
        json_schema_extra={"x-kubernetes-list-map-keys": ["target"]},
    )
    drift: Annotated[tuple[DriftEntry, ...], Field(max_length=16)] = Field(
        default=(),
        description="What others changed in Azure, the last 16 within 7 days.",
        json_schema_extra={"x-kubernetes-list-type": "atomic"},
    )
    last_progress_time: datetime | None = Field(
        default=None,
        description="When the work that goes on last got further; absent while none goes on.",
    )
    retained: Annotated[tuple[RetainedEntry, ...], Field(max_length=128)] = Field(
        default=(),
        description="What was left in Azure on purpose.",
        json_schema_extra={"x-kubernetes-list-map-keys": ["id"]},
    )
    last_handled_reconcile_at: Sentence | None = Field(
        default=None,
        description="The last value of the annotation mlregistry.io/reconcile-at that was acted on.",
    )
    conditions: Annotated[tuple[Condition, ...], Field(max_length=16)] = Field(
        default=(),
        description="What holds: Ready; Reconciling and Stalled while they are true; StorageReady,"
        " ContainerRegistryReady, AccessReady.",
        json_schema_extra={"x-kubernetes-list-map-keys": ["type"]},
    )

    def region(self, location: str) -> RegionStatus | None:
        """The row of that region, if there is one."""
        return next((row for row in self.regions if row.location == location), None)
