"""Containers of storage accounts with their retention, and the one lifecycle rule of ours.

Sources: https://learn.microsoft.com/rest/api/storagerp/blob-containers and
https://learn.microsoft.com/rest/api/storagerp/management-policies.
"""

import asyncio
from typing import Any, Final

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError
from azure.mgmt.storage import models

from mlregistry_operator.cloud.azure import paging
from mlregistry_operator.cloud.azure.clients import Clients
from mlregistry_operator.cloud.azure.errors import code_of
from mlregistry_operator.cloud.azure.spelling import spelled
from mlregistry_operator.cloud.ports import Started
from mlregistry_operator.domain.arm import ArmId, group_of, name_of, parent_of
from mlregistry_operator.domain.containers import (
    ASSET_CONTAINERS,
    STAGING,
    STAGING_RULE,
    ObservedContainer,
    ObservedRetention,
    ObservedStagingRule,
    RetentionSettings,
    StagingSettings,
)
from mlregistry_operator.domain.plan import Action

_NO_POLICY: Final = "ManagementPolicyNotFound"
_DEFAULT: Final = "default"


async def listed(clients: Clients, account: ArmId, *, retained: bool) -> tuple[ObservedContainer, ...]:
    """One list; where it tells only that there is a policy and not which, the policy is read by itself."""
    pages = clients.storage.blob_containers.list(group_of(account).name, name_of(account))
    items = [one async for one in paging.listed(pages)]
    if not retained:
        return tuple(ObservedContainer(str(one.name)) for one in items)
    return tuple(await asyncio.gather(*(_with_retention(clients, account, one) for one in items)))


async def _with_retention(
    clients: Clients, account: ArmId, item: models.ListContainerItem
) -> ObservedContainer:
    name = str(item.name)
    told: Any = item.immutability_policy
    if told is None and item.has_immutability_policy and name in ASSET_CONTAINERS:
        told = await _policy_of(clients, account, name)
    return ObservedContainer(name, _retention(told))


async def _policy_of(clients: Clients, account: ArmId, name: str) -> models.ImmutabilityPolicy | None:
    """None where it has been taken away since the list was read."""
    policies = clients.storage.blob_containers
    try:
        return await policies.get_immutability_policy(group_of(account).name, name_of(account), name)
    except HttpResponseError as error:
        if error.status_code == 404:  # noqa: PLR2004 - the status is the word for it
            return None
        raise


def _retention(told: Any) -> ObservedRetention | None:
    """A policy of no days is one that was taken away."""
    days = told.immutability_period_since_creation_in_days if told is not None else None
    if not days:
        return None
    return ObservedRetention(
        days=int(days),
        locked=spelled(told.state) == "Locked",
        appends=bool(told.allow_protected_append_writes or told.allow_protected_append_writes_all),
        etag=str(told.etag or "*"),
    )


async def staging_rule(clients: Clients, account: ArmId) -> ObservedStagingRule | None:
    """Our rule, among those of others."""
    rules = await _rules(clients, account)
    rule = next((one for one in rules if one.name == STAGING_RULE), None)
    if rule is None:
        return None
    definition = rule.definition
    delete = definition.actions.base_blob.delete if definition.actions.base_blob else None
    days = delete.days_after_modification_greater_than if delete else None
    return ObservedStagingRule(
        enabled=rule.enabled is not False,
        days=None if days is None else int(days),
        prefixes=tuple(definition.filters.prefix_match or ()) if definition.filters else (),
    )


async def create(clients: Clients, action: Action) -> Started:
    account = parent_of(parent_of(action.target))
    await clients.storage.blob_containers.create(
        group_of(account).name, name_of(account), name_of(action.target), models.BlobContainer()
    )
    return Started()


async def update_lifecycle(clients: Clients, action: Action) -> Started:
    """The policy is one document with others' rules in it: it is read just before, and theirs are kept."""
    settings, account = action.settings, parent_of(action.target)
    if not isinstance(settings, StagingSettings):
        raise TypeError(f"{action.kind} needs StagingSettings")
    theirs = [one for one in await _rules(clients, account) if one.name != STAGING_RULE]
    policy = models.ManagementPolicy(
        properties=models.ManagementPolicyProperties(
            policy=models.ManagementPolicySchema(rules=[*theirs, _staging_rule(settings.days)])
        )
    )
    await clients.storage.management_policies.create_or_update(
        group_of(account).name, name_of(account), _DEFAULT, policy
    )
    return Started()


async def update_retention(clients: Clients, action: Action) -> Started:
    """An unlocked policy is written as it should be; a locked one can only be extended."""
    settings, container = action.settings, parent_of(action.target)
    if not isinstance(settings, RetentionSettings):
        raise TypeError(f"{action.kind} needs RetentionSettings")
    account = parent_of(parent_of(container))
    where = (group_of(account).name, name_of(account), name_of(container))
    policies, days = clients.storage.blob_containers, settings.days
    if settings.etag is not None:
        await policies.extend_immutability_policy(
            *where,
            _policy(immutability_period_since_creation_in_days=days),
            etag=settings.etag,
            match_condition=MatchConditions.IfNotModified,
        )
        return Started()
    policy = _policy(immutability_period_since_creation_in_days=days, allow_protected_append_writes=False)
    await policies.create_or_update_immutability_policy(*where, policy)
    return Started()


def _policy(**fields: Any) -> models.ImmutabilityPolicy:
    return models.ImmutabilityPolicy(properties=models.ImmutabilityPolicyProperty(**fields))


async def _rules(clients: Clients, account: ArmId) -> list[models.ManagementPolicyRule]:
    try:
        found = await clients.storage.management_policies.get(
            group_of(account).name, name_of(account), _DEFAULT
        )
    except HttpResponseError as error:
        if code_of(error) == _NO_POLICY:
            return []
        raise
    return list(found.policy.rules) if found.policy else []


def _staging_rule(days: int) -> models.ManagementPolicyRule:
    delete = models.DateAfterModification(days_after_modification_greater_than=days)
    return models.ManagementPolicyRule(
        name=STAGING_RULE,
        enabled=True,
        type="Lifecycle",
        definition=models.ManagementPolicyDefinition(
            actions=models.ManagementPolicyAction(base_blob=models.ManagementPolicyBaseBlob(delete=delete)),
            filters=models.ManagementPolicyFilter(
                blob_types=["blockBlob", "appendBlob"], prefix_match=[f"{STAGING}/"]
            ),
        ),
    )
