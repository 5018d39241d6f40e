"""Which registry of this cluster a storage account belongs to.

Names of accounts are global, so that a name tells. A registry's status has them; names that it would give
tell it where the status was lost.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.regions import KNOWN_REGIONS
from mlregistry_operator.domain.arm import ArmId, ResourceGroup, name_of
from mlregistry_operator.domain.naming import readable_prefix, storage_account_names

Body = Mapping[str, Any]


def tells_of(body: Body, account: str) -> bool:
    """Whether the object's status has the account as the registry's; `account` is in lower case."""
    return account in _told(body)


def would_give(body: Body, account: str) -> bool:
    """Whether the registry would give an account this name.

    That counts only where no status tells of the account: whoever merely declares the names of another's
    registry does not become the holder of what that one has.
    """
    return account in _given(body, account)


def key_of(body: Body) -> ObjectKey:
    metadata = body["metadata"]
    return ObjectKey(str(metadata["namespace"]), str(metadata["name"]))


def _told(body: Body) -> Iterator[str]:
    """What the status has, accounts that were left behind included.

    A row without an endpoint tells only how an account would be called: it was never seen as the registry's
    own, as where the registry's identity may not look.
    """
    status = _mapping(body.get("status"))
    for row in _mappings(status.get("regions")):
        account = _mapping(row.get("storageAccount"))
        if account.get("blobEndpoint"):
            yield str(account.get("name", "")).lower()
    for entry in _mappings(status.get("retained")):
        yield name_of(ArmId(str(entry.get("id", "")))).lower()


def _given(body: Body, account: str) -> Iterator[str]:
    """The names that its accounts may have, in any region: one that has left the spec may still be there."""
    spec = _mapping(body.get("spec"))
    azure = _mapping(spec.get("azure"))
    name = str(spec.get("registryName") or body["metadata"]["name"])
    if not account.startswith(readable_prefix(name)):
        return
    group = ResourceGroup(str(azure.get("subscriptionId", "")), str(azure.get("resourceGroup", "")))
    declared = {str(row.get("location", "")) for row in _mappings(spec.get("replicationLocations"))}
    for location in sorted(KNOWN_REGIONS | declared):
        yield from storage_account_names(group, name, location)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: object) -> Iterable[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list | tuple) else []
