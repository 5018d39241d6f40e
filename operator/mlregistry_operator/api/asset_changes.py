"""What may never change about an MLAsset: all that says which bytes it is."""

from typing import Final

from mlregistry_operator.api.group import ASSET_KIND
from mlregistry_operator.api.rule import FieldReason, Rule, as_written, unchanged

# The rest of the spec is what people say about a version, and what becomes of it.
FIXED_FIELDS: Final = (
    "registryRef",
    "type",
    "assetName",
    "version",
    "source",
    "digest",
    "model",
    "environment",
    "component",
    "data",
    "references",
    "lineage",
)


def _fixed(name: str) -> Rule:
    return Rule(
        id=f"asset-{name.lower()}-fixed",
        kind=ASSET_KIND,
        at="spec",
        field=f".{name}",
        cel=unchanged(name),
        reason=FieldReason.FORBIDDEN,
        sentence="cannot be set, changed or removed after creation, because a version never changes;"
        " publish the change as another version, in another MLAsset",
        holds=lambda old, new: as_written(old).get(name) == as_written(new).get(name),
        transition=True,
    )


CHANGES: Final = tuple(_fixed(name) for name in FIXED_FIELDS)
