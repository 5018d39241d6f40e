"""All objects of this process at a glance, and who has to be woken when one of them changes.

What stands here comes from the watch and may lag a moment. It is good for counts, for waking, and for saying
what somebody waits for; what must not be wrong, such as who may delete content, is read afresh.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from mlregistry_operator.api.asset_status import CopyState
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.domain.assets.ids import AssetKey
from mlregistry_operator.domain.assets.references import (
    Known,
    Standing,
    merely_shares,
    standing_of,
    wanted_references,
)
from mlregistry_operator.domain.counts import tally_of
from mlregistry_operator.domain.rivals import Claim, Claimant
from mlregistry_operator.kube.ports import Body
from mlregistry_operator.reconcile.assets.objects import read_asset
from mlregistry_operator.reconcile.counting import Counting
from mlregistry_operator.reconcile.registry_objects import read_registry
from mlregistry_operator.reconcile.sharing import Shared


@dataclass(frozen=True, slots=True)
class AssetCard:
    """What others need to know of an asset. `needs` are the versions it refers to, in the same registry.

    `shares` tells that it only uses what another object published, `rests` that its loop does nothing.
    """

    object: ObjectKey
    registry: ObjectKey
    version: AssetKey
    standing: Standing
    complete_in: frozenset[str]
    needs: frozenset[AssetKey]
    comes_from: tuple[ObjectKey, AssetKey] | None
    leaving: bool = False
    shares: bool = False
    rests: bool = False

    @property
    def counts_in(self) -> frozenset[str]:
        """Where it is complete; nowhere while the version that is there is not what it declares."""
        return frozenset() if self.standing is Standing.FAILED else self.complete_in


class Sleeper(Protocol):
    """A loop that can be woken."""

    def wake_up(self) -> None: ...


class Bystander(Protocol):
    """A loop that may be waiting for assets to change."""

    def assets_changed(self) -> None: ...


@dataclass(slots=True)
class Fleet:
    """The objects that the watch has shown, and their loops. Used in one event loop.

    `claims` are what all registries claim: never kept, and read once for all passes that ask together.
    """

    _cards: dict[ObjectKey, AssetCard] = field(default_factory=dict)
    _grounds: dict[ObjectKey, tuple[object, ...]] = field(default_factory=dict)
    _publishing: dict[tuple[ObjectKey, AssetKey], ObjectKey] = field(default_factory=dict)
    _awaited: dict[ObjectKey, frozenset[tuple[ObjectKey, AssetKey]]] = field(default_factory=dict)
    _asked: dict[ObjectKey, frozenset[ObjectKey]] = field(default_factory=dict)
    _asset_loops: dict[ObjectKey, Sleeper] = field(default_factory=dict)
    _registry_loops: dict[ObjectKey, Bystander] = field(default_factory=dict)
    _counts: dict[ObjectKey, Counting] = field(default_factory=dict)
    _begun: dict[Claim, ObjectKey] = field(default_factory=dict)
    claims: Shared[tuple[Claimant, ...]] = field(default_factory=Shared)

    def asset_loop(self, key: ObjectKey, loop: Sleeper) -> None:
        self._asset_loops[key] = loop

    def registry_loop(self, key: ObjectKey, loop: Bystander) -> None:
        self._registry_loops[key] = loop

    def counts(self, registry: ObjectKey) -> Counting:
        """A count of the registry's assets, asked for whenever one comes, goes or gets further."""
        counting = Counting(
            lambda: tally_of(card.counts_in for card in self.assets_of(registry) if not card.shares)
        )
        self._counts[registry] = counting
        return counting

    def saw_registry(self, key: ObjectKey, body: Body) -> None:
        """Wake the registry's assets where something that they stand on has changed.

        Raises:
            CloudError: the object cannot be read, and its assets are woken all the same.
        """
        grounds = _grounds_of(body)
        if self._grounds.get(key) != grounds:
            self._grounds[key] = grounds
            self._wake(card.object for card in self.assets_of(key))
            self._wake(self._reading_from(key))
        read_registry(body)

    def lost_registry(self, key: ObjectKey) -> None:
        """The registry is gone: its assets have to say so."""
        self._grounds.pop(key, None)
        self._counts.pop(key, None)
        self._registry_loops.pop(key, None)
        self._begun = {claim: who for claim, who in self._begun.items() if who != key}
        self._wake(card.object for card in self.assets_of(key))
        self._wake(self._reading_from(key))

    def saw_asset(self, key: ObjectKey, body: Body) -> None:
        """Wake who waits for the asset, where what others need of it has changed.

        Raises:
            CloudError: the object cannot be read; what was known of it before is what counts.
        """
        card, known = _card_of(key, body), self._cards.get(key)
        if card == known:
            return
        self._cards[key] = card
        self._tell(card)
        if known is None or known.counts_in != card.counts_in:
            self._recount(card)

    def lost_asset(self, key: ObjectKey) -> None:
        self._asset_loops.pop(key, None)
        self._awaited.pop(key, None)
        self._asked.pop(key, None)
        held = [version for version, who in self._publishing.items() if who == key]
        for version in held:
            del self._publishing[version]
        card = self._cards.pop(key, None)
        if card is not None:
            self._tell(card)
            self._recount(card)

    def may_publish(self, registry: ObjectKey, version: AssetKey, asset: ObjectKey) -> bool:
        """Take the right to publish a version, unless another object is doing so at this moment.

        Two with other bytes must never write at once: each would take the other's files for leftovers.
        """
        return self._publishing.setdefault((registry, version), asset) == asset

    def has_published(self, registry: ObjectKey, version: AssetKey) -> None:
        """Give the right back, whether or not it was used."""
        self._publishing.pop((registry, version), None)

    def has_begun(self, claim: Claim) -> ObjectKey | None:
        """The registry that has begun to make what it claims, in this process."""
        return self._begun.get(claim)

    def begins(self, claim: Claim, registry: ObjectKey) -> None:
        """The registry makes what it claims from now on; Azure may not show it yet."""
        self._begun[claim] = registry

    def awaits(self, key: ObjectKey, registry: ObjectKey, versions: Iterable[AssetKey]) -> None:
        """Note what an asset waits for, so that it is woken when that changes."""
        self._awaited[key] = frozenset((registry, version) for version in versions)

    def asks(self, key: ObjectKey, registries: Iterable[ObjectKey]) -> None:
        """Note whose accounts an asset's source lies in, so that it is woken when these open or close."""
        self._asked[key] = frozenset(registries)

    def _reading_from(self, registry: ObjectKey) -> tuple[ObjectKey, ...]:
        """The assets whose source is the registry's, by name or by address."""
        promoted = (
            card.object for card in self._cards.values() if card.comes_from and card.comes_from[0] == registry
        )
        return (*promoted, *(key for key, asked in self._asked.items() if registry in asked))

    def assets_of(self, registry: ObjectKey) -> tuple[AssetCard, ...]:
        return tuple(card for card in self._cards.values() if card.registry == registry)

    def find(self, registry: ObjectKey, version: AssetKey) -> AssetCard | None:
        """An asset that is that version: a published one before others, and before those that share it."""
        found = (card for card in self.assets_of(registry) if card.version == version)
        return max(found, key=_weight, default=None)

    def is_copied(self, registry: ObjectKey, version: AssetKey) -> bool:
        """Whether an asset is that version whose loop copies it to every region."""
        found = (card for card in self.assets_of(registry) if card.version == version)
        return any(_weight(card) == (True, True) and not card.rests for card in found)

    def known(self, registry: ObjectKey) -> dict[AssetKey, Known]:
        """Every version that an object declares in the registry, and how far it is."""
        best: dict[AssetKey, AssetCard] = {}
        for card in self.assets_of(registry):
            if card.version not in best or _weight(card) > _weight(best[card.version]):
                best[card.version] = card
        return {key: Known(card.standing, card.object, card.needs) for key, card in best.items()}

    def _recount(self, card: AssetCard) -> None:
        if card.registry in self._counts:
            self._counts[card.registry].ask()

    def _tell(self, card: AssetCard) -> None:
        """Wake who waits for the version, who cannot go while the object needs it, and the registry."""
        origin = (card.registry, card.version)
        self._wake(
            other.object
            for other in self._cards.values()
            if other.comes_from == origin
            or origin in self._awaited.get(other.object, ())
            or (other.leaving and other.registry == card.registry)
        )
        if card.registry in self._registry_loops:
            self._registry_loops[card.registry].assets_changed()

    def _wake(self, objects: Iterable[ObjectKey]) -> None:
        for key in tuple(objects):
            loop = self._asset_loops.get(key)
            if loop is not None:
                loop.wake_up()


