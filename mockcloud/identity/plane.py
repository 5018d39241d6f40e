"""The token endpoint: client secret, federated token, signed assertion; and a managed identity's endpoint.

Refusals carry Entra's numbers, since clients and people read them: 7000215 wrong secret, 700016 unknown
client, 90002 unknown tenant, 700024 an assertion out of its time, 500011 an unknown audience.
"""

from __future__ import annotations

import base64
import binascii
import re
import time
import urllib.parse
from typing import TYPE_CHECKING, Any, Final

import jwt
from cryptography import x509

from mockcloud.http import Answer
from mockcloud.identity.audiences import audience_of
from mockcloud.identity.refusals import RefusalError, refusal_body

if TYPE_CHECKING:
    from mockcloud.http import Call
    from mockcloud.principals import Principal
    from mockcloud.world import World

# A GUID, a domain, or one of three words. A name without `-` or `.` is an account's or a registry's.
_TENANT: Final = r"^/(?P<tenant>[^/]*[-.][^/]*|common|organizations|consumers)"
_TOKEN: Final = re.compile(_TENANT + r"/oauth2(?:/v2\.0)?/token$", re.IGNORECASE)
_DISCOVERY: Final = re.compile(_TENANT + r"(?:/v2\.0)?/\.well-known/openid-configuration$", re.IGNORECASE)
_KEYS: Final = re.compile(_TENANT + r"/discovery(?:/v2\.0)?/keys$", re.IGNORECASE)
_IMDS: Final = "/metadata/identity/oauth2/token"
_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_EXCHANGE: Final = "api://AzureADTokenExchange"


class IdentityPlane:
    """Entra for one tenant."""

    def __init__(self, world: World) -> None:
        self._world = world

    def claims(self, path: str) -> bool:
        return path == _IMDS or any(route.match(path) for route in (_TOKEN, _DISCOVERY, _KEYS))

    async def serve(self, call: Call) -> Answer:
        try:
            if call.path == _IMDS:
                return self._managed_identity(call)
            if (match := _TOKEN.match(call.path)) is not None:
                form = dict(urllib.parse.parse_qsl((await call.read()).decode()))
                self._tenant(match["tenant"])
                return self._token(call, form)
            if (match := _DISCOVERY.match(call.path)) is not None:
                self._tenant(match["tenant"])
                return Answer(body=self._discovery(call))
        except RefusalError as refusal:
            return Answer(refusal.status, refusal_body(refusal))
        return Answer(body={"keys": [self._world.issuer.public_jwk()]})

    def refuse(self, _call: Call, status: int, code: str, message: str | None) -> Answer:
        return Answer(
            status,
            refusal_body(RefusalError(status, code, 90033, message or "A transient error has occurred.")),
        )

    def _tenant(self, tenant: str) -> None:
        if tenant.lower() != self._world.tenant_id.lower():
            raise RefusalError(
                400,
                "invalid_request",
                90002,
                f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are "
                "signing into the correct cloud.",
            )

    def _token(self, call: Call, form: dict[str, str]) -> Answer:
        if call.method != "POST" or form.get("grant_type") != "client_credentials":
            raise RefusalError(
                400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type."
            )
        client_id, secret = _client(call, form)
        principal = self._world.principals.by_client(client_id)
        if principal is None:
            raise RefusalError(
                400,
                "unauthorized_client",
                700016,
                f"Application with identifier '{client_id}' was not found in the directory "
                f"'{self._world.tenant_id}'. This can happen if the application has not been "
                "installed by the "
                "administrator of the tenant or consented to by any user in the tenant.",
            )
        call.principal_id = principal.principal_id
        if form.get("client_assertion") is not None:
            _check_assertion(principal, form)
        elif principal.client_secret is None or secret != principal.client_secret:
            raise RefusalError(
                401,
                "invalid_client",
                7000215,
                "Invalid client secret provided. Ensure the secret being sent in the request is the client "
                f"secret value, not the client secret ID, for a secret added to app '{client_id}'.",
            )
        return self._issue(call, principal, audience_of(form.get("scope", ""), call.host))

    def _issue(self, call: Call, principal: Principal, audience: str) -> Answer:
        seconds = self._world.settings.token_seconds
        token = self._world.issuer.issue(principal, audience, seconds)
        call.principal_id = principal.principal_id
        return Answer(
            body={
                "token_type": "Bearer",
                "expires_in": seconds,
                "ext_expires_in": seconds,
                "access_token": token,
            },
            headers={"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"},
        )

    def _managed_identity(self, call: Call) -> Answer:
        if (call.header("Metadata") or "").lower() != "true":
            raise RefusalError(400, "invalid_request", 0, "Required metadata header not specified")
        wanted = call.query.get("client_id")
        known = [p for p in self._world.principals.all() if p.type == "ManagedIdentity"]
        found = [p for p in known if wanted is None or p.client_id.lower() == wanted.lower()]
        if len(found) != 1:
            raise RefusalError(400, "invalid_request", 0, "Identity not found")
        resource = call.query.get("resource", "")
        answer = self._issue(call, found[0], audience_of(resource.rstrip("/") + "/.default", call.host))
        seconds = self._world.settings.token_seconds
        answer.body |= {
            "expires_in": str(seconds),
            "expires_on": str(int(time.time()) + seconds),
            "resource": resource,
            "client_id": found[0].client_id,
        }
        return answer

    def _discovery(self, call: Call) -> dict[str, Any]:
        tenant = f"{call.base}/{self._world.tenant_id}"
        return {
            "token_endpoint": f"{tenant}/oauth2/v2.0/token",
            "authorization_endpoint": f"{tenant}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{tenant}/oauth2/v2.0/devicecode",
            "jwks_uri": f"{tenant}/discovery/v2.0/keys",
            "issuer": f"{tenant}/v2.0",
            "token_endpoint_auth_methods_supported": [
                "client_secret_post",
                "private_key_jwt",
                "client_secret_basic",
            ],
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "tenant_region_scope": "NA",
        }


