"""Every rule of both kinds: the one table that the CRDs, the webhook and the documentation are made from."""

from typing import Final

from mlregistry_operator.api import (
    annotation_rules,
    asset_changes,
    asset_rules,
    blob_url_rules,
    content_rules,
    registry_changes,
    registry_rules,
    text_rules,
)
from mlregistry_operator.api.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    *registry_rules.RULES,
    *registry_changes.CHANGES,
    *asset_rules.RULES,
    *blob_url_rules.RULES,
    *asset_changes.CHANGES,
    *content_rules.RULES,
    *annotation_rules.RULES,
    *text_rules.RULES,
)


def rules_of(kind: str) -> tuple[Rule, ...]:
    """The rules of one kind, in the order in which they are to be told."""
    return tuple(rule for rule in RULES if rule.kind == kind)
