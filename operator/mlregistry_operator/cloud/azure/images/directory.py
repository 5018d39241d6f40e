"""Which container registries an identity sees, by their login servers: listed once, and remembered.

One list of the subscriptions and one of the registries in each. It is asked for only where an image of a
registry of Azure is to be imported, and no more often than once in a minute, whoever asks for whatever host.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from mlregistry_operator.cloud.images import SeenRegistry

_FRESH_SECONDS: Final = 60.0
_KEPT_SECONDS: Final = 600.0


class Lister(Protocol):
    """Who asks Azure."""

    async def seen_registries(self) -> tuple[SeenRegistry, ...]:
        """Every container registry that the identity sees. Raises `CloudError`."""
        ...


@dataclass(slots=True)
class Directory:
    """What one identity was shown last. A registry that was found is believed for ten minutes."""

    clock: Callable[[], float] = time.monotonic
    _known: dict[str, SeenRegistry] = field(default_factory=dict)
    _asked: float | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def find(self, login_server: str, lister: Lister) -> SeenRegistry | None:
        """The registry with that login server, whatever its case. Raises `CloudError`."""
        wanted = login_server.casefold()
        async with self._lock:
            age = self.clock() - self._asked if self._asked is not None else _KEPT_SECONDS
            if age >= (_KEPT_SECONDS if wanted in self._known else _FRESH_SECONDS):
                seen = await lister.seen_registries()
                self._known = {one.login_server.casefold(): one for one in seen}
                self._asked = self.clock()
            return self._known.get(wanted)
