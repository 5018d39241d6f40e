"""One admitted request, with the shelf that it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mockcloud.data.images.content import Change, Repository
from mockcloud.data.images.door import Scope
from mockcloud.data.images.errors import manifest_unknown, repository_unknown
from mockcloud.data.images.places import change, shelf

if TYPE_CHECKING:
    from mockcloud.data.images.content import Kind, Manifest, Tag
    from mockcloud.data.images.door import Endpoint
    from mockcloud.http import Call
    from mockcloud.world import World


@dataclass(frozen=True, slots=True)
class Desk:
    """`name` is the repository, `last` the last word of the address: a tag, a digest, an upload."""

    world: World
    call: Call
    endpoint: Endpoint
    name: str
    last: str
    uploads: dict[str, bytearray]

    def scope(self, kind: str, action: str) -> Scope:
        return Scope(kind, self.name if kind == "repository" else "catalog", action)

    def repositories(self) -> dict[str, Repository]:
        return shelf(self.world, self.endpoint.registry, self.endpoint.location) or {}

    def repository(self) -> Repository:
        """Raises `OciError` where this region has no such repository."""
        found = self.repositories().get(self.name)
        if found is None:
            raise repository_unknown(self.name)
        return found

    def manifest(self) -> Manifest:
        """The manifest that the address names. Raises `OciError` where this region has none."""
        found = self.repository().find(self.last)
        if found is None:
            raise manifest_unknown(self.last)
        return found

    def entry(self, kind: Kind, key: str, value: Manifest | Tag | bytes | None) -> Change:
        return Change(self.name, kind, key, value)

    def make(self, *changes: Change) -> None:
        change(self.world, self.endpoint.registry, self.endpoint.location, changes)
