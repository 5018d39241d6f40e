"""Long-running writes, started and let go.

A management client answers a `begin_…` call with a poller that wants to be awaited. We want only what the
first answer said: where the operation can be looked up, and when.

Source: ARM asynchronous operations, https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from azure.core.pipeline import PipelineResponse

from mlregistry_operator.cloud.azure.errors import retry_after
from mlregistry_operator.cloud.ports import Started

_ACCEPTED: Final = (201, 202)


@dataclass(slots=True)
class _FirstAnswer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)

    def hear(self, response: PipelineResponse[Any, Any]) -> None:
        answer = response.http_response
        self.status = answer.status_code
        self.headers = {name.lower(): value for name, value in answer.headers.items()}


async def start(begin: Callable[..., Awaitable[Any]], *args: Any) -> Started:
    """Send the first request of a long-running write and return at its answer."""
    answer = _FirstAnswer()
    await begin(*args, polling=False, raw_response_hook=answer.hear)
    return started(answer.status, answer.headers)


def started(status: int, headers: Any) -> Started:
    """What the first answer to a write says of its going on. `headers` are looked up in lower case."""
    url = headers.get("azure-asyncoperation") or headers.get("location")
    if status not in _ACCEPTED or not url:
        return Started()
    return Started(url=url, retry_after=retry_after(headers))
