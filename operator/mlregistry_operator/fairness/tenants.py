"""For whom the running task works, known wherever something shared is taken.

A pass sets it, and the tasks that a pass starts have it from there: asyncio copies the context. So no call
has to pass it on, and none can forget to.
"""

import math
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Tenant:
    """A namespace, and the registry (`namespace/name`) that its object is about; empty where not known."""

    namespace: str = ""
    registry: str = ""

    @property
    def path(self) -> tuple[str, str]:
        """Its place in a queue: namespaces take turns, and in each of them its registries."""
        return (self.namespace, self.registry)


# Of what stays free, a namespace may hold three times as much, and what it does for one registry as much.
SHARES: Final = (3.0, 1.0)
NO_SHARES: Final = (math.inf, math.inf)
_NOBODY: Final = Tenant()
_tenant: ContextVar[Tenant] = ContextVar("tenant", default=_NOBODY)


def current_tenant() -> Tenant:
    """For whom this task works."""
    return _tenant.get()


def work_for(tenant: Tenant) -> None:
    """From here on this task, and every task that it starts, works for that tenant."""
    _tenant.set(tenant)
