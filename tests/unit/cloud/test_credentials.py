"""From an identity to a credential, without a request."""

from collections.abc import AsyncIterator

import pytest
from azure.identity.aio import (
    ClientSecretCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)
from support.transports import ENDPOINTS

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.azure.credentials import credential_for
from mlregistry_operator.cloud.azure.subscriptions import AzureSubscriptions
from mlregistry_operator.cloud.azure.transport import Connections
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.identity import FederatedIdentity, Identity, OwnIdentity, SecretIdentity

WHO = {"AZURE_TENANT_ID": "tenant", "AZURE_CLIENT_ID": "client"}
SECRET = {"AZURE_CLIENT_SECRET": "s3cr3t"}
TOKEN = {"AZURE_FEDERATED_TOKEN_FILE": __file__}  # a file that is there


@pytest.fixture
async def connections() -> AsyncIterator[Connections]:
    found = Connections(ENDPOINTS)
    yield found
    await found.close()


@pytest.mark.parametrize(
    ("identity", "environment", "kind", "because"),
    [
        (SecretIdentity("t", "c", "s"), {}, ClientSecretCredential, "a Secret with a secret"),
        (FederatedIdentity("t", "c"), TOKEN, WorkloadIdentityCredential, "a federated application"),
        (OwnIdentity(), WHO | SECRET, ClientSecretCredential, "the environment has a secret"),
        (OwnIdentity(), WHO | TOKEN, WorkloadIdentityCredential, "it has a projected token"),
        (OwnIdentity(), WHO | TOKEN | SECRET, ClientSecretCredential, "the secret was given on purpose"),
        (OwnIdentity(), {}, ManagedIdentityCredential, "nothing is said: the machine's own"),
        (OwnIdentity(), SECRET, ManagedIdentityCredential, "a secret alone is nobody's"),
        (OwnIdentity(), WHO, ManagedIdentityCredential, "a name alone proves nothing"),
    ],
)
async def test_each_identity_has_its_credential(
    identity: Identity, environment: dict[str, str], kind: type, because: str, connections: Connections
) -> None:
    credential = credential_for(identity, ENDPOINTS, environment, connections)

    assert type(credential) is kind, because
    await credential.close()


@pytest.mark.promise(13)
@pytest.mark.parametrize("environment", [{}, {"AZURE_FEDERATED_TOKEN_FILE": "/not/there"}])
async def test_a_federated_identity_without_a_token_is_told(
    environment: dict[str, str], connections: Connections
) -> None:
    with pytest.raises(CloudError) as caught:
        credential_for(FederatedIdentity("t", "c"), ENDPOINTS, environment, connections)

    assert caught.value.failure.reason is Reason.CREDENTIALS_UNAVAILABLE
    assert "AZURE_FEDERATED_TOKEN_FILE" in caught.value.failure.sentence


@pytest.mark.parametrize(
    ("identity", "because"),
    [
        (SecretIdentity("not a tenant!", "c", "s3cr3t"), "a tenant that is none"),
        (SecretIdentity("t", "c", None, "s3cr3t"), "a certificate that is none"),
        (
            SecretIdentity("t", "c", None, "-----BEGIN CERTIFICATE-----\ns3cr3t\n-----END CERTIFICATE-----"),
            "damaged",
        ),
        (SecretIdentity("t", "c", None, None), "neither secret nor certificate"),
    ],
)
@pytest.mark.promise(13)
async def test_what_is_malformed_is_told_without_its_value(
    identity: SecretIdentity, because: str, connections: Connections
) -> None:
    with pytest.raises(CloudError) as caught:
        credential_for(identity, ENDPOINTS, {}, connections)

    assert caught.value.failure.reason is Reason.CREDENTIALS_UNAVAILABLE, because
    assert "s3cr3t" not in f"{caught.value.failure!r}{caught.value}"


async def test_one_identity_opens_one_subscription_and_a_rotated_secret_another() -> None:
    clouds = AzureSubscriptions(ENDPOINTS, {})
    one = await clouds.open(SecretIdentity("t", "c", "old"), "s")

    assert await clouds.open(SecretIdentity("t", "c", "old"), "s") is one
    assert await clouds.open(SecretIdentity("t", "c", "new"), "s") is not one
    assert await clouds.open(SecretIdentity("t", "c", "old"), "other") is not one
    assert "old" not in repr(clouds.__dict__)
    await clouds.close()
