"""From an identity to a credential of azure-identity.

The operator's own identity is told by the environment, as Azure's tools do it: a client secret, a federated
token (workload identity), else the managed identity of the machine. No developer credentials: an operator
that silently uses somebody's login is a surprise.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from azure.core.credentials_async import AsyncTokenCredential
from azure.identity.aio import (
    CertificateCredential,
    ClientSecretCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)

from mlregistry_operator.cloud.azure.endpoints import Endpoints
from mlregistry_operator.cloud.azure.errors import no_credentials
from mlregistry_operator.cloud.azure.transport import Connections
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.identity import FederatedIdentity, Identity, OwnIdentity, SecretIdentity

_TOKEN_FILE = "AZURE_FEDERATED_TOKEN_FILE"  # noqa: S105 - the name of a variable


def credential_for(
    identity: Identity, endpoints: Endpoints, environment: Mapping[str, str], connections: Connections
) -> AsyncTokenCredential:
    """A credential that has not been used yet.

    Raises:
        CloudError: the identity cannot work here, for example without a federated token.
    """
    options: dict[str, Any] = {
        "authority": endpoints.authority_host,
        "disable_instance_discovery": not endpoints.instance_discovery,
        "transport": connections.transport(),
        "retry_total": 0,
    }
    match identity:
        case SecretIdentity(tenant_id, client_id, secret, certificate):
            return _from_secret(tenant_id, client_id, secret, certificate, options)
        case FederatedIdentity(tenant_id, client_id):
            return _federated(tenant_id, client_id, environment, options)
        case OwnIdentity():
            return _own(environment, options)


def _from_secret(
    tenant_id: str, client_id: str, secret: str | None, certificate: str | None, options: dict[str, Any]
) -> AsyncTokenCredential:
    try:
        if secret is not None:
            return ClientSecretCredential(tenant_id, client_id, secret, **options)
        return CertificateCredential(
            tenant_id, client_id, certificate_data=(certificate or "").encode(), **options
        )
    except Exception as error:  # a malformed tenant or certificate, or a key of a sort that nobody knows
        raise CloudError(no_credentials(ArmId(""), str(error))) from error


def _federated(
    tenant_id: str, client_id: str, environment: Mapping[str, str], options: dict[str, Any]
) -> AsyncTokenCredential:
    token_file = environment.get(_TOKEN_FILE)
    if not token_file or not Path(token_file).is_file():
        missing = (
            f"{token_file}, the file of {_TOKEN_FILE}, is not there"
            if token_file
            else f"{_TOKEN_FILE} is not set"
        )
        why = f"workload identity needs a projected ServiceAccount token, and {missing}"
        raise CloudError(no_credentials(ArmId(""), why))
    return WorkloadIdentityCredential(
        tenant_id=tenant_id, client_id=client_id, token_file_path=token_file, **options
    )


def identity_lacking(environment: Mapping[str, str]) -> str | None:
    """What is said at start where nothing in the environment names an identity; None where something does."""
    named = environment.get("AZURE_TENANT_ID") and environment.get("AZURE_CLIENT_ID")
    if named and (environment.get("AZURE_CLIENT_SECRET") or environment.get(_TOKEN_FILE)):
        return None
    return (
        "the operator has no Azure identity of its own, but perhaps a managed identity of this machine:"
        " registries that name no credentials may not get further; set up workload identity, or set"
        " AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"
    )


def _own(environment: Mapping[str, str], options: dict[str, Any]) -> AsyncTokenCredential:
    tenant_id, client_id = environment.get("AZURE_TENANT_ID", ""), environment.get("AZURE_CLIENT_ID", "")
    secret = environment.get("AZURE_CLIENT_SECRET")
    if tenant_id and client_id and secret:
        return _from_secret(tenant_id, client_id, secret, None, options)
    if tenant_id and client_id and environment.get(_TOKEN_FILE):
        return _federated(tenant_id, client_id, environment, options)
    return ManagedIdentityCredential(client_id=client_id or None, connection_timeout=10, retry_total=0)
