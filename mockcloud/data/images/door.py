"""Who comes to a registry, through which endpoint, and whether he may: challenge, tokens, roles, limits.

An Azure token is exchanged for a refresh token of the registry, that for an access token of one scope. Access
tokens carry what the principal's roles allow at that time.
"""

from __future__ import annotations

import secrets
import time
import urllib.parse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import jwt

from mockcloud.authorization import allowed
from mockcloud.data.images.errors import OciError
from mockcloud.identity.audiences import for_resource_manager
from mockcloud.identity.tokens import TokenError

if TYPE_CHECKING:
    from mockcloud.http import Call
    from mockcloud.store import Resource
    from mockcloud.throttle import VerbClass
    from mockcloud.world import World

_REGISTRY_AUDIENCE: Final = "https://containerregistry.azure.net"
_ALGORITHM: Final = "HS256"
# A refresh token outlives an access token by this factor.
_REFRESH: Final = 3
_PROVIDER: Final = "Microsoft.ContainerRegistry/registries"
RIGHTS: Final = {
    "pull": f"{_PROVIDER}/pull/read",
    "push": f"{_PROVIDER}/push/write",
    "delete": f"{_PROVIDER}/artifacts/delete",
    "metadata_read": f"{_PROVIDER}/metadata/read",
    "metadata_write": f"{_PROVIDER}/metadata/write",
}
_VERBS: Final[dict[str, VerbClass]] = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One way into a registry: its login server, or one of its regions. `service` is the host as told."""

    registry: Resource
    location: str
    service: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What a request is for: `repository:<name>:<action>` or `registry:catalog:*`."""

    kind: str
    name: str
    action: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}:{self.action}"


