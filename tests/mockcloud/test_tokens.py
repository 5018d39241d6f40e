"""The token endpoint, asked by the real credentials."""

import base64
import datetime as dt
import http.client
import json
import ssl
import time
import urllib.parse
from pathlib import Path
from typing import Any

import jwt
import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.identity.aio import CertificateCredential, WorkloadIdentityCredential
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from mockcloud import defaults


def case(*values: Any, because: str) -> Any:
    """A row of a table, named after its reason."""
    return pytest.param(*values, id=because)


def ask(
    cloud: Any, path: str, form: dict[str, str] | None = None, headers: dict[str, str] | None = None
) -> Any:
    """A raw request to the directory: status and body."""
    context = ssl.create_default_context(cafile=str(cloud.ca_file))
    url = urllib.parse.urlsplit(cloud.url)
    connection = http.client.HTTPSConnection(url.hostname or "", url.port, context=context, timeout=10)
    try:
        body = urllib.parse.urlencode(form) if form is not None else None
        sent = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
        connection.request("POST" if form is not None else "GET", path, body, sent | (headers or {}))
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


async def test_a_client_secret_gets_a_token_that_the_control_plane_takes(owner: Any) -> None:
    keys = [account async for account in owner.storage.storage_accounts.list()]
    assert keys == []


def test_the_secret_may_also_come_in_the_authorization_header(cloud: Any) -> None:
    form = {"grant_type": "client_credentials", "scope": f"{cloud.url}/.default"}
    pair = f"{defaults.OWNER_CLIENT_ID}:{defaults.OWNER_CLIENT_SECRET}".encode()
    basic = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    status, body = ask(cloud, f"/{cloud.tenant_id}/oauth2/v2.0/token", form, basic)
    assert (status, body["token_type"], body["expires_in"]) == (200, "Bearer", 3600)
    said = jwt.decode(body["access_token"], options={"verify_signature": False})
    assert said["aud"] == cloud.url
    assert said["oid"] == defaults.OWNER_PRINCIPAL_ID


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        case({"secret": "wrong"}, "AADSTS7000215", because="the secret is wrong"),
        case(
            {"client_id": "99999999-9999-4999-8999-999999999999"},
            "AADSTS700016",
            because="nobody has this client id",
        ),
        case(
            {"tenant": "99999999-9999-4999-8999-999999999999"},
            "AADSTS90002",
            because="there is no such tenant",
        ),
    ],
)
async def test_a_wrong_identity_is_refused_with_entras_own_number(
    azure: Any, changes: dict[str, str], number: str
) -> None:
    caller = await azure.caller(**changes)
    with pytest.raises(ClientAuthenticationError, match=number):
        await caller.storage.storage_accounts.check_name_availability({"name": "abc", "type": "x"})


def test_an_audience_that_the_tenant_does_not_know_is_refused(cloud: Any) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": defaults.OWNER_CLIENT_ID,
        "client_secret": defaults.OWNER_CLIENT_SECRET,
        "scope": "https://elsewhere.example/.default",
    }
    status, body = ask(cloud, f"/{cloud.tenant_id}/oauth2/v2.0/token", form)
    assert (status, body["error"], body["error_codes"]) == (400, "invalid_resource", [500011])


async def test_a_token_for_another_audience_is_refused_by_the_control_plane(azure: Any, owner: Any) -> None:
    token = await owner.credential.get_token("https://storage.azure.com/.default")
    status, body = ask(
        azure.cloud,
        f"{azure.group_id}?api-version=2022-09-01",
        headers={"Authorization": f"Bearer {token.token}"},
    )
    assert (status, body["error"]["code"]) == (401, "InvalidAuthenticationTokenAudience")


async def test_a_token_ends_when_its_time_is_over(azure: Any) -> None:
    azure.mock.settings(tokenSeconds=1)
    caller = await azure.caller()
    token = await caller.credential.get_token(f"{azure.cloud.url}/.default")
    deadline = time.monotonic() + 10
    while True:
        status, body = ask(
            azure.cloud,
            f"{azure.group_id}?api-version=2022-09-01",
            headers={"Authorization": f"Bearer {token.token}"},
        )
        if status == 401 or time.monotonic() > deadline:
            break
    assert (status, body["error"]["code"]) == (401, "ExpiredAuthenticationToken")


def test_a_request_without_a_token_is_told_where_to_get_one(cloud: Any) -> None:
    context = ssl.create_default_context(cafile=str(cloud.ca_file))
    url = urllib.parse.urlsplit(cloud.url)
    connection = http.client.HTTPSConnection(url.hostname or "", url.port, context=context, timeout=10)
    connection.request("GET", f"/subscriptions/{cloud.subscription_id}?api-version=2022-12-01")
    response = connection.getresponse()
    response.read()
    connection.close()
    assert response.status == 401
    assert f'authorization_uri="{cloud.url}/{cloud.tenant_id}"' in (
        response.getheader("WWW-Authenticate") or ""
    )


