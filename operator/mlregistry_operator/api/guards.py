"""What stands in the way of a deletion, in the words that a refusal and a waiting finalizer share.

Who is in the way only other objects can tell, so `{who}` stands for their names.
"""

from dataclasses import dataclass
from typing import Final

from mlregistry_operator.api.group import ASSET_KIND, FORCE_DETACH, REGISTRY_KIND

_WAY_OUT: Final = f'or annotate it with {FORCE_DETACH}: "true", which leaves everything in Azure'


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """One reason to keep an object. Its sentence begins and ends as a rule's does, without a full stop."""

    id: str
    kind: str
    sentence: str

    def told(self, who: str) -> str:
        """The sentence about these objects."""
        return self.sentence.format(who=who)


REGISTRY_IN_USE: Final = Guard(
    id="registry-in-use",
    kind=REGISTRY_KIND,
    sentence="this registry is still used by MLAsset {who}; delete what uses it first, " + _WAY_OUT,
)
ASSET_IN_USE: Final = Guard(
    id="asset-in-use",
    kind=ASSET_KIND,
    sentence="this version is still referenced by MLAsset {who}; delete what references it first, "
    + _WAY_OUT,
)
GUARDS: Final = (REGISTRY_IN_USE, ASSET_IN_USE)
