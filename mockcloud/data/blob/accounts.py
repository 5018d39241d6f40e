"""Which account and container a request is for: the control plane's own resources, seen from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mockcloud.arm.storage.rules import TYPE
from mockcloud.arm.storage.services import CONTAINER_TYPE, make_container
from mockcloud.data.blob.errors import BlobError
from mockcloud.regions import canonical

if TYPE_CHECKING:
    from mockcloud.data.blob.blobs import Contents
    from mockcloud.store import Resource
    from mockcloud.world import World

_SECONDARY: Final = "-secondary"
_READABLE: Final = "_RA"


@dataclass(frozen=True, slots=True)
class Account:
    """`segment` is how the address names it: the account, or its readable secondary."""

    resource: Resource
    segment: str
    secondary: bool

    @property
    def name(self) -> str:
        return self.resource.name

    @property
    def id(self) -> str:
        return self.resource.id

    @property
    def location(self) -> str:
        place = self.resource.properties.get("secondaryLocation") if self.secondary else None
        return canonical(str(place or self.resource.location))

    @property
    def hns(self) -> bool:
        return bool(self.resource.properties.get("isHnsEnabled"))

    @property
    def takes_keys(self) -> bool:
        """Requests and signatures by account key; allowed unless it is said otherwise."""
        return self.resource.properties.get("allowSharedKeyAccess") is not False

    @property
    def takes_anonymous(self) -> bool:
        return bool(self.resource.properties.get("allowBlobPublicAccess"))

    @property
    def keys(self) -> list[str]:
        return [str(key["value"]) for key in self.resource.hidden.get("keys", {}).values()]

    def container_id(self, name: str) -> str:
        return f"{self.id}/blobServices/default/containers/{name}"


def account_at(world: World, segment: str) -> Account:
    """The account of an address.

    Raises:
        BlobError: there is none (in Azure its name would not resolve), it is still being made, or its
            region is down.
    """
    name = segment.removesuffix(_SECONDARY)
    found = next((a for a in world.store.of_type(TYPE) if a.name == name), None)
    if found is None or found.state != "Succeeded":
        raise BlobError("ResourceNotFound")
    account = Account(found, segment, secondary=segment != name)
    if account.secondary and _READABLE not in str(found.body["sku"]["name"]):
        raise BlobError("ResourceNotFound")
    if account.location in world.unavailable:
        raise BlobError("ServerBusy", headers={"Connection": "close"})
    return account


def container_of(world: World, account: Account, name: str) -> Resource:
    """The container.

    Raises:
        BlobError: there is none.
    """
    container = world.store.get(account.container_id(name))
    if container is None:
        raise BlobError("ContainerNotFound")
    return container


def contents_of(world: World, account: Account, name: str) -> Contents:
    """What lies in the container; raises as `container_of`."""
    return world.blobs.of(container_of(world, account, name))


def containers_of(world: World, account: Account) -> list[Resource]:
    found = world.store.children(account.id, CONTAINER_TYPE)
    return sorted(found, key=lambda container: container.name)


def new_container(world: World, account: Account, name: str) -> Resource:
    return world.store.put(make_container(account.id, name, world.now()))