class Doorkeeper:
    """Issues and checks the registries' tokens. Its secret lives as long as the process."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._secret = secrets.token_bytes(32)

    async def exchange(self, call: Call, endpoint: Endpoint) -> dict[str, str]:
        """A refresh token for an Azure access token.

        Raises:
            OciError: the token counts for nothing here, or its principal has no right on the registry.
        """
        form = await _form(call)
        if form.get("grant_type") != "access_token" or form.get("service") != endpoint.service:
            raise OciError(400, "UNSUPPORTED", "The grant type is access_token, the service the registry's.")
        principal = self._principal(call, endpoint, form.get("access_token", ""))
        call.principal_id = principal
        if not any(allowed(self._world, principal, right, endpoint.registry.id) for right in RIGHTS.values()):
            raise _unauthorized("Access to the registry was denied: the principal has no role on it.")
        seconds = self._world.settings.token_seconds * _REFRESH
        return {"refresh_token": self._token(endpoint, principal, seconds, grant_type="refresh_token")}

    async def access_token(self, call: Call, endpoint: Endpoint) -> dict[str, str]:
        """An access token for a refresh token, with as much of the scope as the principal's roles allow.

        Raises:
            OciError: the refresh token counts for nothing here.
        """
        form = await _form(call)
        if form.get("grant_type") != "refresh_token":
            raise _unauthorized("The registry does not allow anonymous access.")
        said = self._checked(endpoint, form.get("refresh_token", ""), "refresh_token")
        principal = str(said["sub"])
        call.principal_id = principal
        kind, _, rest = form.get("scope", "").partition(":")
        name, _, wanted = rest.rpartition(":")
        granted = [word for word in wanted.split(",") if self._may(endpoint, principal, word)]
        access = [{"Type": kind, "Name": name, "Actions": granted}]
        seconds = self._world.settings.token_seconds
        return {"access_token": self._token(endpoint, principal, seconds, "access_token", access=access)}

    def admit(self, call: Call, endpoint: Endpoint, scope: Scope) -> None:
        """Let the request pass.

        Raises:
            OciError: 401 with a challenge, 403, or 429.
        """
        scheme, _, token = (call.header("Authorization") or "").partition(" ")
        if scheme.lower() != "bearer":
            raise challenge(call, endpoint, scope)
        try:
            said = self._checked(endpoint, token, "access_token")
        except OciError as error:
            raise challenge(call, endpoint, scope, "invalid_token") from error
        call.principal_id = str(said["sub"])
        mine = [one for one in said["access"] if (one["Type"], one["Name"]) == (scope.kind, scope.name)]
        if not mine:
            raise challenge(call, endpoint, scope, "insufficient_scope")
        for action in scope.action.split(","):
            if action not in mine[0]["Actions"]:
                detail = [{"Type": scope.kind, "Name": scope.name, "Action": action}]
                raise OciError(403, "DENIED", "requested access to the resource is denied", detail)
        self._take(call, endpoint)

    def _may(self, endpoint: Endpoint, principal: str, action: str) -> bool:
        right = RIGHTS["metadata_read"] if action == "*" else RIGHTS.get(action)
        return right is not None and allowed(self._world, principal, right, endpoint.registry.id)

    def _take(self, call: Call, endpoint: Endpoint) -> None:
        """The limits are those of `rateLimit`, counted for each registry, region and principal."""
        settings, verb = self._world.settings, _VERBS.get(call.method, "writes")
        scope = (f"{endpoint.registry.id}/{endpoint.location}".lower(), call.principal_id or "")
        if self._world.throttle.take(scope, verb, settings.rate_limit, self._world.now()) is None:
            seconds = str(settings.retry_after_seconds)
            raise OciError(429, "TOOMANYREQUESTS", "too many requests", headers={"Retry-After": seconds})

    def _principal(self, call: Call, endpoint: Endpoint, token: str) -> str:
        try:
            claims = self._world.issuer.check(token)
        except TokenError as error:
            raise _unauthorized(str(error)) from error
        policies = endpoint.registry.properties.get("policies") or {}
        as_arm = (policies.get("azureADAuthenticationAsArmPolicy") or {}).get("status") != "disabled"
        wanted = claims.audience.rstrip("/")
        if wanted != _REGISTRY_AUDIENCE and not (as_arm and for_resource_manager(wanted, call.host)):
            raise _unauthorized(f"The audience {claims.audience} of the token is not accepted.")
        return claims.principal_id

    def _token(self, endpoint: Endpoint, principal: str, seconds: int, grant_type: str, **more: Any) -> str:
        now = int(time.time())
        claims = {
            "jti": secrets.token_hex(16),
            "sub": principal,
            "nbf": now,
            "exp": now + seconds,
            "iat": now,
            "iss": "Azure Container Registry",
            "aud": endpoint.service,
            "grant_type": grant_type,
            **more,
        }
        return jwt.encode(claims, self._secret, algorithm=_ALGORITHM)

    def _checked(self, endpoint: Endpoint, token: str, grant_type: str) -> dict[str, Any]:
        try:
            said: dict[str, Any] = jwt.decode(
                token, self._secret, algorithms=[_ALGORITHM], audience=endpoint.service
            )
        except jwt.PyJWTError as error:
            raise _unauthorized(f"The token is invalid: {error}.") from error
        if said.get("grant_type") != grant_type:
            raise _unauthorized("The token is of another kind.")
        return said


async def _form(call: Call) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl((await call.read()).decode()))


def _unauthorized(message: str) -> OciError:
    return OciError(401, "UNAUTHORIZED", message)


def challenge(call: Call, endpoint: Endpoint, scope: Scope, why: str | None = None) -> OciError:
    """How a registry says which token it wants, and what was wrong with the one that it got."""
    path = endpoint.service.partition("/")[2]
    said = f'Bearer realm="{call.base}/{path}/oauth2/token",service="{endpoint.service}",scope="{scope}"'
    return OciError(
        401,
        "UNAUTHORIZED",
        "authentication required, visit https://aka.ms/acr/authorization for more information.",
        [{"Type": scope.kind, "Name": scope.name, "Action": scope.action}],
        {"WWW-Authenticate": f'{said},error="{why}"' if why else said},
    )
