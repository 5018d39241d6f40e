"""Azure Resource Manager's limits: which requests count together, told by a refusal or by what remains.

A subscription's limit is for one class of verbs, a provider's for that class in one region, an action's for
the action. What answers say of the calls that remain slows a scope down before it is refused.

Source: ARM request limits, https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling.
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import urlsplit

from azure.core.exceptions import HttpResponseError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy

from mlregistry_operator.cloud.azure.errors import code_of, error_body, retry_after
from mlregistry_operator.cloud.azure.gates import Gates
from mlregistry_operator.cloud.azure.measuring import ThrottleMetrics, throttled
from mlregistry_operator.cloud.azure.regions import Regions

_VERBS: Final = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}
_TOO_MANY: Final = 429
_REFUSALS: Final = frozenset({_TOO_MANY, 503})
_SUBSCRIPTION_WIDE: Final = "SubscriptionRequestsThrottled"
_OF_AN_ACTION: Final = "ResourceRequestsThrottled"
_BUSY: Final = "ServerBusy"
_RESOURCES: Final = "microsoft.resources"
# Calls that Azure gives back in a second, and for how many of these seconds there must be calls left.
_REFILL: Final = {"reads": 25.0, "writes": 10.0, "deletes": 10.0}
_SPARE_SECONDS: Final = 2.0
# A limit that counts all regions together, or that cannot be told to be of one of them.
_EVERYWHERE, _ANYWHERE = "everywhere", "anywhere"

_SUBSCRIPTION_PARTS: Final = 2

Scope = tuple[str, ...]


def verb_class(method: str) -> str:
    """Azure counts reads, writes and deletes apart."""
    return _VERBS.get(method.upper(), "writes")


@dataclass(frozen=True, slots=True)
class Scopes:
    """The scopes that one request counts in."""

    verb: str
    subscription: Scope
    provider: tuple[str, ...]
    action: Scope
    region: str
    acts: bool

    @property
    def asked(self) -> Iterator[Scope]:
        """What must be open. A request of which no region is known waits for every one."""
        yield self.subscription
        yield self.action
        if self.region:
            yield (*self.provider, self.region)
            yield (*self.provider, _EVERYWHERE)
        else:
            yield (*self.provider, _ANYWHERE)

    def closed_by(self, code: str) -> Iterator[Scope]:
        """What a refusal with this code speaks of."""
        if code == _SUBSCRIPTION_WIDE:
            yield self.subscription
        elif code == _OF_AN_ACTION or self.acts:
            yield self.action
        else:
            yield (*self.provider, self.region or _EVERYWHERE)
            yield (*self.provider, _ANYWHERE)


def kind_of(scope: Hashable) -> str:
    """Which limit a scope is of: the subscription's, a provider's or an action's."""
    parts = cast("Scope", scope)
    if len(parts) == _SUBSCRIPTION_PARTS:
        return "subscription"
    return "action" if parts[1].isupper() else "provider"


@dataclass(slots=True)
class Throttle:
    """When each scope may be called again. One for the whole process."""

    gates: Gates = field(default_factory=lambda: Gates(told=ThrottleMetrics(kind_of)))
    regions: Regions = field(default_factory=Regions)

    async def enter(self, method: str, url: str) -> None:
        """Return when this request may be sent.

        Raises:
            HeldBackError: that is not soon.
        """
        await self.gates.enter(self.scopes(method, url).asked)

    def refused(self, method: str, url: str, code: str, seconds: float | None) -> None:
        """Close the scope that a refusal spoke of, for as long as it asked."""
        scopes = self.scopes(method, url)
        closed = tuple(scopes.closed_by(code))
        throttled(kind_of(closed[0]))
        for scope in closed:
            self.gates.close(scope, seconds, 1 / _REFILL[scopes.verb])

    def served(self, method: str, url: str, headers: Mapping[str, str]) -> None:
        """Slow down what has few calls left: they are spread over the second that a refill may take."""
        scopes = self.scopes(method, url)
        remaining = "x-ms-ratelimit-remaining-subscription"
        for scope, names in (
            (scopes.subscription, (f"{remaining}-{scopes.verb}", f"{remaining}-global-{scopes.verb}")),
            (scopes.action, (f"{remaining}-resource-requests",)),
        ):
            told = [int(text) for name in names if (text := headers.get(name) or "").isdigit()]
            refill = _REFILL[scopes.verb]
            if told and min(told) < refill * _SPARE_SECONDS:
                self.gates.slow(scope, max(1 / refill, 1 / (1 + min(told))))

    def scopes(self, method: str, url: str) -> Scopes:
        """What a request counts in, told by its verb and address, and by the region that is known of it."""
        verb = verb_class(method)
        parts = urlsplit(url).path.casefold().strip("/").split("/")
        subscription = parts[1] if parts[0] == "subscriptions" and len(parts) > 1 else ""
        providers = [place for place, part in enumerate(parts) if part == "providers"]
        inside = parts[providers[-1] + 1 :] if providers else ()
        provider, kinds = (inside[0], inside[1::2]) if inside else (_RESOURCES, ())
        return Scopes(
            verb,
            subscription=(subscription, verb),
            provider=(subscription, provider, verb),
            action=(subscription, method.upper(), provider, *kinds),
            # What extends another provider's resource has a limit of its own, of no region.
            region=self.regions.of(url) if len(providers) == 1 else "",
            acts=method.upper() == "POST",
        )


class ThrottlePolicy(AsyncHTTPPolicy[Any, Any]):
    """Holds requests back whose scope is closed, and listens to every answer."""

    def __init__(self, throttle: Throttle) -> None:
        super().__init__()
        self._throttle = throttle

    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        sent = request.http_request
        await self._throttle.enter(sent.method, sent.url)
        response = await self.next.send(request)
        answer = response.http_response
        if answer.status_code in _REFUSALS:
            await answer.read()  # a write's answer is a stream until somebody asks for all of it
            self._hear(answer)
        else:
            self._throttle.served(sent.method, sent.url, answer.headers)
        return response

    def _hear(self, answer: Any) -> None:
        """A provider that is overloaded answers 503, and so does one that is down: the code tells."""
        error = HttpResponseError(response=answer)
        code, sent = code_of(error), answer.request
        if answer.status_code == _TOO_MANY or code == _BUSY:
            wait = retry_after(answer.headers, str(error_body(error).get("message", "")))
            self._throttle.refused(sent.method, sent.url, code, wait)
