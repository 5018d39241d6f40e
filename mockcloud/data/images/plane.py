"""The registries as clients see them, path-style: `https://host/<registry>/v2/...`.

`https://host/<registry>.<region>.geo/v2/...` stands for `<registry>.<region>.geo.azurecr.io`, the endpoint of
one region, where the registry has regional endpoints. The login server is served by the home region.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mockcloud.data.images import blobs, manifests, metadata
from mockcloud.data.images.door import Doorkeeper, Endpoint, challenge
from mockcloud.data.images.errors import OciError, unavailable
from mockcloud.data.images.places import locations, registry_named
from mockcloud.data.images.requests import Desk
from mockcloud.http import Answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mockcloud.http import Call
    from mockcloud.world import World

    Handler = Callable[[Desk], Awaitable[Answer]]

_UNAUTHORIZED: Final = 401
_PATH: Final = re.compile(
    r"^/(?!(?:common|organizations|consumers)/)(?P<registry>[a-z0-9]{5,50})(?:\.(?P<region>[a-z0-9]+)\.geo)?"
    r"(?P<rest>/v2(?:/.*)?|/acr/v1/.*|/oauth2/(?:exchange|token))$",
    re.IGNORECASE,
)
_NAME: Final = r"(?P<name>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)"


@dataclass(frozen=True, slots=True)
class _Route:
    methods: frozenset[str]
    pattern: re.Pattern[str]
    handler: Handler
    action: str
    scope: str = "repository"


def _route(methods: str, path: str, handler: Handler, action: str, scope: str = "repository") -> _Route:
    pattern = path.replace("{name}", _NAME).replace("{last}", "(?P<last>[^/]+)")
    return _Route(frozenset(methods.split()), re.compile(f"^{pattern}$"), handler, action, scope)


_ROUTES: Final = (
    _route("GET", "/v2/?", manifests.ping, "*", "registry"),
    _route("GET HEAD", "/v2/{name}/manifests/{last}", manifests.get, "pull"),
    _route("PUT", "/v2/{name}/manifests/{last}", manifests.put, "pull,push"),
    _route("DELETE", "/v2/{name}/manifests/{last}", manifests.delete, "delete"),
    _route("GET", "/v2/{name}/tags/list", manifests.tags, "pull"),
    _route("POST", "/v2/{name}/blobs/uploads/?", blobs.begin, "pull,push"),
    _route("PATCH", "/v2/{name}/blobs/uploads/{last}", blobs.append, "pull,push"),
    _route("PUT", "/v2/{name}/blobs/uploads/{last}", blobs.complete, "pull,push"),
    _route("GET HEAD", "/v2/{name}/blobs/{last}", blobs.get, "pull"),
    _route("DELETE", "/v2/{name}/blobs/{last}", blobs.delete, "delete"),
    _route("GET", "/acr/v1/_catalog", metadata.catalog, "*", "registry"),
    _route("GET", "/acr/v1/{name}/_tags", metadata.tags, "metadata_read"),
    _route("GET", "/acr/v1/{name}/_tags/{last}", metadata.tag, "metadata_read"),
    _route("DELETE", "/acr/v1/{name}/_tags/{last}", metadata.untag, "delete"),
    _route("GET", "/acr/v1/{name}/_manifests", metadata.manifests, "metadata_read"),
    _route("GET", "/acr/v1/{name}/_manifests/{last}", metadata.manifest, "metadata_read"),
    _route("DELETE", "/acr/v1/{name}", metadata.delete_repository, "delete"),
)


class ImagesPlane:
    """Every container registry of the cloud."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._doorkeeper = Doorkeeper(world)
        self._uploads: dict[str, bytearray] = {}

    def claims(self, path: str) -> bool:
        return _PATH.match(path) is not None

    async def serve(self, call: Call) -> Answer:
        await call.read()
        try:
            answer = await self._served(call)
        except OciError as error:
            answer = error.answer()
        if self._world.settings.latency_seconds:
            await asyncio.sleep(self._world.settings.latency_seconds)
        answer.headers["Docker-Distribution-Api-Version"] = "registry/2.0"
        return answer

    def refuse(self, call: Call, status: int, code: str, message: str | None) -> Answer:
        """As asked for; a registry never says 401 without its challenge."""
        told = OciError(status, code, message or "The registry failed this request.")
        if status == _UNAUTHORIZED:
            try:
                endpoint, rest = self._place(call)
                if not rest.startswith("/oauth2/"):
                    desk, route = self._desk(call, endpoint, rest)
                    told = challenge(call, endpoint, desk.scope(route.scope, route.action), "invalid_token")
            except OciError as error:
                told = error
        return told.answer()

    async def _served(self, call: Call) -> Answer:
        endpoint, rest = self._place(call)
        if rest.startswith("/oauth2/"):
            return await self._token(call, endpoint, rest)
        desk, route = self._desk(call, endpoint, rest)
        self._doorkeeper.admit(call, endpoint, desk.scope(route.scope, route.action))
        return await route.handler(desk)

    def _place(self, call: Call) -> tuple[Endpoint, str]:
        """The endpoint, and the path behind it."""
        found = _PATH.match(call.path)
        if found is None:
            raise OciError(404, "UNKNOWN", "There is no such address.")
        return self._endpoint(call, found["registry"], found["region"]), found["rest"]

    def _desk(self, call: Call, endpoint: Endpoint, rest: str) -> tuple[Desk, _Route]:
        route, match = _find(call.method, rest)
        words = match.groupdict()
        name, last = words.get("name") or "", words.get("last") or ""
        return Desk(self._world, call, endpoint, name, last, self._uploads), route

    async def _token(self, call: Call, endpoint: Endpoint, rest: str) -> Answer:
        if call.method != "POST":
            raise OciError(405, "UNSUPPORTED", "Tokens are asked for by POST.")
        if rest == "/oauth2/exchange":
            return Answer(200, await self._doorkeeper.exchange(call, endpoint))
        return Answer(200, await self._doorkeeper.access_token(call, endpoint))

    def _endpoint(self, call: Call, name: str, region: str | None) -> Endpoint:
        """The registry behind this host; an unknown host has no name in Azure, here it is a 404."""
        registry = registry_named(self._world, name)
        if registry is None or registry.state in {"Creating", "Failed"}:
            raise OciError(404, "HOST_UNKNOWN", f"There is no registry {name}.")
        location = registry.location
        host = f"{call.host}/{name.lower()}"
        if region is not None:
            location, host = region.lower(), f"{host}.{region.lower()}.geo"
            offered = registry.properties.get("regionalEndpoints") == "Enabled"
            if not offered or location not in locations(self._world, registry):
                raise OciError(404, "HOST_UNKNOWN", f"The registry {name} has no endpoint in {location}.")
        if location in self._world.unavailable:
            raise unavailable(location)
        return Endpoint(registry, location, host)


def _find(method: str, rest: str) -> tuple[_Route, re.Match[str]]:
    known = False
    for route in _ROUTES:
        match = route.pattern.match(rest)
        if match is not None and method in route.methods:
            return route, match
        known = known or match is not None
    if known:
        raise OciError(405, "UNSUPPORTED", "The operation is unsupported.")
    raise OciError(404, "NAME_INVALID", f"There is no such address: {rest}.")
