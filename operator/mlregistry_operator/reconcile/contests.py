"""Other registries, asked afresh before a pass touches anything: whose are the names and what is adopted.

What admission said of them is an early word: it may not have been asked, and they change. A pass that has
nothing to start asks nobody. Cost: one list of the registries, 500 a page, in a pass that starts something,
takes something over, or has met somebody else's resource; passes that ask at the same time share one.
"""

from dataclasses import dataclass, field, replace
from functools import partial

from mlregistry_operator.api.group import TAG_OWNER
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.ownership import Owner, is_taken_over, tag_of
from mlregistry_operator.domain.plan import Plan
from mlregistry_operator.domain.resources import Observed, ObservedGroup
from mlregistry_operator.domain.rivals import (
    Claimant,
    claimant_in,
    claimant_of,
    goes_first,
    held_by_others,
    name_conflict,
    restrained,
    rivals_of,
    shares_group,
)
from mlregistry_operator.kube.ports import Objects
from mlregistry_operator.reconcile.apply import can_start
from mlregistry_operator.reconcile.fleet import Fleet
from mlregistry_operator.reconcile.giving_way import giving_way
from mlregistry_operator.reconcile.memory import Memory
from mlregistry_operator.reconcile.scene import Scene


async def claimants(cluster: Objects) -> tuple[Claimant, ...]:
    """What every MLRegistry claims. Raises `ClusterError` where the API server could not be asked."""
    return tuple([claimant_in(body) async for body in giving_way(cluster.registries())])


def takes_over(scene: Scene, observed: Observed) -> bool:
    """Whether something counts as the registry's by the annotation alone."""
    return any(
        is_taken_over(scene.owner, seen) and not scene.desired.is_home(seen) for seen in observed.there()
    )


def meets_others(plan: Plan, memory: Memory, now: float) -> bool:
    """Whether a pass with this plan asks for the others: it starts something, or has met what is not its own.

    While another object goes first, that is asked again every time.
    """
    foreign = any(one.is_foreign for one in plan.assessments())
    return memory.contested or foreign or any(can_start(one, memory, now) for one in plan.actions())


@dataclass(slots=True)
class Contest:
    """One pass's knowledge of the others, read when it is first needed. Raises `ClusterError`."""

    scene: Scene
    cluster: Objects
    fleet: Fleet
    _others: tuple[Claimant, ...] | None = field(default=None, init=False)

    async def others(self) -> tuple[Claimant, ...]:
        if self._others is None:
            self._others = await self.fleet.claims.fresh(partial(claimants, self.cluster))
        return self._others

    async def restrained_scene(self, observed: Observed) -> Scene:
        """The scene without the adoptions that are refused: what is another's counts as a stranger's."""
        others, owner = await self.others(), self.scene.owner
        held = held_by_others(_owner_tags(observed), owner, others, self.cluster.sees)
        return replace(self.scene, owner=restrained(owner, self._own, others, held))

    async def leaving_scene(self, observed: Observed) -> Scene:
        """The same for a deletion: what was never taken over is left to whoever else claims the names."""
        scene = await self.restrained_scene(observed)
        if not rivals_of(self._own, await self.others()):
            return scene
        return replace(scene, owner=replace(scene.owner, adopted=frozenset()))

    async def lost(self, observed: Observed) -> Failure | None:
        """Why another object goes first; None where this one does, and has begun."""
        rivals = rivals_of(self._own, await self.others())
        tags = set(_owner_tags(observed).values())
        holders = {one.key for one in (self._own, *rivals) if self._tag(one) in tags}
        begun = self.fleet.has_begun(self._own.claim)
        first = goes_first(self._own, rivals, holders=holders, begun=begun)
        if first.key != self._own.key:
            return name_conflict(first)
        self.fleet.begins(first.claim, first.key)
        return None

    async def shares_group(self) -> bool:
        """Whether another object declares the resource group too."""
        return shares_group(self._own, await self.others())

    @property
    def _own(self) -> Claimant:
        return claimant_of(self.scene.registry)

    def _tag(self, one: Claimant) -> str:
        return Owner(self.scene.owner.cluster_id, one.key.namespace, one.key.name).tag


def _owner_tags(observed: Observed) -> dict[str, str]:
    """What the owner tags say, by id."""
    group = (observed.group,) if isinstance(observed.group, ObservedGroup) else ()
    found = {one.id: tag_of(one.tags, TAG_OWNER) for one in (*observed.there(), *group)}
    return {target: tag for target, tag in found.items() if tag is not None}
