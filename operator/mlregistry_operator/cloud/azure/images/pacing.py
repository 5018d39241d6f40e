"""A registry that asked to wait is left alone until then, by everybody in this process.

Azure counts requests for each registry, replica and kind of request, and says when to come back.

Source: https://learn.microsoft.com/azure/container-registry/container-registry-skus.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import SansIOHTTPPolicy

from mlregistry_operator.cloud.azure.errors import retry_after
from mlregistry_operator.cloud.azure.throttling import HeldBackError

_TOO_MANY: Final = 429
_UNSAID_WAIT: Final = 1.0
_VERBS: Final = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}


@dataclass(slots=True)
class RegistryPace:
    """When each endpoint may be asked again. One for the whole process."""

    clock: Callable[[], float] = time.monotonic
    _until: dict[tuple[str, str], float] = field(default_factory=dict)

    def wait(self, endpoint: str, method: str) -> float:
        """Seconds until such a request may be sent; 0 for now."""
        return max(0.0, self._until.get(_scope(endpoint, method), 0.0) - self.clock())

    def hear(self, endpoint: str, method: str, seconds: float | None) -> None:
        """Leave the endpoint alone for as long as it asked."""
        scope = _scope(endpoint, method)
        until = self.clock() + (_UNSAID_WAIT if seconds is None else seconds)
        self._until[scope] = max(self._until.get(scope, 0.0), until)


class PacePolicy(SansIOHTTPPolicy[Any, Any]):
    """Holds requests to one endpoint back, and listens when it asks to wait."""

    def __init__(self, pace: RegistryPace, endpoint: str) -> None:
        super().__init__()
        self._pace, self._endpoint = pace, endpoint

    def on_request(self, request: PipelineRequest[Any]) -> None:
        seconds = self._pace.wait(self._endpoint, request.http_request.method)
        if seconds > 0:
            raise HeldBackError(seconds)

    def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:
        answer = response.http_response
        if answer.status_code == _TOO_MANY:
            self._pace.hear(self._endpoint, request.http_request.method, retry_after(answer.headers))


def _scope(endpoint: str, method: str) -> tuple[str, str]:
    return endpoint, _VERBS.get(method.upper(), "writes")
