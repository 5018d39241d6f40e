"""Two operators of one Lease, as a Deployment runs them: either may reconcile, both answer reviews."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hack.controlplane.plane import ControlPlane
from hack.controlplane.ports import free_ports
from hack.controlplane.processes import Deadline
from hack.world.clouds import Cloud
from hack.world.operators import LEASES, OperatorProcess, forget_leadership
from hack.world.places import WorldError
from hack.world.webhooks import WebhookEndpoint
from mockcloud import defaults

NAMES = ("one", "two")
POLL_SECONDS = 0.02
# Each with an identity of its own in Azure, so that the audit log tells who has written.
IDENTITIES = {
    "one": (defaults.OPERATOR_CLIENT_ID, defaults.OPERATOR_CLIENT_SECRET, defaults.OPERATOR_PRINCIPAL_ID),
    "two": (defaults.OWNER_CLIENT_ID, defaults.OWNER_CLIENT_SECRET, defaults.OWNER_PRINCIPAL_ID),
}


class Replicas:
    """The two, by their names."""

    def __init__(
        self,
        folder: Path,
        plane: ControlPlane,
        cloud: Cloud,
        webhook: WebhookEndpoint,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.plane = plane
        ports = free_ports(len(NAMES))
        self._operators = {
            name: OperatorProcess(
                folder / name,
                plane,
                cloud,
                WebhookEndpoint(webhook.folder, port),
                settings={**_identity(name), **(settings or {})},
                alone=False,
            )
            for name, port in zip(NAMES, ports, strict=True)
        }

    def __getitem__(self, name: str) -> OperatorProcess:
        return self._operators[name]

    def __iter__(self) -> Iterator[OperatorProcess]:
        return iter(self._operators.values())

    def start(self) -> None:
        """Start both; one of them leads when this returns, and the other stands by."""
        forget_leadership(self.plane)
        for operator in self:
            operator.start(wait=False)
        for operator in self:
            operator.start()

    def stop(self) -> None:
        for operator in self:
            operator.kill()

    def leader(self) -> str:
        """The name of the replica that holds the lease now, empty where none does."""
        with self.plane.client() as client:
            items: list[dict[str, Any]] = client.get(LEASES).raise_for_status().json()["items"]
        holders = [item["spec"].get("holderIdentity", "") for item in items]
        return str(holders[0]).partition("_")[0] if holders else ""

    def other(self, name: str) -> str:
        return next(other for other in NAMES if other != name)

    def wait_leader(self, name: str, seconds: float = 30.0) -> float:
        """The moment (epoch seconds) when that replica is seen to hold the lease. Raises WorldError."""
        deadline = Deadline(seconds)
        while self.leader() != name:
            if deadline.passed:
                raise WorldError(f"replica {name} does not lead after {seconds:.0f} s")
            time.sleep(POLL_SECONDS)
        return time.time()

    @staticmethod
    def principal(name: str) -> str:
        """Who the replica is in the mock cloud's audit log."""
        return IDENTITIES[name][2]


def _identity(name: str) -> dict[str, str]:
    client_id, secret, _ = IDENTITIES[name]
    return {
        "MLREGISTRY_LEADER_ELECTION__IDENTITY": name,
        "AZURE_CLIENT_ID": client_id,
        "AZURE_CLIENT_SECRET": secret,
    }
