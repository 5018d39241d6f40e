"""Between the SDKs' models and ours. What a server leaves out has the default that Azure documents."""

from typing import Any, Final

from azure.mgmt.containerregistry import models as registry_models
from azure.mgmt.storage import models as storage_models

from mlregistry_operator.api.policies import PublicNetworkAccess, Switch
from mlregistry_operator.cloud.azure.spelling import region, spelled
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.differences import MINIMUM_TLS_VERSION
from mlregistry_operator.domain.plan import Action
from mlregistry_operator.domain.resources import (
    AccountSettings,
    ContainerRegistrySettings,
    ObservedAccount,
    ObservedContainerRegistry,
    ObservedReplication,
    ReplicationSettings,
)

REGIONAL_ENDPOINTS: Final = (
    "regionalEndpoints"  # of preview versions; the SDK's models keep what they do not know
)


def observed_account(account: storage_models.StorageAccount) -> ObservedAccount:
    """A storage account as it was read."""
    endpoints = account.primary_endpoints
    return ObservedAccount(
        id=ArmId(str(account.id)),
        name=str(account.name),
        location=region(account.location),
        sku=str(spelled(account.sku.name)) if account.sku else "",
        kind=str(spelled(account.kind)),
        hns=bool(account.is_hns_enabled),
        provisioning_state=str(spelled(account.provisioning_state) or "Succeeded"),
        tags=dict(account.tags or {}),
        blob_endpoint=endpoints.blob if endpoints else None,
        minimum_tls_version=spelled(account.minimum_tls_version),
        allow_blob_public_access=bool(account.allow_blob_public_access),
        allow_shared_key_access=account.allow_shared_key_access is not False,
        public_network_access=str(spelled(account.public_network_access) or PublicNetworkAccess.ENABLED),
    )


def observed_container_registry(registry: registry_models.Registry) -> ObservedContainerRegistry:
    """A container registry as it was read."""
    return ObservedContainerRegistry(
        id=ArmId(str(registry.id)),
        name=str(registry.name),
        location=region(registry.location),
        sku=str(spelled(registry.sku.name)) if registry.sku else "",
        provisioning_state=str(spelled(registry.provisioning_state) or "Succeeded"),
        tags=dict(registry.tags or {}),
        login_server=registry.login_server,
        admin_user_enabled=bool(registry.admin_user_enabled),
        public_network_access=str(spelled(registry.public_network_access) or PublicNetworkAccess.ENABLED),
        regional_endpoints=(
            spelled(registry.properties.get(REGIONAL_ENDPOINTS)) if registry.properties else None
        ),
    )


def observed_replication(replication: registry_models.Replication) -> ObservedReplication:
    """A replication as it was read."""
    return ObservedReplication(
        id=ArmId(str(replication.id)),
        name=str(replication.name),
        location=region(replication.location),
        provisioning_state=str(spelled(replication.provisioning_state) or "Succeeded"),
        display_status=spelled(replication.status.display_status) if replication.status else None,
        tags=dict(replication.tags or {}),
        status_time=replication.status.timestamp if replication.status else None,
    )


def account_to_create(
    settings: AccountSettings, action: Action
) -> storage_models.StorageAccountCreateParameters:
    """The body of an account's PUT."""
    return storage_models.StorageAccountCreateParameters(
        location=settings.location,
        kind=settings.kind,
        sku=storage_models.Sku(name=settings.sku),
        tags=dict(action.tags),
        properties=storage_models.StorageAccountPropertiesCreateParameters(
            is_hns_enabled=settings.hns,
            minimum_tls_version=MINIMUM_TLS_VERSION,
            allow_blob_public_access=False,
            allow_shared_key_access=False,
            public_network_access=settings.public_network_access.value,
            enable_https_traffic_only=True,
        ),
    )


def account_to_update(
    settings: AccountSettings, action: Action
) -> storage_models.StorageAccountUpdateParameters:
    """The body of an account's PATCH: what differs, and nothing else."""
    changes: dict[str, Any] = {
        "sku.name": {"sku": storage_models.Sku(name=settings.sku)},
        "tags": {"tags": dict(action.tags)},
        "minimumTlsVersion": {"minimum_tls_version": MINIMUM_TLS_VERSION},
        "allowBlobPublicAccess": {"allow_blob_public_access": False},
        "allowSharedKeyAccess": {"allow_shared_key_access": False},
        "publicNetworkAccess": {"public_network_access": settings.public_network_access.value},
    }
    return storage_models.StorageAccountUpdateParameters(**_chosen(changes, action))


def registry_to_create(
    settings: ContainerRegistrySettings, action: Action, *, regional: bool
) -> registry_models.Registry:
    """The body of a container registry's PUT; `regional` is whether regional endpoints can be asked for."""
    properties = registry_models.RegistryProperties(
        admin_user_enabled=False, public_network_access=settings.public_network_access.value
    )
    if regional and settings.regional_endpoints is Switch.ENABLED:
        properties[REGIONAL_ENDPOINTS] = settings.regional_endpoints.value
    return registry_models.Registry(
        location=settings.location,
        sku=registry_models.Sku(name="Premium"),
        tags=dict(action.tags),
        properties=properties,
    )


def registry_to_update(
    settings: ContainerRegistrySettings, action: Action
) -> registry_models.RegistryUpdateParameters:
    """The body of a container registry's PATCH: what differs, and nothing else."""
    changes: dict[str, Any] = {
        "sku.name": {"sku": registry_models.Sku(name="Premium")},
        "tags": {"tags": dict(action.tags)},
        "adminUserEnabled": {"admin_user_enabled": False},
        "publicNetworkAccess": {"public_network_access": settings.public_network_access.value},
    }
    update = registry_models.RegistryUpdateParameters(**_chosen(changes, action))
    if REGIONAL_ENDPOINTS in action.fields:
        update.properties = update.properties or registry_models.RegistryPropertiesUpdateParameters()
        update.properties[REGIONAL_ENDPOINTS] = settings.regional_endpoints.value
    return update


def replication_to_create(settings: ReplicationSettings, action: Action) -> registry_models.Replication:
    """The body of a replication's PUT."""
    return registry_models.Replication(location=settings.location, tags=dict(action.tags))


def replication_to_update(action: Action) -> registry_models.ReplicationUpdateParameters:
    """The body of a replication's PATCH."""
    return registry_models.ReplicationUpdateParameters(tags=dict(action.tags))


def _chosen(changes: dict[str, Any], action: Action) -> dict[str, Any]:
    return {key: value for name in changes if name in action.fields for key, value in changes[name].items()}
