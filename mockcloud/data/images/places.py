"""Which regions a registry has content in, and how a change in one reaches the others.

The home region has a change at once, every replica after `replicationSeconds`, in the order of the changes. A
region that is out of service gets them when it is back. A new replica starts as a copy of what home has.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mockcloud.arm.registry.rules import REPLICATION_TYPE, TYPE
from mockcloud.data.images.content import Holding, Pending, changes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mockcloud.data.images.content import Change, Repositories
    from mockcloud.store import Resource
    from mockcloud.world import World

_SHELF: Final = "shelf"


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a replica is. `since` is when it fell behind or caught up, None where nothing ever came."""

    syncing: bool
    since: float | None


def registry_named(world: World, name: str) -> Resource | None:
    """The registry of this name, without regard to case: registry names are one table for all of Azure."""
    wanted = name.lower()
    return next((r for r in world.store.of_type(TYPE) if r.name.lower() == wanted), None)


def shelf(world: World, registry: Resource, location: str) -> Repositories | None:
    """What the registry has in that region now; None where it has no content there at all."""
    holding = _settled(world, registry)
    key = _shelves(world, registry).get(location)
    return None if key is None else holding.shelves.get(key)


def home(world: World, registry: Resource) -> Repositories:
    """What the registry has in its home region."""
    found = shelf(world, registry, registry.location)
    if found is None:
        raise LookupError(registry.id)
    return found


def locations(world: World, registry: Resource) -> list[str]:
    """The regions that have content, the home region first."""
    holding = _settled(world, registry)
    return [place for place, key in _shelves(world, registry).items() if key in holding.shelves]


def change(world: World, registry: Resource, location: str, changes: Iterable[Change]) -> None:
    """Make changes in one region, and have them follow in all others."""
    holding, now = _settled(world, registry), world.now()
    shelves = _shelves(world, registry)
    due = now + world.settings.replication_seconds
    for one in changes:
        one.apply(holding.shelves[shelves[location]])
        others = (key for place, key in shelves.items() if place != location and key in holding.shelves)
        holding.pending.extend(Pending(key, now, due, one) for key in others)
    _settled(world, registry)
    world.changed = True


def standing(world: World, replication: Resource) -> Standing:
    """How far this replica is with the registry's content."""
    registry = world.store.get(replication.id.rsplit("/", 2)[0])
    if registry is None:
        return Standing(syncing=False, since=None)
    holding, key = _settled(world, registry), _key(world, replication)
    waiting = [one.begun for one in holding.pending if one.shelf == key]
    if waiting:
        return Standing(syncing=True, since=min(waiting))
    return Standing(syncing=False, since=holding.caught_up.get(key))


def _settled(world: World, registry: Resource) -> Holding:
    """The registry's content with everything done that is due."""
    holding = world.images.holdings.setdefault(_key(world, registry), Holding())
    holding.shelves.setdefault(_key(world, registry), {})
    places = {key: place for place, key in _shelves(world, registry).items()}
    for gone in holding.shelves.keys() - places.keys():
        del holding.shelves[gone]
    for fresh in places.keys() - holding.shelves.keys():
        holding.shelves[fresh] = _copied(holding.shelves[_key(world, registry)])
        world.changed = True
    _deliver(world, holding, places)
    return holding


def _copied(repositories: Repositories) -> Repositories:
    copied: Repositories = {}
    for one in changes_of(repositories):
        one.apply(copied)
    return copied


def _deliver(world: World, holding: Holding, places: dict[str, str]) -> None:
    """Apply what is due, in the order in which it was begun."""
    now, waiting = world.now(), list[Pending]()
    for one in holding.pending:
        if one.shelf not in places:
            continue
        if one.due > now or places[one.shelf] in world.unavailable:
            waiting.append(one)
            continue
        one.change.apply(holding.shelves[one.shelf])
        holding.caught_up[one.shelf] = max(one.due, holding.caught_up.get(one.shelf, 0.0))
        world.changed = True
    holding.pending = waiting


def _shelves(world: World, registry: Resource) -> dict[str, str]:
    """The id of each region's shelf."""
    return {registry.location: _key(world, registry)} | {
        replica.location: _key(world, replica) for replica in _replicas(world, registry)
    }


def _replicas(world: World, registry: Resource) -> Iterator[Resource]:
    """The replicas that have had the time to copy what was there before them."""
    now = world.now()
    for replica in world.store.children(registry.id, REPLICATION_TYPE):
        ready = replica.state in {"Succeeded", "Updating"} and replica.hidden.get("syncedAt", 0.0) <= now
        if ready and replica.location != registry.location:
            yield replica


def _key(world: World, resource: Resource) -> str:
    if _SHELF not in resource.hidden:
        resource.hidden[_SHELF] = str(uuid.uuid4())
        world.changed = True
    return str(resource.hidden[_SHELF])
