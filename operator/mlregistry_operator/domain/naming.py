"""Names in Azure: global, short, readable, and always computed.

A name is a prefix of the registry's name, the region, and a hash of all that makes it ours. Where somebody
else holds the first name, the next of a fixed sequence is taken, so that a lost status finds the same names
again by walking the sequence.

Sources: storage account names are 3-24 lower-case letters and digits; registry names 5-50 alphanumerics
(https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules).
"""

import base64
import hashlib
import re
from typing import Final

from mlregistry_operator.domain.arm import ResourceGroup

SEQUENCE_LENGTH: Final = 4
_HASH_LENGTH: Final = 8
_STORAGE_PREFIX: Final = 7
_STORAGE_REGION: Final = 9
_REGISTRY_PREFIX: Final = 24
_REGISTRY_REGION: Final = 18


def storage_account_names(group: ResourceGroup, registry_name: str, location: str) -> tuple[str, ...]:
    """The names that the account of a region may have, in the order in which they are tried."""
    prefix = f"{readable_prefix(registry_name)}{location[:_STORAGE_REGION]}"
    return _sequence(prefix, "storage", group, registry_name, location)


def readable_prefix(registry_name: str) -> str:
    """What the names of all accounts of a registry begin with; other registries' may, too."""
    return _plain(registry_name)[:_STORAGE_PREFIX]


def container_registry_names(group: ResourceGroup, registry_name: str, location: str) -> tuple[str, ...]:
    """The names that the container registry may have, in the order in which they are tried."""
    prefix = f"{_plain(registry_name)[:_REGISTRY_PREFIX]}{location[:_REGISTRY_REGION]}"
    return _sequence(prefix, "registry", group, registry_name, location)


def _sequence(
    prefix: str, kind: str, group: ResourceGroup, registry_name: str, location: str
) -> tuple[str, ...]:
    return tuple(
        prefix + _digest(kind, group.subscription_id, group.name, registry_name, location, str(attempt))
        for attempt in range(SEQUENCE_LENGTH)
    )


def _digest(*parts: str) -> str:
    joined = "/".join(part.casefold() for part in parts)
    return base64.b32encode(hashlib.sha256(joined.encode()).digest()).decode().lower()[:_HASH_LENGTH]


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
