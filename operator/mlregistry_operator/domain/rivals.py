"""Registries in each other's way: who claims the same names in Azure, and who adopts what is another's.

The names in Azure are computed of subscription, group and name without regard to case, so equal ones mean the
same resources. What another object owns is told by its status and by the owner tag in Azure; a group is
nobody's own. The webhook asks here as an early word, and a pass asks again before it touches anything.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.api.relations import ADOPTED_TWICE, ADOPTS_ANOTHERS, NAME_CLAIMED, Relation
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.ownership import Owner, adopted_by

Claim = tuple[str, str, str]
"""What the names of a registry's resources are made of: subscription, group and name, without case."""


@dataclass(frozen=True, slots=True)
class Claimant:
    """What an MLRegistry claims and owns, as far as others have to know it. Ids are in lower case.

    `created` is the API server's own spelling, which sorts by time. `owned` are the ids that its status tells
    as its own; what lies in them is its own, too.
    """

    key: ObjectKey
    uid: str
    created: str
    claim: Claim
    adopted: frozenset[str]
    owned: frozenset[str]


@dataclass(frozen=True, slots=True)
class Clash:
    """An id that is adopted and is another object's, or adopted by it as well."""

    relation: Relation
    target: str
    who: ObjectKey

    @property
    def told(self) -> tuple[str, str]:
        """The cause, and what to do."""
        return self.relation.cause_and_remedy(str(self.who), self.target)


def claimant_in(body: Mapping[str, Any]) -> Claimant:
    """What an object claims. Never raises: one that cannot be read claims what can be read of it."""
    key = ObjectKey(_text(body, "metadata", "namespace"), _text(body, "metadata", "name"))
    azure = (_text(body, "spec", "azure", name) for name in ("subscriptionId", "resourceGroup"))
    subscription, group, name = (*azure, _text(body, "spec", "registryName") or key.name)
    annotations = _at(body, "metadata", "annotations")
    return Claimant(
        key=key,
        uid=_text(body, "metadata", "uid"),
        created=_text(body, "metadata", "creationTimestamp"),
        claim=(subscription.casefold(), group.casefold(), name.casefold()),
        adopted=adopted_by(annotations if isinstance(annotations, Mapping) else {}),
        owned=frozenset(one.casefold() for one in _owned(body) if one),
    )


def claimant_of(registry: MLRegistry) -> Claimant:
    """The same of an object that is read into models."""
    return claimant_in(registry.model_dump(mode="json", by_alias=True))


def rivals_of(own: Claimant, others: Iterable[Claimant]) -> tuple[Claimant, ...]:
    """The other objects that claim the same names; one that is leaving still owns what it made."""
    found = (one for one in others if one.key != own.key and one.claim == own.claim)
    return tuple(sorted(found, key=lambda one: one.key))


def goes_first(
    own: Claimant,
    rivals: Iterable[Claimant],
    *,
    holders: AbstractSet[ObjectKey],
    begun: ObjectKey | None = None,
) -> Claimant:
    """Who of those that claim the same names may act on them.

    One that holds something there goes first: `holders` are named by owner tags in Azure. Then the one that
    has `begun`, whose resources may not show yet; then the oldest, by creation and by uid.
    """
    return min(
        (own, *rivals),
        key=lambda one: (one.key not in holders, one.key != begun, one.created or "~", one.uid),
    )


def name_conflict(first: Claimant) -> Failure:
    """Why nothing is done for an object whose names another one has."""
    cause, remedy = NAME_CLAIMED.cause_and_remedy(str(first.key))
    return Failure(ArmId(""), Reason.NAME_CONFLICT, Severity.SLOW_RETRY, cause, remedy=remedy)


def clashes_of(
    own: Claimant, others: Collection[Claimant], tagged: Mapping[str, ObjectKey] | None = None
) -> Iterator[Clash]:
    """Every id that is adopted and is not to be taken, in the order of ids.

    `tagged` are the ids that an owner tag in Azure gives to another object that is there.
    """
    strangers = [one for one in others if one.key != own.key]
    for target in sorted(own.adopted):
        owner = (tagged or {}).get(target) or next(
            (one.key for one in strangers if _overlaps(target, one.owned)), None
        )
        if owner is not None:
            yield Clash(ADOPTS_ANOTHERS, target, owner)
            continue
        for one in strangers:
            if target in one.adopted:
                yield Clash(ADOPTED_TWICE, target, one.key)


def held_by_others(
    tags: Mapping[str, str], owner: Owner, others: Iterable[Claimant], sees: Callable[[str], bool]
) -> dict[str, ObjectKey]:
    """The ids among `tags`, which are owner tags by id, whose owner is another object that is there.

    Of a namespace that is not `sees`n nobody knows whether the object is there: then it counts as there.
    """
    known = {Owner(owner.cluster_id, one.key.namespace, one.key.name).tag: one.key for one in others}
    found = {}
    for target, tag in tags.items():
        key = known.get(tag) or _out_of_sight(tag, owner.cluster_id, sees)
        if key is not None and tag != owner.tag:
            found[target.casefold()] = key
    return found


def _out_of_sight(tag: str, cluster_id: str, sees: Callable[[str], bool]) -> ObjectKey | None:
    cluster, _, rest = tag.partition("/")
    namespace, _, name = rest.partition("/")
    return ObjectKey(namespace, name) if cluster == cluster_id and name and not sees(namespace) else None


def restrained(
    owner: Owner, own: Claimant, others: Collection[Claimant], held: Mapping[str, ObjectKey]
) -> Owner:
    """The owner without the adoptions that are refused. `held` are ids whose owner tags are others'."""
    clashes = {one.target: one.told for one in clashes_of(own, others, held)}
    barred = {target: Clash(ADOPTS_ANOTHERS, target, key).told for target, key in held.items()} | clashes
    return replace(owner, adopted=owner.adopted - clashes.keys(), barred=barred)


def shares_group(own: Claimant, others: Iterable[Claimant]) -> bool:
    """Whether another object declares the same resource group."""
    return any(one.key != own.key and one.claim[:2] == own.claim[:2] for one in others)


def _owned(body: Mapping[str, Any]) -> Iterator[str]:
    """What was seen as its own: without an endpoint the status has only the id that a resource would have."""
    for row in _items(body, "regions"):
        if _text(row, "storageAccount", "blobEndpoint"):
            yield _text(row, "storageAccount", "id")
    if _text(body, "status", "containerRegistry", "loginServer"):
        yield _text(body, "status", "containerRegistry", "id")
    for left in _items(body, "retained"):
        yield _text(left, "id")


def _overlaps(target: str, owned: Iterable[str]) -> bool:
    return any(target == one or target.startswith(f"{one}/") for one in owned)


def _items(body: Mapping[str, Any], name: str) -> list[Any]:
    found = _at(body, "status", name)
    return found if isinstance(found, list) else []


def _text(body: object, *names: str) -> str:
    found = _at(body, *names)
    return found if isinstance(found, str) else ""


def _at(body: object, *names: str) -> object:
    for name in names:
        body = body.get(name) if isinstance(body, Mapping) else None
    return body
