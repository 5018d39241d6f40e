"""Every request to Azure, counted and timed where all of them pass: the session of connections.

So an SDK's own requests for tokens and keys are seen too. Of an address only its shape is told: names, tokens
and query strings are no labels, and stand in no span.
"""

import re
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

import aiohttp

from mlregistry_operator.telemetry import metrics
from mlregistry_operator.telemetry.tracing import span

_NO_ANSWER: Final = "none"
_OTHER: Final = "other"
_ARM: Final = "/subscriptions/"
_TOKEN: Final = re.compile(r"/oauth2/|/\.well-known/|/discovery/")
_IMAGES: Final = re.compile(r"/(v2|acr/v1)/")
# What ARM's paths speak of, as Azure spells it; whatever else comes is one kind.
_ARM_KINDS: Final = {
    kind.casefold(): kind
    for kind in (
        "asyncOperations",
        "blobServices",
        "containers",
        "immutabilityPolicies",
        "importImage",
        "locations",
        "managementPolicies",
        "operationResults",
        "operationStatuses",
        "registries",
        "replications",
        "resourceGroups",
        "resources",
        "roleAssignments",
        "storageAccounts",
    )
}


def resource_of(path: str, query: str) -> str:
    """What sort of thing a request is about: a word of a small set."""
    if _TOKEN.search(path):
        return "tokens"
    if path.startswith(_ARM):
        return _arm_kind(path)
    if _IMAGES.search(path):
        return "images"
    if "restype=container" in query or "comp=list&" in f"{query}&":
        return "containers"
    return "delegationKeys" if "comp=userdelegationkey" in query else "blobs"


def _arm_kind(path: str) -> str:
    parts = path.casefold().strip("/").split("/")
    named = [part for part in reversed(parts) if part in _ARM_KINDS]
    return _ARM_KINDS[named[0]] if named else _OTHER


async def measured(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """An aiohttp middleware: one count, one time and one span for each request."""
    method, url = request.method, request.url
    resource, code, began = resource_of(url.path, url.query_string), _NO_ANSWER, time.monotonic()
    told = {"http.request.method": method, "server.address": url.host or "", "mlregistry.resource": resource}
    with span(f"{method} {resource}", told) as recorded:
        try:
            response = await handler(request)
            code = str(response.status)
            recorded.tell("http.response.status_code", response.status)
            if (named := response.headers.get("x-ms-request-id")) is not None:
                recorded.tell("az.service_request_id", named)
            if not response.ok:
                recorded.fail(code)
            return response
        finally:
            metrics.AZURE_REQUESTS.labels(resource, method, code).inc()
            metrics.AZURE_SECONDS.labels(resource, method).observe(time.monotonic() - began)


def throttled(kind: str) -> None:
    """Azure has asked to leave a scope of that kind alone."""
    metrics.THROTTLED.labels(kind).inc()


@dataclass(frozen=True, slots=True)
class ThrottleMetrics:
    """Hears what limits cost (`gates.Told`). `kind_of` names the sort of a scope: a word of a small set."""

    kind_of: Callable[[Hashable], str]

    def waits(self, scope: Hashable, seconds: float, *, sent: bool) -> None:
        kind = self.kind_of(scope)
        metrics.THROTTLE_SECONDS.labels(kind).inc(seconds)
        if not sent:
            metrics.HELD_BACK.labels(kind).inc()
