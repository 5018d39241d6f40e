"""What may never change about an MLRegistry, and what to do instead."""

from typing import Final

from mlregistry_operator.api.group import REGISTRY_KIND
from mlregistry_operator.api.registry_rules import REGION_ITEM
from mlregistry_operator.api.rule import FieldReason, Rule, unchanged

_SECOND_REGISTRY: Final = "create a second MLRegistry {0} and promote assets into it"
_SECOND_ACCOUNT: Final = (
    "keep it as it is, or remove the region with regionRemovalPolicy: Delete, wait until its row has"
    " left status, and add it again (the primary region cannot be removed: create a second MLRegistry)"
)
_HNS: Final = "?storageConfig.?storageAccountHns.orValue(false)"
_SKU: Final = "?storageConfig.?storageAccountType.orValue('Standard_LRS')"

CHANGES: Final = (
    Rule(
        id="registry-name-fixed",
        kind=REGISTRY_KIND,
        at="spec",
        field=".registryName",
        cel=unchanged("registryName"),
        reason=FieldReason.FORBIDDEN,
        sentence="cannot be set, changed or removed after creation, because every asset id contains the"
        " name; " + _SECOND_REGISTRY.format("with the other name"),
        holds=lambda old, new: new.registry_name == old.registry_name,
        transition=True,
    ),
    Rule(
        id="primary-fixed",
        kind=REGISTRY_KIND,
        at="spec",
        field=".location",
        cel="self.location == oldSelf.location",
        reason=FieldReason.FORBIDDEN,
        sentence="the primary region cannot change; " + _SECOND_REGISTRY.format("with the other primary"),
        holds=lambda old, new: new.location == old.location,
        transition=True,
    ),
    Rule(
        id="subscription-fixed",
        kind=REGISTRY_KIND,
        at="spec.azure",
        field=".subscriptionId",
        cel="self.subscriptionId == oldSelf.subscriptionId",
        reason=FieldReason.FORBIDDEN,
        sentence="the subscription cannot change; " + _SECOND_REGISTRY.format("in the other subscription"),
        holds=lambda old, new: new.subscription_id == old.subscription_id,
        transition=True,
    ),
    Rule(
        id="resource-group-fixed",
        kind=REGISTRY_KIND,
        at="spec.azure",
        field=".resourceGroup",
        cel="self.resourceGroup == oldSelf.resourceGroup",
        reason=FieldReason.FORBIDDEN,
        sentence="the resource group cannot change; " + _SECOND_REGISTRY.format("in the other group"),
        holds=lambda old, new: new.resource_group == old.resource_group,
        transition=True,
    ),
    Rule(
        id="hns-fixed",
        kind=REGISTRY_KIND,
        at=REGION_ITEM,
        field=".storageConfig.storageAccountHns",
        cel=f"self.{_HNS} == oldSelf.{_HNS}",
        reason=FieldReason.FORBIDDEN,
        sentence="Azure cannot change the hierarchical namespace of a storage account (absent means false); "
        + _SECOND_ACCOUNT,
        holds=lambda old, new: new.hns == old.hns,
        transition=True,
    ),
    Rule(
        id="performance-tier-fixed",
        kind=REGISTRY_KIND,
        at=REGION_ITEM,
        field=".storageConfig.storageAccountType",
        cel=f"self.{_SKU}.startsWith('Premium_') == oldSelf.{_SKU}.startsWith('Premium_')",
        reason=FieldReason.FORBIDDEN,
        sentence="Azure cannot move a storage account between Standard and Premium (absent means"
        " Standard_LRS); " + _SECOND_ACCOUNT,
        holds=lambda old, new: new.sku.tier == old.sku.tier,
        transition=True,
    ),
    Rule(
        id="zone-redundancy-fixed",
        kind=REGISTRY_KIND,
        at=REGION_ITEM,
        field=".storageConfig.storageAccountType",
        cel=f"self.{_SKU}.endsWith('ZRS') == oldSelf.{_SKU}.endsWith('ZRS')",
        reason=FieldReason.FORBIDDEN,
        sentence="Azure cannot add or take zone redundancy in place (LRS, GRS and RAGRS replace each"
        " other, and so"
        " do ZRS, GZRS and RAGZRS; absent means Standard_LRS); " + _SECOND_ACCOUNT,
        holds=lambda old, new: new.sku.zone_redundant == old.sku.zone_redundant,
        transition=True,
    ),
    Rule(
        id="retention-only-grows",
        kind=REGISTRY_KIND,
        at="spec",
        field=".immutability",
        cel="!has(oldSelf.immutability) || (has(self.immutability)"
        " && self.immutability.retentionDays >= oldSelf.immutability.retentionDays)",
        reason=FieldReason.FORBIDDEN,
        sentence="retention may be lengthened but neither shortened nor removed, because published"
        " versions count on it; keep retentionDays at least as it was",
        holds=lambda old, new: (
            old.immutability is None
            or (
                new.immutability is not None
                and new.immutability.retention_days >= old.immutability.retention_days
            )
        ),
        transition=True,
    ),
)
