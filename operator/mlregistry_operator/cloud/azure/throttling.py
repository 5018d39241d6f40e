"""Nobody calls a throttled scope before its time: one shared memory, asked before every request.

Source: ARM request limits, https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from azure.core.exceptions import AzureError
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy

_VERBS: Final = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}
_SUBSCRIPTION: Final = re.compile(r"/subscriptions/([^/?]+)", re.IGNORECASE)
_PROVIDER: Final = re.compile(r"/providers/(Microsoft\.[A-Za-z]+)", re.IGNORECASE)
_SUBSCRIPTION_WIDE: Final = "SubscriptionRequestsThrottled"


class HeldBackError(AzureError):
    """A request that was not sent, because Azure asked to wait; `seconds` until it may be."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"held back for {seconds:.0f} s, as Azure asked")
        self.seconds = seconds


@dataclass(slots=True)
class Throttle:
    """When each scope may be called again. One for the whole process."""

    clock: Callable[[], float] = time.monotonic
    _until: dict[tuple[str, ...], float] = field(default_factory=dict)

    def wait(self, method: str, url: str) -> float:
        """Seconds until this request may be sent; 0 for now."""
        now = self.clock()
        return max(0.0, *(self._until.get(scope, now) - now for scope in _scopes(method, url)))

    def hear(self, method: str, url: str, code: str, seconds: float | None) -> None:
        """Close the scope that a 429 spoke of, told by its code, for as long as it asked."""
        if seconds is None:
            return
        wide, narrow = _scopes(method, url)
        scope = wide if code == _SUBSCRIPTION_WIDE else narrow
        self._until[scope] = max(self._until.get(scope, 0.0), self.clock() + seconds)


class ThrottlePolicy(SansIOHTTPPolicy[Any, Any]):
    """Holds requests back whose scope is closed."""

    def __init__(self, throttle: Throttle) -> None:
        super().__init__()
        self._throttle = throttle

    def on_request(self, request: PipelineRequest[Any]) -> None:
        seconds = self._throttle.wait(request.http_request.method, request.http_request.url)
        if seconds > 0:
            raise HeldBackError(seconds)


def _scopes(method: str, url: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    verb = _VERBS.get(method.upper(), "writes")
    subscription = _first(_SUBSCRIPTION, url)
    return (subscription, verb), (subscription, _first(_PROVIDER, url), verb)


def _first(pattern: re.Pattern[str], url: str) -> str:
    found = pattern.search(url)
    return found.group(1).casefold() if found else ""
