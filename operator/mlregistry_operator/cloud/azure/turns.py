"""Who waits for a connection to Azure waits here, before anything is built for the request.

A request that the SDK has begun holds its whole pipeline until it has a connection. Many
registries that are looked at together have hundreds of them. Tenants have fair turns. Where a tenant can
choose who is asked, it has no more than a share, too: what is answered slowly is felt by who asked.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from mlregistry_operator.cloud.azure.errors import azure_errors
from mlregistry_operator.cloud.azure.gates import QUEUE_SECONDS, HeldBackError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.fairness.contention import Contention
from mlregistry_operator.fairness.limits import uncounted
from mlregistry_operator.fairness.pool import Pool
from mlregistry_operator.fairness.tenants import NO_SHARES, current_tenant


class Turns:
    """So many requests at the same time.

    Nobody waits longer for a turn than `seconds`, by default as long as a closed scope lets wait; with None
    whoever waits does so until the turn comes.
    """

    def __init__(
        self,
        at_once: int,
        seconds: float | None = QUEUE_SECONDS,
        shares: Sequence[float] = NO_SHARES,
        contention: Contention | None = None,
    ) -> None:
        self._pool, self._seconds = Pool(at_once, shares, contention), seconds

    @asynccontextmanager
    async def take(self, target: ArmId, doing: str) -> AsyncIterator[None]:
        """A turn for the time of the body; `doing` completes "Azure refused to …".

        Raises:
            CloudError: no turn came in time, so that nothing was sent; or whatever the SDK raises then.
        """
        with azure_errors(target, doing):
            async with self.turn():
                yield

    @asynccontextmanager
    async def turn(self, *below: str) -> AsyncIterator[None]:
        """The same, for who translates errors itself; `below` are the parts of the path below the tenant.

        Raises:
            HeldBackError: no turn came in time.
        """
        path = (*current_tenant().path, *below)
        try:
            with uncounted():
                async with asyncio.timeout(self._seconds):
                    await self._pool.take(path)
        except TimeoutError:
            raise HeldBackError(self._seconds or 0.0) from None
        try:
            yield
        finally:
            self._pool.give_back(path, 1)
