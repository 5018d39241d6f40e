"""Every ARM resource of the cloud, found by id without regard to case, as Azure finds them.

`AUTHORITY` stands in stored bodies for the host and port that the caller used, so that endpoints are right
whichever port the cloud listens on after a restart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

Body = dict[str, Any]
AUTHORITY: Final = "{authority}"


@dataclass(slots=True)
class Resource:
    """`body` is what a caller sees; `hidden` is what Azure keeps to itself (keys, times)."""

    body: Body
    hidden: Body = field(default_factory=dict)

    @property
    def id(self) -> str:
        return str(self.body["id"])

    @property
    def key(self) -> str:
        return self.id.lower()

    @property
    def name(self) -> str:
        return str(self.body["name"])

    @property
    def type(self) -> str:
        return str(self.body["type"])

    @property
    def location(self) -> str:
        return str(self.body.get("location", ""))

    @property
    def properties(self) -> Body:
        properties: Body = self.body.setdefault("properties", {})
        return properties

    @property
    def state(self) -> str:
        return str(self.properties.get("provisioningState", "Succeeded"))


class Store:
    """Resources by id and by type."""

    def __init__(self) -> None:
        self._by_id: dict[str, Resource] = {}
        self._by_type: dict[str, dict[str, Resource]] = {}

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._by_id.values())

    def get(self, resource_id: str) -> Resource | None:
        return self._by_id.get(resource_id.lower())

    def put(self, resource: Resource) -> Resource:
        self._by_id[resource.key] = resource
        self._by_type.setdefault(resource.type.lower(), {})[resource.key] = resource
        return resource

    def of_type(self, resource_type: str) -> list[Resource]:
        return list(self._by_type.get(resource_type.lower(), {}).values())

    def below(self, resource_id: str) -> list[Resource]:
        """Everything under this id, the resource itself not among it."""
        prefix = resource_id.lower() + "/"
        return [resource for key, resource in self._by_id.items() if key.startswith(prefix)]

    def children(self, resource_id: str, resource_type: str) -> list[Resource]:
        prefix = resource_id.lower() + "/"
        return [r for r in self.of_type(resource_type) if r.key.startswith(prefix)]

    def remove(self, resource_id: str) -> bool:
        """Take the resource away with everything below it; False where it was not there."""
        present = resource_id.lower() in self._by_id
        for key in [resource_id.lower(), *(r.key for r in self.below(resource_id))]:
            gone = self._by_id.pop(key, None)
            if gone is not None:
                self._by_type[gone.type.lower()].pop(key, None)
        return present
