"""What every MLRegistry must be, whatever it was before."""

import re
from typing import Final

from mlregistry_operator.api import patterns
from mlregistry_operator.api.fields import MAX_TAG_NAME
from mlregistry_operator.api.group import REGISTRY_KIND, TAG_PREFIX
from mlregistry_operator.api.patterns import in_cel, matches
from mlregistry_operator.api.rule import FieldReason, Rule, bounded_keys
from mlregistry_operator.api.selectors import LabelRequirement, NamespacesFrom, SelectorOperator

REGION_ITEM: Final = "spec.replicationLocations[location]"
SOURCE_ITEM: Final = "spec.allowedSources[]"
TAG_PREFIX_SENTENCE: Final = (
    f"tag names starting with {TAG_PREFIX}, in any case, are kept for the operator; choose another name"
)
_NAME: Final = "2 to 32 letters, digits, underscores and hyphens, starting with a letter or digit"
_REGION: Final = (
    "must be Azure's short name of a region, in lower case and without spaces: write eastus for East US"
    " (az account list-locations -o table lists them)"
)
_GUID: Final = (
    "must be a GUID with its four hyphens and without braces, in either case, such as"
    " 00000000-0000-0000-0000-000000000000"
)
# CEL cannot fold the case of a map's keys within its cost budget, so it knows the usual spellings and the
# webhook knows all.
RESERVED_SPELLINGS: Final = (TAG_PREFIX, "MLRegistry-", "MlRegistry-", "Mlregistry-", "MLREGISTRY-")
# Source: https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources, limitations.
AZURES_PREFIXES: Final = ("azure", "microsoft", "windows")
AZURES_SPELLINGS: Final = tuple(
    spelling for name in AZURES_PREFIXES for spelling in (name, name.capitalize(), name.upper())
)
AZURES_PREFIX_SENTENCE: Final = (
    f"tag names starting with {', '.join(AZURES_PREFIXES[:-1])} or {AZURES_PREFIXES[-1]}, in any case, are"
    " reserved by Azure; choose another name"
)


def _guid(rule_id: str, at: str, field: str) -> Rule:
    name = field.removeprefix(".")
    return Rule(
        id=rule_id,
        kind=REGISTRY_KIND,
        at=at,
        field=field,
        cel=f"self.{name}.matches({in_cel(patterns.GUID)})",
        reason=FieldReason.INVALID,
        sentence=_GUID,
        holds=lambda _, new: matches(patterns.GUID, new.model_dump(by_alias=True)[name]),
    )


def _plain_prefix(url: str) -> bool:
    return matches(patterns.SOURCE_PREFIX, url) and re.search(patterns.DOT_SEGMENT, url) is None


def _selector_rules(prefix: str, at: str) -> tuple[Rule, ...]:
    """What holds of every place where a registry tells namespaces."""
    return (
        Rule(
            id=f"{prefix}selector-only-when-asked",
            kind=REGISTRY_KIND,
            at=at,
            field=".selector",
            cel="has(self.selector) == (self.?from.orValue('Same') == 'Selector')",
            reason=FieldReason.INVALID,
            sentence="must be set when from is Selector, and only then",
            holds=lambda _, new: (new.selector is not None) == (new.from_ is NamespacesFrom.SELECTOR),
        ),
        bounded_keys(
            f"{prefix}label-name-length", REGISTRY_KIND, f"{at}.selector", ".matchLabels", limit=317
        ),
        Rule(
            id=f"{prefix}selector-values",
            kind=REGISTRY_KIND,
            at=f"{at}.selector.matchExpressions[]",
            field=".values",
            cel="(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
            reason=FieldReason.INVALID,
            sentence="must list values for In and NotIn, and must be absent for Exists and DoesNotExist",
            holds=lambda _, new: _values_fit(new),
        ),
    )


def _values_fit(requirement: LabelRequirement) -> bool:
    wants_values = requirement.operator in {SelectorOperator.IN, SelectorOperator.NOT_IN}
    return wants_values == bool(requirement.values)