async def test_a_federated_token_is_taken_while_it_is_in_time(azure: Any, tmp_path: Path) -> None:
    file = tmp_path / "token"
    credential = WorkloadIdentityCredential(
        tenant_id=azure.cloud.tenant_id,
        client_id=defaults.OPERATOR_CLIENT_ID,
        token_file_path=str(file),
        authority=azure.cloud.url,
        disable_instance_discovery=True,
        connection_verify=str(azure.cloud.ca_file),
        retry_total=0,
    )
    scope = f"{azure.cloud.url}/.default"
    claims = {
        "iss": "https://cluster.example",
        "sub": "system:serviceaccount:ns:operator",
        "aud": "api://AzureADTokenExchange",
    }
    async with credential:
        _write_token(file, claims, seconds=600)
        token = await credential.get_token(scope)
        said = jwt.decode(token.token, options={"verify_signature": False})
        assert said["oid"] == defaults.OPERATOR_PRINCIPAL_ID

    _write_token(file, claims, seconds=-600)
    status, body = ask(
        azure.cloud, f"/{azure.cloud.tenant_id}/oauth2/v2.0/token", _assertion(scope, file.read_text())
    )
    assert (status, body["error"], body["error_codes"]) == (401, "invalid_client", [700024])


def test_a_federated_token_of_a_stranger_is_refused_where_the_principal_names_its_own(cloud: Any) -> None:
    known = cloud.client.principals()
    for principal in known:
        principal["federatedCredentials"] = [{"issuer": "https://cluster.example", "subject": "ours"}]
    cloud.client.principals(known)
    claims = {"iss": "https://cluster.example", "sub": "theirs", "aud": "api://AzureADTokenExchange"}
    token = jwt.encode({**claims, "exp": time.time() + 60}, "k" * 32)
    status, body = ask(
        cloud, f"/{cloud.tenant_id}/oauth2/v2.0/token", _assertion(f"{cloud.url}/.default", token)
    )
    assert (status, body["error_codes"]) == (401, [70021])


async def test_a_certificate_is_taken_once_it_is_registered_on_the_principal(azure: Any) -> None:
    pem, certificate = _certificate()
    credential = CertificateCredential(
        azure.cloud.tenant_id,
        defaults.OPERATOR_CLIENT_ID,
        certificate_data=pem,
        authority=azure.cloud.url,
        disable_instance_discovery=True,
        connection_verify=str(azure.cloud.ca_file),
        retry_total=0,
    )
    scope = f"{azure.cloud.url}/.default"
    async with credential:
        with pytest.raises(ClientAuthenticationError, match="AADSTS700027"):
            await credential.get_token(scope)
        known = azure.mock.principals()
        for principal in known:
            principal["certificate"] = certificate
        azure.mock.principals(known)
        assert (await credential.get_token(scope)).token


def test_a_managed_identity_gets_its_token_from_the_metadata_endpoint(cloud: Any) -> None:
    identity = {"principalId": defaults.OPERATOR_PRINCIPAL_ID, "clientId": "c0", "type": "ManagedIdentity"}
    cloud.client.principals([identity])
    resource = urllib.parse.quote(cloud.url, safe="")
    path = f"/metadata/identity/oauth2/token?api-version=2018-02-01&resource={resource}"
    status, body = ask(cloud, path, headers={"Metadata": "true"})
    assert (status, body["client_id"]) == (200, "c0")
    status, _ = ask(cloud, path)
    assert status == 400, "a request without the Metadata header was not made on purpose"


def test_the_tenants_endpoints_are_published(cloud: Any) -> None:
    status, body = ask(cloud, f"/{cloud.tenant_id}/v2.0/.well-known/openid-configuration")
    assert status == 200
    assert body["token_endpoint"] == f"{cloud.url}/{cloud.tenant_id}/oauth2/v2.0/token"
    status, keys = ask(cloud, body["jwks_uri"].removeprefix(cloud.url))
    assert (status, keys["keys"][0]["kty"]) == (200, "EC")


async def test_a_secret_that_was_changed_no_longer_opens(azure: Any) -> None:
    known = azure.mock.principals()
    for principal in known:
        principal["clientSecret"] = "rotated"
    azure.mock.principals(known)
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        await (await azure.caller()).arm("GET", azure.group_id)
    assert (await (await azure.caller(secret="rotated")).arm("GET", azure.group_id)).status_code == 200


async def test_a_fault_on_the_token_endpoint_speaks_oauth(azure: Any) -> None:
    azure.mock.fault(pathRegex="oauth2/v2.0/token", status=503, errorCode="temporarily_unavailable")
    with pytest.raises((ClientAuthenticationError, HttpResponseError), match="temporarily_unavailable"):
        await (await azure.caller()).arm("GET", azure.group_id)


def _assertion(scope: str, token: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_id": defaults.OPERATOR_CLIENT_ID,
        "client_assertion": token,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "scope": scope,
    }


def _write_token(file: Path, claims: dict[str, str], *, seconds: int) -> None:
    file.write_text(jwt.encode({**claims, "exp": time.time() + seconds}, "k" * 32))


def _certificate() -> tuple[bytes, str]:
    """A key with its own certificate: both as one PEM, and the certificate alone."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "operator")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + public, public.decode()
