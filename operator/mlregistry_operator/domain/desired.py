"""What an MLRegistry asks of Azure."""

from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.domain.arm import ResourceGroup
from mlregistry_operator.domain.containers import RetentionSettings, StagingSettings
from mlregistry_operator.domain.grants import publishes
from mlregistry_operator.domain.naming import container_registry_names, storage_account_names
from mlregistry_operator.domain.ownership import Owner, adopted_by, desired_tags
from mlregistry_operator.domain.resources import (
    AccountSettings,
    ContainerRegistrySettings,
    Desired,
    GroupSettings,
    ReplicationSettings,
)


def owner_of(registry: MLRegistry, cluster_id: str) -> Owner:
    """The owner whose tag the registry's resources carry."""
    return Owner(
        cluster_id,
        registry.metadata.namespace,
        registry.metadata.name,
        adopted_by(registry.metadata.annotations),
    )


def resource_group(registry: MLRegistry) -> ResourceGroup:
    """The group that holds everything of the registry."""
    return ResourceGroup(registry.spec.azure.subscription_id, registry.spec.azure.resource_group)


def desired_resources(registry: MLRegistry, owner: Owner, staging_days: int = 7) -> Desired:
    """An account per region, one container registry, a replication for every region but the primary.

    `staging_days` is how long publishers' files stay in the staging container.
    """
    spec, group, name = registry.spec, resource_group(registry), registry.effective_name
    tags = {
        region.location: desired_tags(owner, name, region.location, spec.tags)
        for region in spec.replication_locations
    }
    primary_tags = desired_tags(owner, name, spec.location, spec.tags)
    return Desired(
        group=group,
        group_settings=GroupSettings(spec.location, primary_tags)
        if spec.azure.create_resource_group
        else None,
        accounts={
            region.location: AccountSettings(
                location=region.location,
                names=storage_account_names(group, name, region.location),
                sku=region.sku.value,
                hns=region.hns,
                public_network_access=spec.public_network_access,
                tags=tags[region.location],
            )
            for region in spec.replication_locations
        },
        container_registry=ContainerRegistrySettings(
            location=spec.location,
            names=container_registry_names(group, name, spec.location),
            public_network_access=spec.public_network_access,
            tags=primary_tags,
            regional_endpoints=spec.container_registry.regional_endpoints,
        ),
        replications={
            region.location: ReplicationSettings(region.location, tags[region.location])
            for region in spec.replication_locations
            if region.location != spec.location
        },
        access=spec.access,
        staging=StagingSettings(staging_days) if publishes(spec.access) else None,
        retention=RetentionSettings(spec.immutability.retention_days) if spec.immutability else None,
    )
