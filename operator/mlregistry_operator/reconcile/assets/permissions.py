"""Whether a source may be read for an asset, by what the registries of the cluster say at this moment."""

from collections.abc import Callable, Mapping
from typing import Any

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.holders import (
    tells_of,
    tells_of_images,
    would_give,
    would_give_images,
)
from mlregistry_operator.domain.assets.source_rules import (
    Asker,
    Holder,
    Place,
    image_place_of,
    images_not_open,
    not_consented,
    not_declared,
    not_open,
    place_of,
)
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.image_sources import Located
from mlregistry_operator.domain.images import ImageReference
from mlregistry_operator.domain.raw import key_of
from mlregistry_operator.domain.storage_service import Address, StorageService
from mlregistry_operator.kube.ports import Body, Objects
from mlregistry_operator.reconcile.giving_way import giving_way
from mlregistry_operator.reconcile.registry_objects import read_registry

_Holds = Callable[[Mapping[str, Any], str], bool]


async def blobs_refused(
    registry: MLRegistry,
    address: Address,
    asker: Asker,
    around: Objects,
    storage: StorageService,
    *,
    by_sas: bool,
) -> tuple[Failure | None, tuple[ObjectKey, ...]]:
    """Why blobs are not read, and the registries of whose accounts they are.

    Raises:
        ClusterError: the API server could not be asked.
    """
    told = f"{address.endpoint}/{address.container}/{address.name}".rstrip("/")
    refused = not_declared(registry, place_of(address), told, asker, storage)
    if refused is not None or by_sas or address.account is None:
        return refused, ()
    holders = tuple(map(_read, await _holding(address.account, around, tells_of, would_give)))
    return not_open(holders, address, asker, storage), tuple(one.key for one in holders)


def image_refused(
    registry: MLRegistry, reference: ImageReference, asker: Asker, storage: StorageService
) -> Failure | None:
    """Why an image is not imported, by whoever's right it would be pulled."""
    place: Place = image_place_of(reference)
    return not_declared(registry, place, f"{reference.host}/{reference.repository}", asker, storage)


async def identity_refused_for(
    registry: MLRegistry, at: Located, asker: Asker, around: Objects
) -> tuple[Failure | None, tuple[ObjectKey, ...]]:
    """Why the identity does not pull from there for the asker, and the registries whose registry it is.

    What a registry of this cluster holds is open to whom that one is open to, as by `source.asset`. Else the
    registry whose identity is used has to have said so, unless its own namespace asks.

    Raises:
        ClusterError: the API server could not be asked.
    """
    holders = tuple(
        map(_read, await _holding(at.login_server.lower(), around, tells_of_images, would_give_images))
    )
    if holders:
        return images_not_open(holders, at, asker), tuple(one.key for one in holders)
    return not_consented(registry, at, asker), ()


async def _holding(name: str, around: Objects, tells_of: _Holds, would_give: _Holds) -> list[Body]:
    """The objects whose registry it belongs to. Raises `ClusterError`."""
    tell: list[Body] = []
    give: list[Body] = []
    async for body in giving_way(around.registries()):
        if tells_of(body, name):
            tell.append(body)
        elif would_give(body, name):
            give.append(body)
    return tell or give


def _read(body: Body) -> Holder:
    try:
        return Holder(key_of(body), read_registry(body))
    except CloudError:  # it cannot say to whom it is open
        return Holder(key_of(body), None)
