"""Settings about whom the operator works for: which namespaces may have it act in its own name, and where."""

from typing import Annotated, Final

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from mlregistry_operator.domain.identity import IdentityGrant
from mlregistry_operator.sections import Guid, Name, Section

_MOST: Final = 256
_Names = Annotated[tuple[Name, ...], Field(min_length=1, max_length=_MOST)]
_Guids = Annotated[tuple[Guid, ...], Field(min_length=1, max_length=_MOST)]
_Groups = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=90)], ...], Field(min_length=1, max_length=_MOST)
]


class AllowedIdentity(Section):
    """One entry of the list. A part that is left out means all."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)

    namespaces: _Names = Field(default=(), description="Namespaces of MLRegistries.")
    subscriptions: _Guids = Field(default=(), description="Ids of Azure subscriptions.")
    resource_groups: _Groups = Field(default=(), description="Names of resource groups.")
    client_ids: _Guids = Field(
        default=(),
        description="Applications that workloadIdentity may name; the operator's own is always meant.",
    )

    @property
    def granted(self) -> IdentityGrant:
        return IdentityGrant(
            frozenset(self.namespaces),
            frozenset(self.subscriptions),
            frozenset(self.resource_groups),
            frozenset(self.client_ids),
        )


class IdentitySettings(Section):
    """Who may use the operator's own identity, or an application that trusts its ServiceAccount."""

    allowed: Annotated[tuple[AllowedIdentity, ...], Field(max_length=_MOST)] | None = Field(
        default=None,
        description="Which namespaces' registries may use the operator's own identity, or a workload identity"
        " that trusts its ServiceAccount: JSON, a list of {namespaces, subscriptions, resourceGroups,"
        " clientIds}, in which a part that is left out means all. Absent: all may, everywhere; []: nobody.",
    )
