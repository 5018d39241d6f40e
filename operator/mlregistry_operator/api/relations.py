"""What only a look at other objects can tell when one is written: what is refused, and what is warned of.

`{who}` stands for the names of the others, `{what}` for what it is about. An operator that was not asked, or
could not look, says the same later in a condition.
"""

from dataclasses import dataclass
from typing import Final

from mlregistry_operator.api.group import ADOPT, ASSET_KIND, REGISTRY_KIND


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """How an object stands to others. The sentence begins and ends as a rule's does, without a full stop."""

    id: str
    kind: str
    field: str
    sentence: str
    refused: bool = False

    def told(self, who: str = "", what: str = "") -> str:
        """The sentence about these objects."""
        return self.sentence.format(who=who, what=what)

    def cause_and_remedy(self, who: str = "", what: str = "") -> tuple[str, str]:
        """The same sentence as a condition has it: what is so, without a full stop, and what to do."""
        cause, _, remedy = self.told(who, what).partition("; ")
        return cause, f"{remedy[:1].upper()}{remedy[1:]}."


NAME_CLAIMED: Final = Relation(
    id="registry-name-claimed",
    kind=REGISTRY_KIND,
    field="spec.registryName",
    sentence="MLRegistry {who} has this name in the same subscription and resource group (case does not"
    " matter), and two objects cannot own the same Azure resources; choose another name, or delete that"
    " object first",
    refused=True,
)
ADOPTED_TWICE: Final = Relation(
    id="adopted-twice",
    kind=REGISTRY_KIND,
    field=f"metadata.annotations[{ADOPT}]",
    sentence="MLRegistry {who} adopts {what} as well, and a resource has one owner; name it in one of the two"
    " objects only",
    refused=True,
)
ADOPTS_ANOTHERS: Final = Relation(
    id="adopts-anothers",
    kind=REGISTRY_KIND,
    field=f"metadata.annotations[{ADOPT}]",
    sentence="{what} is in the status of MLRegistry {who} or carries its owner tag, and nothing is taken from"
    " an object that is there; leave it out, or delete that object first, with deletionPolicy: Retain",
    refused=True,
)
IDENTITY_CLOSED: Final = Relation(
    id="identity-not-allowed",
    kind=REGISTRY_KIND,
    field="spec.azure.credentials",
    sentence="namespace {who} may not have the operator act in its own name in {what}; have the operator's"
    " setting identity.allowed include it, or name a Secret with credentials of your own (secretRef)",
    refused=True,
)
ONLY_COPY_LEAVES: Final = Relation(
    id="only-copy-leaves",
    kind=REGISTRY_KIND,
    field="spec.replicationLocations",
    sentence="{what} has the only complete copy of MLAsset {who}; it is copied elsewhere and proved before"
    " the region goes",
)
VERSION_TAKEN: Final = Relation(
    id="version-taken",
    kind=ASSET_KIND,
    field="spec.version",
    sentence="MLAsset {who} declares this version too; with the same bytes they share it, with others the"
    " one that was not first is refused: choose another version then",
)
REGISTRY_MISSING: Final = Relation(
    id="registry-missing",
    kind=ASSET_KIND,
    field="spec.registryRef",
    sentence="MLRegistry {who} does not exist; apply it, or correct the reference in a new MLAsset",
)
NAMESPACE_CLOSED: Final = Relation(
    id="namespace-not-allowed",
    kind=ASSET_KIND,
    field="spec.registryRef",
    sentence="MLRegistry {who} does not allow assets in namespace {what}; have its allowedNamespaces include"
    " it, or use a namespace that it allows",
)
REFERENCE_UNDECLARED: Final = Relation(
    id="reference-undeclared",
    kind=ASSET_KIND,
    field="spec.references",
    sentence="no MLAsset declares {what} in MLRegistry {who}; this one waits for it unless it is published"
    " already",
)
SOURCE_CLOSED: Final = Relation(
    id="source-not-allowed",
    kind=ASSET_KIND,
    field="spec.source",
    sentence="{what}",
)
SOURCE_UNDECLARED: Final = Relation(
    id="source-undeclared",
    kind=ASSET_KIND,
    field="spec.source.asset",
    sentence="no MLAsset declares {what} in MLRegistry {who}; this one waits for it unless it is published"
    " already",
)
REFERENCE_UNFIT: Final = Relation(
    id="reference-unfit",
    kind=ASSET_KIND,
    field="spec.source.inline",
    sentence="{what}",
)

RELATIONS: Final = (
    NAME_CLAIMED,
    ADOPTED_TWICE,
    ADOPTS_ANOTHERS,
    IDENTITY_CLOSED,
    ONLY_COPY_LEAVES,
    VERSION_TAKEN,
    REGISTRY_MISSING,
    NAMESPACE_CLOSED,
    REFERENCE_UNDECLARED,
    SOURCE_CLOSED,
    SOURCE_UNDECLARED,
    REFERENCE_UNFIT,
)
