"""What an MLRegistry asks of Azure."""

from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.domain.arm import ResourceGroup
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


def desired_resources(registry: MLRegistry, owner: Owner) -> Desired:
    """An account per region, one container registry, a replication for every region but the primary."""
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
    )


def not_supported(registry: MLRegistry) -> tuple[str, ...]:
    """What the spec asks for and this version cannot do, a sentence each; nothing is promised silently."""
    spec = registry.spec
    sentences = []
    if spec.access:
        sentences.append("spec.access: this version assigns no roles; remove it and assign them in Azure.")
    if spec.immutability:
        sentences.append("spec.immutability: this version does not set retention policies; remove it.")
    return tuple(sentences)
