"""Data planes that asked to wait are left alone until then, by everybody in this process.

The gate stands in the transport, so that it sees every request: an SDK's own for a token or a key as well.

Sources: https://learn.microsoft.com/azure/container-registry/container-registry-skus,
https://learn.microsoft.com/azure/storage/common/scalability-targets-standard-account.
"""

from collections.abc import Hashable
from typing import Any, Final, cast

from azure.core.pipeline.transport import AsyncHttpTransport

from mlregistry_operator.cloud.azure.bound import BoundTransport
from mlregistry_operator.cloud.azure.errors import retry_after
from mlregistry_operator.cloud.azure.gates import Gates
from mlregistry_operator.cloud.azure.measuring import ThrottleMetrics, throttled
from mlregistry_operator.cloud.azure.throttling import verb_class
from mlregistry_operator.fairness.limits import uncounted

_TOO_MANY: Final = 429
_BUSY: Final = 503
_PACE: Final = 60 / 2000  # a registry gives one identity so many writes a minute; everything else is more


def kind_of(scope: Hashable) -> str:
    """Which limit a scope is of: a container registry's, for each class of verbs, or a storage account's."""
    return "containerRegistry" if cast("tuple[str, str]", scope)[1] else "storageAccount"


def paced_gates() -> Gates:
    """The gates of one service's endpoints, whose waits are measured."""
    return Gates(told=ThrottleMetrics(kind_of))


class PacedTransport(BoundTransport):
    """A transport to one endpoint, an HTTPS URL, and to no other.

    `apart` says whether its limits are for each class of verbs, as a registry's are; a storage account that
    is busy is so for every request.
    """

    def __init__(
        self, inner: AsyncHttpTransport[Any, Any], gates: Gates, endpoint: str, *, apart: bool
    ) -> None:
        super().__init__(inner, endpoint)
        self._gates, self._scope, self._apart = gates, endpoint.removeprefix("https://"), apart

    async def send(self, request: Any, **kwargs: Any) -> Any:
        """A 503 without a time comes from who is overloaded, and from who is down: it closes nothing."""
        scope = (self._scope, verb_class(request.method) if self._apart else "")
        with uncounted():
            await self._gates.enter([scope])
        response = await super().send(request, **kwargs)
        wait = retry_after(response.headers)
        if response.status_code == _TOO_MANY or (response.status_code == _BUSY and wait is not None):
            self._gates.close(scope, wait, _PACE)
            throttled(kind_of(scope))
        return response
