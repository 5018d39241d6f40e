"""A registry that is written, beside the other registries and its own assets.

Cost: one list of the registries where it is new or adopts something else than before; one list of its assets,
500 a page, where a region leaves; no read at all for any other edit.
"""

from collections.abc import Iterator

from mlregistry_operator.admission.findings import Finding
from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.api.relations import IDENTITY_CLOSED, NAME_CLAIMED, ONLY_COPY_LEAVES
from mlregistry_operator.domain.boundaries import Boundaries
from mlregistry_operator.domain.delegation import told, use_of_identity
from mlregistry_operator.domain.identity import may_use
from mlregistry_operator.domain.rivals import claimant_of, clashes_of, rivals_of
from mlregistry_operator.domain.sole_copies import leaving_regions, sole_copies
from mlregistry_operator.domain.usage import named
from mlregistry_operator.kube.ports import Neighbours
from mlregistry_operator.reconcile.assets.neighbours import assets_of
from mlregistry_operator.reconcile.contests import claimants

_NAMED_IN_WARNING = 3


async def beside_registries(
    old: MLRegistry | None, new: MLRegistry, around: Neighbours
) -> tuple[Finding, ...]:
    """What is to be said of the edit. Raises `ClusterError` where the API server could not be asked."""
    found = [*await _beside_claimants(old, new, around)]
    if old is not None and leaving_regions(old, new):
        alone = sole_copies(old, new, (await assets_of(new.key, around)).read)
        found += [
            Finding(ONLY_COPY_LEAVES, ONLY_COPY_LEAVES.told(named(keys, _NAMED_IN_WARNING), location))
            for location, keys in alone.items()
        ]
    return tuple(found)


async def _beside_claimants(old: MLRegistry | None, new: MLRegistry, around: Neighbours) -> list[Finding]:
    before, after = claimant_of(old) if old is not None else None, claimant_of(new)
    claims = before is None or before.claim != after.claim
    adopts = after.adopted != (before.adopted if before is not None else frozenset())
    if not claims and not adopts:
        return []
    others, found = await claimants(around), []
    if claims and (rivals := rivals_of(after, others)):
        found.append(Finding(NAME_CLAIMED, NAME_CLAIMED.told(named(tuple(one.key for one in rivals)))))
    if adopts:
        found += [
            Finding(one.relation, one.relation.told(str(one.who), one.target))
            for one in clashes_of(after, others)
        ]
    return found


def beyond_boundaries(old: MLRegistry | None, new: MLRegistry, boundaries: Boundaries) -> Iterator[Finding]:
    """What the operator's settings do not let the registry have, where the edit asks for it anew."""
    use = use_of_identity(new)
    if use is None or (old is not None and use_of_identity(old) == use):
        return
    if not may_use(boundaries.identities, use):
        yield Finding(IDENTITY_CLOSED, IDENTITY_CLOSED.told(use.namespace, told(use)))
