"""All addresses of the control plane in one table, and who finishes which type's operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mockcloud.arm import groups, polling, roles, subscriptions
from mockcloud.arm.registry import imports, registries, replications
from mockcloud.arm.registry import rules as registry_rules
from mockcloud.arm.storage import accounts, holds, immutability, services
from mockcloud.arm.storage import rules as storage_rules

if TYPE_CHECKING:
    from mockcloud.world import Finisher

# Role assignments come first: their addresses contain every other one as a scope.
ROUTES: Final = (
    *roles.ROUTES,
    *accounts.ROUTES,
    *services.ROUTES,
    *immutability.ROUTES,
    *holds.ROUTES,
    *registries.ROUTES,
    *imports.ROUTES,
    *replications.ROUTES,
    *polling.ROUTES,
    *groups.ROUTES,
    *subscriptions.ROUTES,
)

FINISHERS: Final[dict[str, Finisher]] = {
    groups.TYPE.lower(): groups.finish,
    subscriptions.TYPE: subscriptions.finish,
    storage_rules.TYPE.lower(): accounts.finish,
    registry_rules.TYPE.lower(): registries.finish,
    imports.IMPORT_TYPE.lower(): imports.finish,
    registry_rules.REPLICATION_TYPE.lower(): replications.finish,
}
