"""An account that asked to wait is left alone until then, by everybody in this process."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.meanings import THROTTLED


@dataclass(slots=True)
class AccountThrottle:
    """When each account may be called again, by its endpoint. One for the whole process."""

    clock: Callable[[], float] = time.monotonic
    _until: dict[str, float] = field(default_factory=dict)

    def check(self, endpoint: str, target: ArmId, doing: str) -> None:
        """Refuse a call that would come too early.

        Raises:
            CloudError: with the time that is left to wait.
        """
        left = self._until.get(endpoint, 0.0) - self.clock()
        if left > 0:
            message = f"Could not {doing}: the account asked to wait"
            raise CloudError(
                Failure(
                    target,
                    THROTTLED.reason,
                    THROTTLED.severity,
                    message,
                    remedy=THROTTLED.remedy,
                    retry_after=left,
                )
            )

    def hear(self, endpoint: str, failure: Failure) -> None:
        """Close the account for as long as it asked, if this failure is its asking."""
        if failure.reason is Reason.THROTTLED and failure.retry_after is not None:
            until = self.clock() + failure.retry_after
            self._until[endpoint] = max(self._until.get(endpoint, 0.0), until)
