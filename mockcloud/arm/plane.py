"""The gateway: who calls, which route, may it pass, and what the provider behind it answers."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import TYPE_CHECKING, Any, Final

from mockcloud.arm.call import ArmCall, timestamp
from mockcloud.arm.checks import CHECKS
from mockcloud.arm.errors import SENTENCES, ArmError, gateway
from mockcloud.arm.routes import FINISHERS, ROUTES
from mockcloud.arm.routing import Route, Router, verb_of
from mockcloud.http import JSON, Answer
from mockcloud.identity.audiences import for_resource_manager
from mockcloud.identity.tokens import TokenError

if TYPE_CHECKING:
    from mockcloud.http import Call
    from mockcloud.identity.tokens import Claims
    from mockcloud.store import Body
    from mockcloud.throttle import VerbClass
    from mockcloud.world import World

_OBJECTS: Final = frozenset({"identity", "properties", "sku", "source", "tags"})
# Where a subscription's id stands in an address.
_DEPTH: Final = 2
_FALLBACK: Final = ("The request failed.", None)


class ResourceManagerPlane:
    """Everything under `/subscriptions` and `/providers`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._router = Router(ROUTES)
        world.finishers.update(FINISHERS)

    def claims(self, path: str) -> bool:
        first = path.split("/", 2)[1].lower() if path.startswith("/") else ""
        return first in {"subscriptions", "providers", "tenants"}

    async def serve(self, call: Call) -> Answer:
        raw = await call.read()
        try:
            claims = self._caller(call)
            call.principal_id = claims.principal_id
            answer = await self._authenticated(call, claims, raw)
        except ArmError as error:
            answer = error.answer()
        return self._stamped(call, answer)

    def refuse(self, call: Call, status: int, code: str, message: str | None) -> Answer:
        """A fault in the gateway's own words: the sentence on record for this code, filled in for this
        request.
        """
        sentence, cause = SENTENCES.get(code, _FALLBACK)
        found = self._router.find(call.method, call.path)
        words = {
            "action": found[0].action if found else verb_of(call.method),
            "client": "unknown",
            "namespace": found[0].namespace if found else "Microsoft.Resources",
            "operation": _operation(call),
            "principal": str(uuid.UUID(int=0)),
            "scope": call.path,
            "seconds": _seconds(call, self._world.settings.retry_after_seconds),
            "subscription": found[1].get("subscription", "") if found else "",
            "tenant": self._world.tenant_id.replace("-", ""),
            "time": timestamp(self._world.now()),
        }
        try:
            claims = self._caller(call)
            call.principal_id = claims.principal_id
            words |= {"client": claims.client_id, "principal": claims.principal_id}
        except ArmError:
            pass  # the fault comes first; who called is only told in its sentence
        answer = ArmError(status, code, message or sentence.format(**words), cause=cause).answer()
        if found is not None:
            scope = (words["subscription"], words["principal"])
            answer.headers.update(
                _remaining(found[0].verb_class, self._left(scope, found[0].verb_class) or 0)
            )
        return self._stamped(call, answer)

    def _caller(self, call: Call) -> Claims:
        scheme, _, token = (call.header("Authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise self._unauthenticated(
                "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.", call
            )
        try:
            claims = self._world.issuer.check(token)
        except TokenError as error:
            if error.expired:
                code, message = (
                    "ExpiredAuthenticationToken",
                    "The access token expiry UTC time is in the past.",
                )
            else:
                code, message = "InvalidAuthenticationToken", "The access token is invalid."
            raise self._unauthenticated(code, message, call) from error
        if not for_resource_manager(claims.audience, call.host):
            raise self._unauthenticated(
                "InvalidAuthenticationTokenAudience",
                "The access token has been obtained for wrong audience or resource "
                f"'{claims.audience}'. It should "
                f"exactly match with one of the allowed audiences '{call.base}/','{call.base}'.",
                call,
            )
        return claims

    def _unauthenticated(self, code: str, message: str, call: Call) -> ArmError:
        challenge = (
            f'Bearer authorization_uri="{call.base}/{self._world.tenant_id}", error="invalid_token", '
            f'error_description="{message}"'
        )
        return ArmError(401, code, message, cause="gateway", headers={"WWW-Authenticate": challenge})

    async def _authenticated(self, call: Call, claims: Claims, raw: bytes) -> Answer:
        route, params = self._route(call)
        parts = call.path.split("/")
        if len(parts) > _DEPTH and parts[1].lower() == "subscriptions":
            params.setdefault("subscription", parts[_DEPTH])
        arm = ArmCall(
            world=self._world,
            method=call.method,
            path=call.path.rstrip("/"),
            host=call.host,
            query=call.query,
            params=params,
            principal_id=claims.principal_id,
            client_id=claims.client_id,
            body=_json(raw, call.method),
            fault=call.fault,
            if_match=call.header("If-Match"),
        )
        remaining = self._take(arm, route.verb_class)
        try:
            for check in CHECKS:
                check(arm, route)
            answer = await self._exclusively(arm, route)
        except ArmError as error:
            answer = error.answer()
        answer.headers.update(_remaining(route.verb_class, remaining))
        return answer

    def _route(self, call: Call) -> tuple[Route, dict[str, str]]:
        found = self._router.find(call.method, call.path)
        if found is not None:
            return found
        methods = self._router.methods(call.path)
        if methods:
            raise gateway(
                405,
                "MethodNotAllowed",
                f"The requested resource does not support http method '{call.method}'.",
            )
        raise gateway(
            404,
            "InvalidResourceType",
            f"The resource type could not be found for the address '{call.path}': the mock cloud "
            "does not serve it.",
        )

    async def _exclusively(self, arm: ArmCall, route: Route) -> Answer:
        """Serve; a write that needs its resource alone refuses another one until its answer is out."""
        latency = self._world.settings.latency_seconds
        holding = route.exclusive.format(**arm.params).lower() if route.exclusive else None
        if holding is None:
            answer = self._answered(arm, route)
            await asyncio.sleep(latency)
            return answer
        if holding in self._world.held:
            raise ArmError(409, *_busy(holding))
        self._world.held.add(holding)
        try:
            answer = self._answered(arm, route)
            await asyncio.sleep(latency)
        finally:
            self._world.held.discard(holding)
        return answer

    @staticmethod
    def _answered(arm: ArmCall, route: Route) -> Answer:
        """The handler's answer, written out at once: what it shows may change before it is sent."""
        answer = route.handler(arm)
        if answer.body is not None and not isinstance(answer.body, bytes):
            answer.content_type = JSON
            answer.body = answer.encoded(arm.host)
        return answer

    def _left(self, scope: tuple[str, str], verb: VerbClass) -> int | None:
        """Take a token of this subscription and principal; how many are left."""
        return self._world.throttle.take(scope, verb, self._world.settings.rate_limit, self._world.now())

    def _take(self, arm: ArmCall, verb: VerbClass) -> int:
        remaining = self._left((arm.subscription, arm.principal_id), verb)
        if remaining is None:
            seconds = self._world.settings.retry_after_seconds
            raise ArmError(
                429,
                "SubscriptionRequestsThrottled",
                f"Number of '{verb[:-1]}' requests for subscription '{arm.subscription}' actor "
                f"'{arm.principal_id}' "
                f"exceeded. Please try again after '{seconds}' seconds after additional tokens are "
                "available. Refer "
                "to https://aka.ms/arm-throttling for additional information.",
                cause="gateway",
                headers={"Retry-After": str(seconds), "Connection": "close", **_remaining(verb, 0)},
            )
        return remaining

    def _stamped(self, call: Call, answer: Answer) -> Answer:
        request_id = str(uuid.uuid4())
        answer.headers.setdefault("Cache-Control", "no-cache")
        answer.headers.update(
            {
                "x-ms-request-id": request_id,
                "x-ms-correlation-request-id": call.header("x-ms-correlation-request-id") or request_id,
                "x-ms-routing-request-id": f"MOCKCLOUD:{timestamp(self._world.now())}:{request_id}",
            }
        )
        return answer


def _remaining(verb: VerbClass, remaining: int) -> dict[str, str]:
    return {
        f"x-ms-ratelimit-remaining-subscription-{verb}": str(remaining),
        f"x-ms-ratelimit-remaining-subscription-global-{verb}": str(remaining * 15),
    }


def _json(raw: bytes, method: str) -> Body:
    if not raw.strip():
        return {}
    try:
        said: Any = json.loads(raw)
    except ValueError as error:
        raise gateway(
            400,
            "InvalidRequestContent",
            f"The request content was invalid and could not be deserialized: '{error}'.",
        ) from error
    if not isinstance(said, dict):
        raise gateway(400, "InvalidRequestContent", "The request content is not a JSON object.")
    # The tags of a legal hold are a list.
    objects = _OBJECTS if method in {"PUT", "PATCH"} else _OBJECTS - {"tags"}
    for key in objects & said.keys():
        if said[key] is not None and not isinstance(said[key], dict):
            raise gateway(400, "InvalidRequestContent", f"The property '{key}' is not a JSON object.")
    return said


def _busy(holding: str) -> tuple[str, str]:
    if "/microsoft.storage/" in holding:
        return "StorageAccountOperationInProgress", SENTENCES["StorageAccountOperationInProgress"][0]
    return "Conflict", f"Another operation is in progress on '{holding}'."


def _operation(call: Call) -> str:
    """The address without its names, as throttling texts spell it."""
    above, marker, provider = call.path.upper().rpartition("/PROVIDERS/")
    kinds = above.split("/")[1::2]
    if marker:
        namespace, *types = provider.split("/")
        kinds += ["PROVIDERS", namespace, *types[::2]]
    return f"{call.method}/{'/'.join(kinds)}/"


def _seconds(call: Call, default: int) -> str:
    headers = {k.lower(): v for k, v in call.fault.headers.items()} if call.fault else {}
    return headers.get("retry-after", str(default))
