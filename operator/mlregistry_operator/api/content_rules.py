"""What only Python can judge of an object: what CEL cannot express, cannot afford or is not shown."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from mlregistry_operator.api.group import ASSET_KIND, REGISTRY_KIND, TAG_PREFIX
from mlregistry_operator.api.inline import BOUNDS, is_yaml
from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.api.registry import ReplicationLocation
from mlregistry_operator.api.registry_rules import (
    AZURES_PREFIX_SENTENCE,
    AZURES_PREFIXES,
    AZURES_SPELLINGS,
    REGION_ITEM,
    RESERVED_SPELLINGS,
    TAG_PREFIX_SENTENCE,
)
from mlregistry_operator.api.registry_status import RetainedEntry, StorageAccountStatus
from mlregistry_operator.api.rule import FieldReason, Place, Rule, places

_ALIKE: Final = (
    "tag names that differ by case alone are one tag in Azure, and here are two: {names}; keep one of them"
)
_LEFT_DIFFERS: Final = (
    "the account {account}, which the registry left in {region}, has {there} where the spec has {declared},"
    " and Azure cannot change that; declare what it has, or delete that account in Azure first"
)
_FORBIDDEN_IN_TAGS: Final = re.compile(r"[<>%&\\?/]")  # Source: Azure resource tags, limitations


def _hides_the_prefix(name: str) -> bool:
    return name.lower().startswith(TAG_PREFIX) and not name.startswith(RESERVED_SPELLINGS)


def _alike(names: Iterable[str]) -> list[str]:
    """The names that are another one, but for the case of letters."""
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(name.casefold(), []).append(name)
    return [name for found in alike.values() if len(found) > 1 for name in found]


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
    return not any(_differences(left, region))


def _differences(
    left: RetainedEntry | StorageAccountStatus, region: ReplicationLocation
) -> Iterator[tuple[str, str, str]]:
    """What Azure cannot change: the field, what the account has, and what the region is to have."""
    if left.sku is not None and region.sku not in left.sku.changes_in_place_to:
        yield "storageAccountType", left.sku, region.sku
    if left.hns is not None and left.hns != region.hns:
        yield "storageAccountHns", str(left.hns).lower(), str(region.hns).lower()


def _what_differs(left: RetainedEntry | StorageAccountStatus, region: ReplicationLocation) -> str:
    found = tuple(_differences(left, region))
    return _LEFT_DIFFERS.format(
        account=left.id.rpartition("/")[2],
        region=region.location,
        there=" and ".join(f"{field} {there}" for field, there, _ in found),
        declared=" and ".join(declared for _, _, declared in found),
    )


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
        id="tag-reserved-any-case",
        kind=REGISTRY_KIND,
        at="spec.tags",
        field="",
        cel=None,
        reason=FieldReason.FORBIDDEN,
        sentence=AZURES_PREFIX_SENTENCE,
        holds=lambda _, new: (
            not any(
                name.lower().startswith(AZURES_PREFIXES) and not name.startswith(AZURES_SPELLINGS)
                for name in new
            )
        ),
    ),
    Rule(
        id="tag-names-differ",
        kind=REGISTRY_KIND,
        at="spec.tags",
        field="",
        cel=None,
        reason=FieldReason.INVALID,
        sentence=_ALIKE,
        told=lambda _, new: _ALIKE.format(names=", ".join(_alike(new))),
        holds=lambda _, new: not _alike(new),
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
        sentence=_LEFT_DIFFERS,
        told=_what_differs,
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
