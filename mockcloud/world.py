"""All that the cloud is at one moment: resources, running operations, who exists, and what is turned how.

Planes read and change it; nothing here knows HTTP. `snapshot` and `restore` carry it over a restart.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from mockcloud.audit import Audit
from mockcloud.data.blob.blobs import BlobStore
from mockcloud.data.images.content import Images
from mockcloud.faults import Faults
from mockcloud.identity.tokens import TokenIssuer
from mockcloud.operations import Operation, Operations
from mockcloud.principals import Grant, Principal, Principals, furnish, opening_directory
from mockcloud.settings import Settings
from mockcloud.signing import Signer
from mockcloud.store import Resource, Store
from mockcloud.throttle import Throttle

if TYPE_CHECKING:
    from collections.abc import Callable

    Finisher = Callable[["World", Operation], None]

NAMESPACES: Final = (
    "Microsoft.Authorization",
    "Microsoft.ContainerRegistry",
    "Microsoft.ManagedIdentity",
    "Microsoft.Resources",
    "Microsoft.Storage",
)


class World:
    """The state of one cloud. Not safe for threads: it lives in one event loop."""

    def __init__(self, *, subscriptions: tuple[str, ...], tenant_id: str, settings: Settings) -> None:
        self.tenant_id = tenant_id
        self.subscriptions = {subscription.lower(): subscription for subscription in subscriptions}
        self.settings = settings
        self.principals: Principals = opening_directory(subscriptions)
        self.registrations: dict[str, dict[str, str]] = {}
        self.unavailable: set[str] = set()
        self.tombstones: dict[str, float] = {}
        self.held: set[str] = set()
        self.store = Store()
        self.operations = Operations()
        self.blobs = BlobStore()
        self.images = Images()
        self.faults = Faults()
        self.audit = Audit()
        self.throttle = Throttle()
        self.issuer = TokenIssuer.fresh(tenant_id)
        self._secret = secrets.token_bytes(32)
        self.signer = Signer(self._secret)
        self.finishers: dict[str, Finisher] = {}
        self.changed = False

    @staticmethod
    def now() -> float:
        return time.time()

    def begin(self, operation_id: str, target: Resource, verb: str) -> Operation:
        """Start an operation on a resource, to be over after `lroSeconds`."""
        now = self.now()
        operation = Operation(
            id=operation_id,
            target=target.id,
            type=target.type.lower(),
            verb=verb,
            started=now,
            due=now + self.settings.lro_seconds,
        )
        return self.operations.begin(operation)

    def settle(self) -> None:
        """Finish every operation whose time has come."""
        for operation in self.operations.due(self.now()):
            finisher = self.finishers.get(operation.type)
            if finisher is not None:
                finisher(self, operation)
            self.changed = True

    def registration(self, subscription: str, namespace: str) -> str:
        """`Registered`, `Registering`, `Unregistered`; everything is registered in the opening world."""
        states = self.registrations.get(subscription.lower(), {})
        return states.get(namespace.lower(), "Registered")

    def register(self, subscription: str, namespace: str, state: str) -> None:
        self.registrations.setdefault(subscription.lower(), {})[namespace.lower()] = state
        self.changed = True

    def snapshot(self) -> dict[str, Any]:
        """Everything that must outlive a restart, as JSON."""
        return {
            "version": 1,
            "tenantId": self.tenant_id,
            "subscriptions": list(self.subscriptions.values()),
            "settings": self.settings.wire(),
            "principals": [p.model_dump(by_alias=True, mode="json") for p in self.principals.all()],
            "grants": {k: [g.model_dump() for g in v] for k, v in self.principals.grants.items()},
            "registrations": self.registrations,
            "unavailable": sorted(self.unavailable),
            "tombstones": self.tombstones,
            "resources": [asdict(resource) for resource in self.store],
            "operations": self.operations.dump(),
            "images": self.images.dump(),
            "nextRequest": self.audit.next,
            "tokenKey": self.issuer.private_pem(),
            "urlSecret": self._secret.hex(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Become what `snapshot` said; subscriptions of either are known afterwards."""
        for subscription in state["subscriptions"]:
            self.subscriptions.setdefault(subscription.lower(), subscription)
        self.settings = Settings.model_validate(state["settings"])
        self.principals = Principals(
            [Principal.model_validate(p) for p in state["principals"]],
            {k: [Grant.model_validate(g) for g in v] for k, v in state["grants"].items()},
        )
        self.registrations = state["registrations"]
        self.unavailable = set(state["unavailable"])
        self.tombstones = state["tombstones"]
        new = [
            known for key, known in self.subscriptions.items() if key not in _lower(state["subscriptions"])
        ]
        furnish(self.principals, new)
        for resource in state["resources"]:
            self.store.put(Resource(**resource))
        self.operations.load(state["operations"])
        if "images" in state:
            self.images.load(state["images"])
        self.audit.next = state["nextRequest"]
        self.issuer = TokenIssuer.from_pem(self.tenant_id, state["tokenKey"])
        self._secret = bytes.fromhex(state["urlSecret"])
        self.signer = Signer(self._secret)


def _lower(names: list[str]) -> set[str]:
    return {name.lower() for name in names}
