"""Whether a source may be read for an asset, by what the registries of the cluster say at this moment."""

import asyncio
from typing import Final

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.holders import key_of, tells_of, would_give
from mlregistry_operator.domain.assets.source_rules import (
    Asker,
    Holder,
    Place,
    image_place_of,
    not_declared,
    not_open,
    place_of,
)
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.images import ImageReference
from mlregistry_operator.domain.storage_service import Address, StorageService
from mlregistry_operator.kube.ports import Body, Objects
from mlregistry_operator.reconcile.registry_objects import read_registry

_AT_ONCE: Final = 100  # objects, between which others have their turn


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
    holders = tuple(map(_read, await _holding(address.account, around)))
    return not_open(holders, address, asker, storage), tuple(one.key for one in holders)


def image_refused(
    registry: MLRegistry, reference: ImageReference, asker: Asker, storage: StorageService
) -> Failure | None:
    """Why an image is not imported. Azure imports it without a credential: only what is public."""
    place: Place = image_place_of(reference)
    return not_declared(registry, place, f"{reference.host}/{reference.repository}", asker, storage)


async def _holding(account: str, around: Objects) -> list[Body]:
    """The objects whose registry the account belongs to. Raises `ClusterError`."""
    tell: list[Body] = []
    give: list[Body] = []
    number = 0
    async for body in around.registries():
        number += 1
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)
        if tells_of(body, account):
            tell.append(body)
        elif would_give(body, account):
            give.append(body)
    return tell or give


def _read(body: Body) -> Holder:
    try:
        return Holder(key_of(body), read_registry(body))
    except CloudError:  # it cannot say to whom it is open
        return Holder(key_of(body), None)
