"""Container registries wherever an identity may look: by id, and all that it sees.

By plain requests, because the SDK's clients are for one subscription each, and an id can name any.

Sources: https://learn.microsoft.com/rest/api/resources/subscriptions/list;
https://learn.microsoft.com/rest/api/containerregistry/registries/list.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from azure.core.exceptions import HttpResponseError

from mlregistry_operator.cloud.azure.clients import RESOURCES_API_VERSION, Clients, send
from mlregistry_operator.cloud.azure.paging import Markers
from mlregistry_operator.cloud.images import SeenRegistry
from mlregistry_operator.domain.arm import ArmId

MOST_SUBSCRIPTIONS: Final = 100
_VERSION: Final = {"api-version": "2023-07-01"}
_REGISTRIES: Final = "providers/Microsoft.ContainerRegistry/registries"
_CLOSED: Final = frozenset({403, 404})  # a subscription that may not be read, or has gone meanwhile


async def registry(clients: Clients, target: ArmId) -> SeenRegistry:
    return _seen((await send(clients, "GET", target, _VERSION)).json())


async def registries(clients: Clients, own_subscription: str) -> tuple[SeenRegistry, ...]:
    """Those of the own subscription and of the first hundred others."""
    rows = _pages(clients, "/subscriptions", {"api-version": RESOURCES_API_VERSION})
    others = [str(one["subscriptionId"]).casefold() async for one in rows]
    seen: list[SeenRegistry] = []
    for subscription in list(dict.fromkeys([own_subscription.casefold(), *others]))[:MOST_SUBSCRIPTIONS]:
        try:
            rows = _pages(clients, f"/subscriptions/{subscription}/{_REGISTRIES}", _VERSION)
            seen += [_seen(one) async for one in rows]
        except HttpResponseError as error:
            if error.status_code not in _CLOSED:
                raise
    return tuple(seen)


async def _pages(clients: Clients, url: str, query: Mapping[str, str]) -> AsyncIterator[Mapping[str, Any]]:
    markers = Markers()
    while True:
        body = (await send(clients, "GET", url, query)).json()
        for one in body.get("value") or ():
            yield one
        url, query = str(body.get("nextLink") or ""), {}  # the link says it all
        if not markers.follow(url):
            return


def _seen(body: Mapping[str, Any]) -> SeenRegistry:
    return SeenRegistry(ArmId(str(body["id"])), str((body.get("properties") or {}).get("loginServer") or ""))
