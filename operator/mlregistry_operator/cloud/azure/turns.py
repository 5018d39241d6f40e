"""Who waits for a connection to Azure waits here, before anything is built for the request.

A request that the SDK has begun holds its whole pipeline until it has a connection. Many
registries that are looked at together have hundreds of them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mlregistry_operator.cloud.azure.errors import azure_errors
from mlregistry_operator.cloud.azure.gates import QUEUE_SECONDS, HeldBackError
from mlregistry_operator.domain.arm import ArmId


class Turns:
    """So many requests at the same time. Nobody waits longer for a turn than a closed scope lets wait."""

    def __init__(self, at_once: int, seconds: float = QUEUE_SECONDS) -> None:
        self._turns, self._seconds = asyncio.Semaphore(at_once), seconds

    @asynccontextmanager
    async def take(self, target: ArmId, doing: str) -> AsyncIterator[None]:
        """A turn for the time of the body; `doing` completes "Azure refused to …".

        Raises:
            CloudError: no turn came in time, so that nothing was sent; or whatever the SDK raises then.
        """
        with azure_errors(target, doing):
            try:
                async with asyncio.timeout(self._seconds):
                    await self._turns.acquire()
            except TimeoutError:
                raise HeldBackError(self._seconds) from None
            try:
                yield
            finally:
                self._turns.release()
