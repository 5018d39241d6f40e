"""What a platform team declares: one registry, in one primary region and any number of others.

Absent fields have effective defaults. They stand here and in the fields' descriptions, not in the CRD's
schema: a default written by the API server shows up as a difference to everyone who applies from git.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from mlregistry_operator.api.base import ApiModel
from mlregistry_operator.api.fields import MAX_REGIONS, Guid, ObjectName, RegionName, Tags, Text
from mlregistry_operator.api.policies import DeletionPolicy, ManagementPolicy, PublicNetworkAccess, Switch
from mlregistry_operator.api.selectors import AllowedNamespaces
from mlregistry_operator.api.storage import (
    DEFAULT_STORAGE_ACCOUNT_HNS,
    DEFAULT_STORAGE_ACCOUNT_TYPE,
    StorageAccountType,
    StorageConfig,
)

MAX_SOURCES = 32
MAX_SOURCE_URL = 1024


class ReplicationLocation(ApiModel):
    """One region of the registry."""

    location: RegionName = Field(
        description="Azure's short name of the region, such as eastus (not East US).",
    )
    storage_config: StorageConfig | None = Field(
        default=None,
        description="The region's storage account. Absent means Standard_LRS without hierarchical namespace.",
    )

    @property
    def sku(self) -> StorageAccountType:
        """The type that the account has or will have, whether or not the spec says so."""
        declared = self.storage_config.storage_account_type if self.storage_config else None
        return declared or DEFAULT_STORAGE_ACCOUNT_TYPE

    @property
    def hns(self) -> bool:
        """Whether the account has or will have a hierarchical namespace."""
        declared = self.storage_config.storage_account_hns if self.storage_config else None
        return DEFAULT_STORAGE_ACCOUNT_HNS if declared is None else declared


class SecretRef(ApiModel):
    """A Secret in the registry's namespace."""

    name: ObjectName = Field(
        description="Name of a Secret in this namespace with AZURE_TENANT_ID, AZURE_CLIENT_ID and either"
        " AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE (PEM).",
    )


class WorkloadIdentity(ApiModel):
    """A Microsoft Entra application that trusts the operator's ServiceAccount."""

    client_id: Guid = Field(description="Application (client) id of the identity, a GUID.")
    tenant_id: Guid = Field(description="Microsoft Entra tenant of the identity, a GUID.")


class CredentialsSpec(ApiModel):
    """Who the operator is towards Azure for this registry; exactly one kind."""

    secret_ref: SecretRef | None = Field(
        default=None,
        description="Credentials from a Secret in the registry's namespace.",
    )
    workload_identity: WorkloadIdentity | None = Field(
        default=None,
        description="Federated credentials of the operator's ServiceAccount.",
    )


class AzureSpec(ApiModel):
    """Where in Azure the registry lives, and by whose right."""

    subscription_id: Guid = Field(description="Id of the Azure subscription, a GUID. Never changes.")
    resource_group: Annotated[str, Field(min_length=1, max_length=90)] = Field(
        description="Resource group that holds everything of this registry. Never changes.",
    )
    create_resource_group: bool = Field(
        default=False,
        description="Whether the operator makes the resource group where it is missing. Absent means false.",
    )
    credentials: CredentialsSpec | None = Field(
        default=None,
        description="Identity used for this registry. Absent means the operator's own.",
    )


class PrincipalType(StrEnum):
    """What sort of principal an access entry names."""

    USER = "User"
    GROUP = "Group"
    SERVICE_PRINCIPAL = "ServicePrincipal"


class AccessRole(StrEnum):
    """The three tiers of access to a registry."""

    ASSET_USER = "AssetUser"
    ASSET_PUBLISHER = "AssetPublisher"
    REGISTRY_MANAGER = "RegistryManager"


class AccessEntry(ApiModel):
    """One principal and its tier."""

    principal_id: Guid = Field(description="Object id of the principal in Microsoft Entra, a GUID.")
    principal_type: PrincipalType = Field(description="What sort of principal it is.")
    role: AccessRole = Field(
        description="AssetUser reads assets; AssetPublisher also writes to the staging container;"
        " RegistryManager manages the registry's resources.",
    )


class ContainerRegistrySpec(ApiModel):
    """How the container registry is made."""

    regional_endpoints: Switch = Field(
        default=Switch.DISABLED,
        description="Whether each region's replica can be asked by its own name (an Azure preview),"
        " so that images are proved per region. Absent means Disabled.",
    )