RULES: Final = (
    Rule(
        id="registry-name-form",
        kind=REGISTRY_KIND,
        at="spec",
        field=".registryName",
        cel=f"!has(self.registryName) || self.registryName.matches({in_cel(patterns.REGISTRY_NAME)})",
        reason=FieldReason.INVALID,
        sentence=f"must be {_NAME}",
        holds=lambda _, new: new.registry_name is None or matches(patterns.REGISTRY_NAME, new.registry_name),
    ),
    Rule(
        id="registry-name-from-object",
        kind=REGISTRY_KIND,
        at="",
        field=".spec.registryName",
        cel=f"has(self.spec.registryName) || self.metadata.name.matches({in_cel(patterns.REGISTRY_NAME)})",
        reason=FieldReason.REQUIRED,
        sentence=f"must be set, because the object's own name cannot be a registry's name: {_NAME}",
        holds=lambda _, new: (
            new.spec.registry_name is not None or matches(patterns.REGISTRY_NAME, new.metadata.name)
        ),
    ),
    Rule(
        id="primary-form",
        kind=REGISTRY_KIND,
        at="spec",
        field=".location",
        cel=f"self.location.matches({in_cel(patterns.REGION)})",
        reason=FieldReason.INVALID,
        sentence=_REGION,
        holds=lambda _, new: matches(patterns.REGION, new.location),
    ),
    Rule(
        id="region-form",
        kind=REGISTRY_KIND,
        at=REGION_ITEM,
        field=".location",
        cel=f"self.location.matches({in_cel(patterns.REGION)})",
        reason=FieldReason.INVALID,
        sentence=_REGION,
        holds=lambda _, new: matches(patterns.REGION, new.location),
    ),
    Rule(
        id="primary-listed",
        kind=REGISTRY_KIND,
        at="spec",
        field=".replicationLocations",
        cel="self.replicationLocations.exists(r, r.location == self.location)",
        reason=FieldReason.INVALID,
        sentence="must list the primary region, the one in spec.location, as an entry of its own:"
        " the primary can be neither left out nor removed",
        holds=lambda _, new: new.region(new.location) is not None,
    ),
    _guid("subscription-form", "spec.azure", ".subscriptionId"),
    Rule(
        id="resource-group-form",
        kind=REGISTRY_KIND,
        at="spec.azure",
        field=".resourceGroup",
        cel=f"self.resourceGroup.matches({in_cel(patterns.RESOURCE_GROUP)})",
        reason=FieldReason.INVALID,
        sentence="must be the name of a resource group, not its id: 1 to 90 letters, digits, underscores,"
        " parentheses, hyphens and dots, not ending with a dot",
        holds=lambda _, new: matches(patterns.RESOURCE_GROUP, new.resource_group),
    ),
    Rule(
        id="one-credential",
        kind=REGISTRY_KIND,
        at="spec.azure",
        field=".credentials",
        cel="!has(self.credentials) || has(self.credentials.secretRef) !="
        " has(self.credentials.workloadIdentity)",
        reason=FieldReason.INVALID,
        sentence="must have either secretRef or workloadIdentity; leave credentials out to use the operator's"
        " own identity",
        holds=lambda _, new: (
            new.credentials is None
            or (new.credentials.secret_ref is None) != (new.credentials.workload_identity is None)
        ),
    ),
    _guid("client-form", "spec.azure.credentials.workloadIdentity", ".clientId"),
    _guid("tenant-form", "spec.azure.credentials.workloadIdentity", ".tenantId"),
    _guid("principal-form", "spec.access[principalId,role]", ".principalId"),
    bounded_keys("tag-name-length", REGISTRY_KIND, "spec", ".tags", limit=MAX_TAG_NAME),
    Rule(
        id="tag-prefix",
        kind=REGISTRY_KIND,
        at="spec",
        field=".tags",
        cel="!has(self.tags) || self.tags.all(k, "
        + " && ".join(f"!k.startsWith('{spelling}')" for spelling in RESERVED_SPELLINGS)
        + ")",
        reason=FieldReason.FORBIDDEN,
        sentence=TAG_PREFIX_SENTENCE,
        holds=lambda _, new: not any(name.startswith(RESERVED_SPELLINGS) for name in new.tags),
    ),
    Rule(
        id="tag-reserved",
        kind=REGISTRY_KIND,
        at="spec.tags",
        field="",
        cel="self.all(k, " + " && ".join(f"!k.startsWith('{one}')" for one in AZURES_SPELLINGS) + ")",
        reason=FieldReason.FORBIDDEN,
        sentence=AZURES_PREFIX_SENTENCE,
        holds=lambda _, new: not any(name.startswith(AZURES_SPELLINGS) for name in new),
    ),
    *_selector_rules("", "spec.allowedNamespaces"),
    Rule(
        id="source-url-form",
        kind=REGISTRY_KIND,
        at=f"{SOURCE_ITEM}",
        field=".url",
        cel=f"self.url.matches({in_cel(patterns.SOURCE_PREFIX)})"
        f" && !self.url.matches({in_cel(patterns.DOT_SEGMENT)})",
        reason=FieldReason.INVALID,
        sentence="must be https://<host>/ with a path below it that ends with a slash: no query string,"
        " escapes,"
        " empty parts, or a part . or .. in it",
        holds=lambda _, new: _plain_prefix(new.url),
    ),
    *_selector_rules("source-", f"{SOURCE_ITEM}.namespaces"),
)
