"""What the settings of the operator let its users reach, and with whose right."""

from dataclasses import dataclass, field
from typing import Final

from mlregistry_operator.domain.identity import IdentityGrant
from mlregistry_operator.domain.storage_service import StorageService


@dataclass(frozen=True, slots=True)
class Boundaries:
    """`hosts` are those outside the cloud that content may come from, as `Origin` writes them.

    `identities` are the grants of the operator's own identity; None lets every namespace use it.
    """

    storage: StorageService = field(default_factory=StorageService)
    hosts: frozenset[str] = frozenset()
    identities: tuple[IdentityGrant, ...] | None = None


UNBOUNDED: Final = Boundaries()
"""Without any setting: the public cloud alone, and its every account."""