class AllowedSource(ApiModel):
    """Where assets of a registry may come from."""

    url: Annotated[str, Field(min_length=1, max_length=MAX_SOURCE_URL)] = Field(
        description="HTTPS URL of a storage account, a container or a folder, or of a container registry or"
        " a part of it, ending with a slash. What lies below it is meant.",
    )
    namespaces: AllowedNamespaces | None = Field(
        default=None,
        description="Whose assets may come from there. Absent means all that may be in the registry.",
    )


class ImmutabilitySpec(ApiModel):
    """Time-based retention on the containers that hold assets."""

    retention_days: Annotated[int, Field(ge=1, le=146000)] = Field(
        description="Days for which Azure refuses to change or delete a published blob. May only grow.",
    )


class MLRegistrySpec(ApiModel):
    """The declared registry."""

    registry_name: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        default=None,
        description="Name of the registry in asset ids: 2 to 32 letters, digits, underscores and hyphens,"
        " starting with a letter or digit. Absent means the object's name. Never changes.",
    )
    description: Text | None = Field(default=None, description="What the registry is for, for people.")
    tags: Tags = Field(
        default_factory=dict,
        description="Tags for every Azure resource of the registry, beside the operator's own."
        " At most 40; names starting with mlregistry- are the operator's.",
    )
    location: RegionName = Field(
        description="Primary region, by Azure's short name, such as eastus. Must be one of"
        " replicationLocations. Never changes.",
    )
    replication_locations: Annotated[
        tuple[ReplicationLocation, ...], Field(min_length=1, max_length=MAX_REGIONS)
    ] = Field(
        description="Every region of the registry, the primary included. Others may be added and removed.",
        json_schema_extra={"x-kubernetes-list-map-keys": ["location"]},
    )
    azure: AzureSpec = Field(description="Where in Azure the registry lives.")
    access: Annotated[tuple[AccessEntry, ...], Field(max_length=64)] = Field(
        default=(),
        description="Who may use, publish to or manage the registry in Azure. Others' assignments stay.",
        json_schema_extra={"x-kubernetes-list-map-keys": ["principalId", "role"]},
    )
    allowed_namespaces: AllowedNamespaces = Field(
        default_factory=AllowedNamespaces,
        description="Which namespaces may hold MLAssets of this registry. Absent means its own.",
    )
    allowed_sources: Annotated[tuple[AllowedSource, ...], Field(max_length=MAX_SOURCES)] | None = Field(
        default=None,
        description="Where blob and image sources of this registry's assets may lie; nothing else is read."
        " Absent means any account that the registry's identity can read, and any image that is public, that"
        " a Secret has credentials for, or, for assets of this namespace, that the identity can pull.",
        json_schema_extra={"x-kubernetes-list-type": "atomic"},
    )
    public_network_access: PublicNetworkAccess = Field(
        default=PublicNetworkAccess.ENABLED,
        description="Whether storage accounts and container registry answer from the public network."
        " Absent means Enabled.",
    )
    container_registry: ContainerRegistrySpec = Field(
        default_factory=ContainerRegistrySpec,
        description="Choices for the container registry.",
    )
    immutability: ImmutabilitySpec | None = Field(
        default=None,
        description="Retention that Azure enforces on published blobs. Absent means none. Once set, it"
        " stays.",
    )
    management_policy: ManagementPolicy = Field(
        default=ManagementPolicy.FULL,
        description="Full converges Azure to this spec; ObserveOnly reads, writes status.plan and touches"
        " nothing. Absent means Full.",
    )
    deletion_policy: DeletionPolicy = Field(
        default=DeletionPolicy.RETAIN,
        description="What becomes of everything in Azure when this object is deleted. Absent means Retain.",
    )
    region_removal_policy: DeletionPolicy = Field(
        default=DeletionPolicy.RETAIN,
        description="What becomes of the storage account of a region that leaves. Absent means Retain.",
    )
    suspend: bool = Field(
        default=False,
        description="Whether the operator leaves this object and its resources alone. Absent means false.",
    )

    def region(self, location: str) -> ReplicationLocation | None:
        """The declared region of that name, if there is one."""
        return next((region for region in self.replication_locations if region.location == location), None)
