"""What only Python can judge of an object: what CEL cannot express, cannot afford or is not shown."""

import re
from collections.abc import Iterator
from typing import Final

from mlregistry_operator.api.group import ASSET_KIND, REGISTRY_KIND, TAG_PREFIX
from mlregistry_operator.api.inline import BOUNDS, is_yaml
from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.api.registry import ReplicationLocation
from mlregistry_operator.api.registry_rules import REGION_ITEM, RESERVED_SPELLINGS, TAG_PREFIX_SENTENCE
from mlregistry_operator.api.registry_status import RetainedEntry, StorageAccountStatus
from mlregistry_operator.api.rule import FieldReason, Place, Rule, places

_FORBIDDEN_IN_TAGS: Final = re.compile(r"[<>%&\\?/]")  # Source: Azure resource tags, limitations


def _hides_the_prefix(name: str) -> bool:
    return name.lower().startswith(TAG_PREFIX) and not name.startswith(RESERVED_SPELLINGS)


def _returning_regions(old: MLRegistry | None, new: MLRegistry) -> Iterator[Place]:
    """Regions that come back, each with the account that it left behind, or is still leaving."""
    if old is None:
        return
    for place in places(REGION_ITEM, old, new):
        if place.old is None:
            for left in _accounts_in(old, place.new.location):
                if left.sku is not None:
                    yield Place(place.path, left, place.new)


def _accounts_in(registry: MLRegistry, location: str) -> Iterator[RetainedEntry | StorageAccountStatus]:
    row = registry.status.region(location)
    if row is not None and row.storage_account is not None:
        yield row.storage_account
    yield from (left for left in registry.status.retained if left.location == location)


def _can_have_again(left: RetainedEntry | StorageAccountStatus, region: ReplicationLocation) -> bool:
    same_hns = left.hns is None or left.hns == region.hns
    return same_hns and left.sku is not None and region.sku in left.sku.changes_in_place_to


RULES: Final = (
    Rule(
        id="tag-prefix-any-case",
        kind=REGISTRY_KIND,
        at="spec",
        field=".tags",
        cel=None,
        reason=FieldReason.FORBIDDEN,
        sentence=TAG_PREFIX_SENTENCE,
        holds=lambda _, new: not any(_hides_the_prefix(name) for name in new.tags),
    ),
    Rule(
        id="tag-name-characters",
        kind=REGISTRY_KIND,
        at="spec",
        field=".tags",
        cel=None,
        reason=FieldReason.INVALID,
        sentence="tag names cannot contain < > % & \\ ? or /, because Azure refuses them; choose another"
        " name",
        holds=lambda _, new: not any(_FORBIDDEN_IN_TAGS.search(name) for name in new.tags),
    ),
    Rule(
        id="retained-account-differs",
        kind=REGISTRY_KIND,
        at=REGION_ITEM,
        field=".storageConfig",
        cel=None,
        reason=FieldReason.FORBIDDEN,
        sentence="an account that the registry left in this region has other settings, which Azure"
        " cannot change; declare those that status shows, in retained or in the region's row, or delete that"
        " account first",
        holds=_can_have_again,
        transition=True,
        select=_returning_regions,
    ),
    Rule(
        id="inline-is-yaml",
        kind=ASSET_KIND,
        at="spec.source",
        field=".inline",
        cel=None,
        reason=FieldReason.INVALID,
        sentence=f"must be a YAML document that {BOUNDS}; give a blob instead for a file of another kind",
        holds=lambda _, new: new.inline is None or is_yaml(new.inline),
    ),
)
