"""A call of many that fails in passing is made again at once, so that an hour's work does not start over.

What asks for a longer wait, or does not pass by itself, is left to whoever called for the work.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.ports import CloudError

_T = TypeVar("_T")
_PASSING: Final = frozenset({Reason.THROTTLED, Reason.AZURE_UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Insistence:
    """How often, and with which waits in seconds."""

    attempts: int = 4
    shortest: float = 0.5
    longest: float = 8.0

    async def __call__(self, call: Callable[[], Awaitable[_T]]) -> _T:
        """What the call answers; it must be safe to repeat.

        Raises:
            CloudError: of the last attempt.
        """
        for attempt in range(1, self.attempts):
            try:
                return await call()
            except CloudError as error:
                wait = self._wait(error, attempt)
                if wait is None:
                    raise
                await asyncio.sleep(wait)
        return await call()

    def _wait(self, error: CloudError, attempt: int) -> float | None:
        if error.failure.reason not in _PASSING:
            return None
        asked = error.failure.retry_after
        if asked is not None:  # a longer wait would leave the service's offer unused
            return max(self.shortest, asked) if asked <= self.longest else None
        doubled = min(self.longest, self.shortest * 2.0 ** (attempt - 1))
        return doubled * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, guards nothing
