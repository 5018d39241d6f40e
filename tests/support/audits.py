"""What was written to the API server, by its own audit log: proof of who wrote what, and of silence."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hack.world.places import NAMESPACE, SERVICE_ACCOUNT

OPERATOR = f"system:serviceaccount:{NAMESPACE}:{SERVICE_ACCOUNT}"


@dataclass(frozen=True, slots=True)
class Write:
    """One answered request that could change something."""

    user: str
    verb: str
    resource: str  # with its subresource: `mlregistries/status`
    namespace: str
    name: str
    code: int


@dataclass(frozen=True, slots=True)
class AuditLog:
    """The log from a position on; the API server writes a line before it answers."""

    path: Path
    position: int = 0

    def from_here(self) -> "AuditLog":
        """The same log, without what is in it now."""
        return AuditLog(self.path, self.path.stat().st_size)

    def writes(self, user: str = OPERATOR, *, leases: bool = False) -> list[Write]:
        """The user's writes; those that keep its leadership are left out, as time alone causes them."""
        return [one for one in self._all() if one.user == user and (leases or one.resource != "leases")]

    def _all(self) -> Iterator[Write]:
        with self.path.open("rb") as log:
            log.seek(self.position)
            for line in log:
                event = json.loads(line)
                about = event.get("objectRef", {})
                resource = about.get("resource", "")
                yield Write(
                    user=event["user"]["username"],
                    verb=event["verb"],
                    resource=f"{resource}/{part}" if (part := about.get("subresource")) else resource,
                    namespace=about.get("namespace", ""),
                    name=about.get("name", ""),
                    code=event.get("responseStatus", {}).get("code", 0),
                )
