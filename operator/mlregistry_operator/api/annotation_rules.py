"""Rules on the annotations that the operator obeys; asked only of those that an edit sets or changes."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from mlregistry_operator.api.group import (
    ADOPT,
    ASSET_KIND,
    CONFIRM_DELETE,
    FORCE_DETACH,
    REGISTRY_KIND,
    RESYNC_INTERVAL,
)
from mlregistry_operator.api.rule import FieldReason, Place, Rule

MAX_VALUE: Final = 8192
# Source: Azure Resource Manager, resource ids; a resource group's own id is one as well.
_ARM_ID: Final = re.compile(
    r"/subscriptions/[0-9a-f-]{36}/resourceGroups/[^/\s]{1,90}(/providers/[A-Za-z0-9.]+(/[^/\s]+/[^/\s]+)+)?",
    re.IGNORECASE,
)
_INTERVAL: Final = re.compile(r"(?=.*[1-9])(\d{1,4}h)?(\d{1,6}m)?(\d{1,8}s)?", re.ASCII)


def _changed(annotation: str) -> Callable[[Any, Any], Iterator[Place]]:
    """The annotation, where the edit sets it to another value than before."""

    def select(old: Any, new: Any) -> Iterator[Place]:
        value = new.metadata.annotations.get(annotation)
        before = old.metadata.annotations.get(annotation) if old else None
        if value is not None and value != before:
            yield Place(f"metadata.annotations[{annotation}]", None, (value, new))

    return select


def _rule(rule_id: str, kind: str, annotation: str, sentence: str, holds: Callable[[str, Any], bool]) -> Rule:
    return Rule(
        id=rule_id,
        kind=kind,
        at=f"metadata.annotations[{annotation}]",
        field="",
        cel=None,
        reason=FieldReason.INVALID,
        sentence=sentence,
        holds=lambda _, new: holds(*new),
        select=_changed(annotation),
    )


def _are_ids(value: str, _: Any) -> bool:
    return len(value) <= MAX_VALUE and all(_ARM_ID.fullmatch(part.strip()) for part in value.split(","))


def _is_interval(value: str, _: Any) -> bool:
    return _INTERVAL.fullmatch(value.strip()) is not None


def _is_yes_or_no(value: str, _: Any) -> bool:
    return value in {"true", "false"}


RULES: Final = (
    _rule(
        "adopt-form",
        REGISTRY_KIND,
        ADOPT,
        "must be one or more ARM ids, separated by commas, as status or Azure's portal shows them",
        _are_ids,
    ),
    _rule(
        "confirm-delete-form",
        REGISTRY_KIND,
        CONFIRM_DELETE,
        "must be the registry's own name, the one in status.registryName",
        lambda value, registry: value == registry.effective_name,
    ),
    *(
        _rule(
            f"{prefix}resync-interval-form",
            kind,
            RESYNC_INTERVAL,
            "must be a length of time, such as 10m, 90s or 1h30m",
            _is_interval,
        )
        for prefix, kind in (("", REGISTRY_KIND), ("asset-", ASSET_KIND))
    ),
    *(
        _rule(
            f"{prefix}force-detach-form",
            kind,
            FORCE_DETACH,
            'must be "true" or "false"',
            _is_yes_or_no,
        )
        for prefix, kind in (("", REGISTRY_KIND), ("asset-", ASSET_KIND))
    ),
)
