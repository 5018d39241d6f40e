"""Every step of a plan as one call to Azure."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from mlregistry_operator.cloud.azure import assignments, containers, translate
from mlregistry_operator.cloud.azure.clients import RESOURCES_API_VERSION, Clients, send
from mlregistry_operator.cloud.azure.started import start, started
from mlregistry_operator.cloud.ports import Started
from mlregistry_operator.domain.arm import ArmId, group_of, name_of, parent_of
from mlregistry_operator.domain.plan import Action, ActionKind
from mlregistry_operator.domain.resources import (
    AccountSettings,
    ContainerRegistrySettings,
    GroupSettings,
    ReplicationSettings,
)

_S = TypeVar("_S", AccountSettings, ContainerRegistrySettings, GroupSettings, ReplicationSettings)


async def create_group(clients: Clients, action: Action) -> Started:
    """Three calls are not worth the SDK for resource groups: the storage client's pipeline sends them."""
    settings = _settings(action, GroupSettings)
    body = {"location": settings.location, "tags": dict(action.tags)}
    return await _send(clients, "PUT", action.target, body)


async def delete_group(clients: Clients, action: Action) -> Started:
    return await _send(clients, "DELETE", action.target, None)


async def create_account(clients: Clients, action: Action) -> Started:
    group, name = group_of(action.target).name, name_of(action.target)
    body = translate.account_to_create(_settings(action, AccountSettings), action)
    return await start(clients.storage.storage_accounts.begin_create, group, name, body)


async def update_account(clients: Clients, action: Action) -> Started:
    group, name = group_of(action.target).name, name_of(action.target)
    body = translate.account_to_update(_settings(action, AccountSettings), action)
    await clients.storage.storage_accounts.update(group, name, body)
    return Started()


async def delete_account(clients: Clients, action: Action) -> Started:
    await clients.storage.storage_accounts.delete(group_of(action.target).name, name_of(action.target))
    return Started()


async def create_registry(clients: Clients, action: Action) -> Started:
    group, name = group_of(action.target).name, name_of(action.target)
    settings, regional = _settings(action, ContainerRegistrySettings), clients.preview is not None
    body = translate.registry_to_create(settings, action, regional=regional)
    return await start(clients.registries.begin_create, group, name, body)


async def update_registry(clients: Clients, action: Action) -> Started:
    group, name = group_of(action.target).name, name_of(action.target)
    body = translate.registry_to_update(_settings(action, ContainerRegistrySettings), action)
    return await start(clients.registries.begin_update, group, name, body)


async def delete_registry(clients: Clients, action: Action) -> Started:
    return await start(
        clients.registry.registries.begin_delete, group_of(action.target).name, name_of(action.target)
    )


async def create_replication(clients: Clients, action: Action) -> Started:
    body = translate.replication_to_create(_settings(action, ReplicationSettings), action)
    return await start(clients.registry.replications.begin_create, *_replication(action.target), body)


async def update_replication(clients: Clients, action: Action) -> Started:
    body = translate.replication_to_update(action)
    return await start(clients.registry.replications.begin_update, *_replication(action.target), body)


async def delete_replication(clients: Clients, action: Action) -> Started:
    return await start(clients.registry.replications.begin_delete, *_replication(action.target))


Write = Callable[[Clients, Action], Awaitable[Started]]

WRITES: Final[dict[ActionKind, Write]] = {
    ActionKind.CREATE_RESOURCE_GROUP: create_group,
    ActionKind.DELETE_RESOURCE_GROUP: delete_group,
    ActionKind.CREATE_STORAGE_ACCOUNT: create_account,
    ActionKind.UPDATE_STORAGE_ACCOUNT: update_account,
    ActionKind.DELETE_STORAGE_ACCOUNT: delete_account,
    ActionKind.CREATE_CONTAINER_REGISTRY: create_registry,
    ActionKind.UPDATE_CONTAINER_REGISTRY: update_registry,
    ActionKind.DELETE_CONTAINER_REGISTRY: delete_registry,
    ActionKind.CREATE_REPLICATION: create_replication,
    ActionKind.UPDATE_REPLICATION: update_replication,
    ActionKind.DELETE_REPLICATION: delete_replication,
    ActionKind.CREATE_ROLE_ASSIGNMENT: assignments.create,
    ActionKind.DELETE_ROLE_ASSIGNMENT: assignments.delete,
    ActionKind.CREATE_CONTAINER: containers.create,
    ActionKind.UPDATE_LIFECYCLE_POLICY: containers.update_lifecycle,
    ActionKind.UPDATE_RETENTION_POLICY: containers.update_retention,
}

DOING: Final[dict[ActionKind, str]] = {
    ActionKind.CREATE_RESOURCE_GROUP: "create resource group",
    ActionKind.DELETE_RESOURCE_GROUP: "delete resource group",
    ActionKind.CREATE_STORAGE_ACCOUNT: "create storage account",
    ActionKind.UPDATE_STORAGE_ACCOUNT: "update storage account",
    ActionKind.DELETE_STORAGE_ACCOUNT: "delete storage account",
    ActionKind.CREATE_CONTAINER_REGISTRY: "create container registry",
    ActionKind.UPDATE_CONTAINER_REGISTRY: "update container registry",
    ActionKind.DELETE_CONTAINER_REGISTRY: "delete container registry",
    ActionKind.CREATE_REPLICATION: "create the replication to",
    ActionKind.UPDATE_REPLICATION: "update the replication to",
    ActionKind.DELETE_REPLICATION: "delete the replication to",
    ActionKind.CREATE_ROLE_ASSIGNMENT: "create role assignment",
    ActionKind.DELETE_ROLE_ASSIGNMENT: "delete role assignment",
    ActionKind.CREATE_CONTAINER: "create container",
    ActionKind.UPDATE_LIFECYCLE_POLICY: "update the lifecycle policy of",
    ActionKind.UPDATE_RETENTION_POLICY: "update the retention policy of",
}


def _settings(action: Action, kind: type[_S]) -> _S:
    if not isinstance(action.settings, kind):
        raise TypeError(f"{action.kind} needs {kind.__name__}")
    return action.settings


def _replication(target: ArmId) -> tuple[str, str, str]:
    return group_of(target).name, name_of(parent_of(target)), name_of(target)


async def _send(clients: Clients, method: str, target: ArmId, body: dict[str, Any] | None) -> Started:
    response = await send(clients, method, target, {"api-version": RESOURCES_API_VERSION}, body)
    return started(response.status_code, response.headers)
