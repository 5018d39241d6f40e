"""Which registry of this cluster a storage account or a container registry belongs to.

Names of both are global, so that a name tells. A registry's status has them; names that it would give
tell it where the status was lost.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from mlregistry_operator.api.regions import KNOWN_REGIONS
from mlregistry_operator.domain.arm import ArmId, ResourceGroup, name_of
from mlregistry_operator.domain.naming import container_registry_names, readable_prefix, storage_account_names
from mlregistry_operator.domain.raw import mapping, mappings

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


def tells_of_images(body: Body, login_server: str) -> bool:
    """Whether the object's status has the container registry with this login server, in lower case."""
    status = mapping(body.get("status"))
    if str(mapping(status.get("containerRegistry")).get("loginServer", "")).lower() == login_server:
        return True
    name = _label(login_server)
    return any(_names(entry, name) for entry in mappings(status.get("retained")))


def would_give_images(body: Body, login_server: str) -> bool:
    """Whether the registry would give its container registry a name that has this login server."""
    group, own = _home(body)
    location = str(mapping(body.get("spec")).get("location", ""))
    return _label(login_server) in container_registry_names(group, own, location)


def _told(body: Body) -> Iterator[str]:
    """What the status has, accounts that were left behind included.

    A row without an endpoint tells only how an account would be called: it was never seen as the registry's
    own, as where the registry's identity may not look.
    """
    status = mapping(body.get("status"))
    for row in mappings(status.get("regions")):
        account = mapping(row.get("storageAccount"))
        if account.get("blobEndpoint"):
            yield str(account.get("name", "")).lower()
    for entry in mappings(status.get("retained")):
        yield name_of(ArmId(str(entry.get("id", "")))).lower()


def _label(login_server: str) -> str:
    """The registry's name, as a login server begins with it, or ends where it has a path."""
    return login_server.rpartition("/")[2].partition(".")[0]


def _names(entry: Mapping[str, Any], name: str) -> bool:
    """Whether what was left behind is the container registry of this name."""
    left = str(entry.get("id", "")).lower()
    return "/microsoft.containerregistry/registries/" in left and name_of(ArmId(left)) == name


def _home(body: Body) -> tuple[ResourceGroup, str]:
    """Where the registry lives, and its name."""
    spec = mapping(body.get("spec"))
    azure = mapping(spec.get("azure"))
    group = ResourceGroup(str(azure.get("subscriptionId", "")), str(azure.get("resourceGroup", "")))
    return group, str(spec.get("registryName") or body["metadata"]["name"])


def _given(body: Body, account: str) -> Iterator[str]:
    """The names that its accounts may have, in any region: one that has left the spec may still be there."""
    spec = mapping(body.get("spec"))
    group, name = _home(body)
    if not account.startswith(readable_prefix(name)):
        return
    declared = {str(row.get("location", "")) for row in mappings(spec.get("replicationLocations"))}
    for location in sorted(KNOWN_REGIONS | declared):
        yield from storage_account_names(group, name, location)
