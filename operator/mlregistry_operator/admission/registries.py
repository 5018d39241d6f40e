"""A registry that is written, beside the other registries and its own assets.

Cost: one list of the registries where it is new or adopts something else than before; one list of its assets,
500 a page, where a region leaves; no read at all for any other edit.
"""

import asyncio
from collections.abc import Iterator

from mlregistry_operator.admission.findings import Finding
from mlregistry_operator.api.group import ADOPT
from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.api.relations import ADOPTED_TWICE, ADOPTS_ANOTHERS, NAME_CLAIMED, ONLY_COPY_LEAVES
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.rivals import (
    Claim,
    adopted_from,
    adopted_twice,
    claim_in,
    claim_of,
    rivals_of,
)
from mlregistry_operator.domain.sole_copies import leaving_regions, sole_copies
from mlregistry_operator.domain.usage import named
from mlregistry_operator.kube.ports import Neighbours
from mlregistry_operator.reconcile.assets.neighbours import assets_of
from mlregistry_operator.reconcile.registry_objects import read_registry

_NAMED_IN_WARNING = 3


async def beside_registries(
    old: MLRegistry | None, new: MLRegistry, around: Neighbours
) -> tuple[Finding, ...]:
    """What is to be said of the edit. Raises `ClusterError` where the API server could not be asked."""
    found: list[Finding] = []
    claims = old is None or claim_of(old) != claim_of(new)
    adopts = new.metadata.annotations.get(ADOPT) != (old.metadata.annotations.get(ADOPT) if old else None)
    if claims or adopts:
        others = await _registries(around, None if adopts else claim_of(new))
        if claims and (rivals := rivals_of(new, others)):
            found.append(Finding(NAME_CLAIMED, NAME_CLAIMED.told(named(rivals))))
        if adopts:
            found += _adoptions(new, others)
    if old is not None and leaving_regions(old, new):
        alone = sole_copies(old, new, await assets_of(new.key, around))
        found += [
            Finding(ONLY_COPY_LEAVES, ONLY_COPY_LEAVES.told(named(keys, _NAMED_IN_WARNING), location))
            for location, keys in alone.items()
        ]
    return tuple(found)


def _adoptions(new: MLRegistry, others: tuple[MLRegistry, ...]) -> Iterator[Finding]:
    for relation, clashes in (
        (ADOPTED_TWICE, adopted_twice(new, others)),
        (ADOPTS_ANOTHERS, adopted_from(new, others)),
    ):
        for target, who in clashes:
            yield Finding(relation, relation.told(str(who), target))


async def _registries(around: Neighbours, claim: Claim | None) -> tuple[MLRegistry, ...]:
    """Those that make the claim, or all. Other reviews have their turn between two that are read."""
    found = []
    for body in await around.registries():
        if claim is not None and claim_in(body) != claim:
            continue
        await asyncio.sleep(0)
        try:
            found.append(read_registry(body))
        except CloudError:  # an object that cannot be read claims nothing
            continue
    return tuple(found)