def _client(call: Call, form: dict[str, str]) -> tuple[str, str | None]:
    """Client id and secret: from the body, or from the Authorization header."""
    header = call.header("Authorization") or ""
    if header.lower().startswith("basic "):
        try:
            user, _, password = base64.b64decode(header[6:]).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise RefusalError(
                401, "invalid_client", 7000218, "The Authorization header is malformed."
            ) from error
        return urllib.parse.unquote_plus(user), urllib.parse.unquote_plus(password)
    if not form.get("client_id"):
        raise RefusalError(
            400,
            "invalid_request",
            900144,
            "The request body must contain the following parameter: 'client_id'.",
        )
    if not form.get("client_secret") and not form.get("client_assertion"):
        raise RefusalError(
            401,
            "invalid_client",
            7000218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        )
    return form["client_id"], form.get("client_secret")


def _check_assertion(principal: Principal, form: dict[str, str]) -> None:
    """A federated token or one signed with the principal's certificate: well formed, in time, known."""
    if form.get("client_assertion_type") != _ASSERTION_TYPE:
        raise RefusalError(
            400, "invalid_request", 900144, "The request body must contain 'client_assertion_type'."
        )
    options: Any = {"verify_signature": False, "verify_aud": False, "verify_exp": True, "verify_nbf": True}
    try:
        said = jwt.decode(form["client_assertion"], options=options)
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError) as error:
        raise RefusalError(
            401, "invalid_client", 700024, "Client assertion is not within its valid time range."
        ) from error
    except jwt.PyJWTError as error:
        raise RefusalError(
            401, "invalid_client", 50027, f"JWT token is invalid or malformed: {error}."
        ) from error
    if str(said.get("iss", "")).lower() == principal.client_id.lower():
        _check_signature(principal, form["client_assertion"])
        return
    _check_federation(principal, said)


def _check_signature(principal: Principal, assertion: str) -> None:
    if principal.certificate is None:
        raise RefusalError(
            401,
            "invalid_client",
            700027,
            "The certificate with identifier used to sign the client assertion is not registered "
            "on application.",
        )
    key: Any = x509.load_pem_x509_certificate(principal.certificate.encode()).public_key()
    options: Any = {"verify_aud": False}
    try:
        jwt.decode(assertion, key, algorithms=["RS256", "PS256"], options=options)
    except jwt.PyJWTError as error:
        raise RefusalError(
            401, "invalid_client", 700027, f"Client assertion failed signature validation: {error}."
        ) from error


def _check_federation(principal: Principal, said: dict[str, Any]) -> None:
    audiences = said.get("aud", [])
    if _EXCHANGE not in ([audiences] if isinstance(audiences, str) else audiences):
        raise RefusalError(
            401,
            "invalid_client",
            700212,
            f"No matching federated identity record found for presented assertion audience '{audiences}'.",
        )
    known = principal.federated_credentials
    if known and not any(c.issuer == said.get("iss") and c.subject == said.get("sub") for c in known):
        raise RefusalError(
            401,
            "invalid_client",
            70021,
            "No matching federated identity record found for presented assertion. Assertion Issuer: "
            f"'{said.get('iss')}'. Assertion Subject: '{said.get('sub')}'.",
        )