def _weight(card: AssetCard) -> tuple[bool, bool]:
    """How much its word counts among those that are the same version."""
    return card.standing is Standing.PUBLISHED, not card.shares


def _grounds_of(body: Body) -> tuple[object, ...]:
    """What assets stand on: the spec, which regions are there, and how images are asked for."""
    status = body.get("status") or {}
    rows = status.get("regions") or []
    served = tuple((row.get("location"), row.get("state"), row.get("storageAccount")) for row in rows)
    generation = body.get("metadata", {}).get("generation")
    return (
        generation,
        body.get("metadata", {}).get("deletionTimestamp"),
        repr(served),
        repr(status.get("containerRegistry")),
    )


def _card_of(key: ObjectKey, body: Body) -> AssetCard:
    asset = read_asset(body)
    spec, status = asset.spec, asset.status
    source = spec.source.asset
    return AssetCard(
        object=key,
        registry=asset.registry_key,
        version=AssetKey.of(spec.type, spec.asset_name, spec.version),
        standing=standing_of(asset),
        complete_in=frozenset(row.location for row in status.regions if row.state is CopyState.READY),
        needs=frozenset(one.key for one in wanted_references(spec, asset.registry_key.name)),
        comes_from=(
            (origin, AssetKey.of(spec.type, source.asset_name, source.version))
            if source is not None and (origin := asset.origin_registry) is not None
            else None
        ),
        leaving=asset.metadata.deletion_timestamp is not None,
        shares=merely_shares(asset),
        rests=spec.suspend,
    )
