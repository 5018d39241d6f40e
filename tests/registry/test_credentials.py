"""Whose right a registry uses, what is said when it cannot be used, and that no secret is ever told."""

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from support.clouds import MockCloud
from support.clusters import Cluster, condition
from support.credentials import NAME, Credentials
from support.manifests import Manifest, RegistryBuilder, a_registry
from support.watches import History

from hack.world.operators import OperatorProcess
from hack.world.places import NAMESPACE, SERVICE_ACCOUNT
from mockcloud import defaults

WRONG_SECRET = "a-wrong-secret-that-nobody-may-read"


@pytest.fixture
def credentials(cluster: Cluster) -> Credentials:
    """A Secret that is not stored yet, in a namespace of its own."""
    return Credentials(cluster.namespace("team"))


@pytest.fixture
def registry(credentials: Credentials) -> RegistryBuilder:
    return a_registry().in_namespace(credentials.namespace).with_secret(NAME)


def callers(cloud: MockCloud) -> set[str]:
    return {entry["principalId"] for entry in cloud.arm_requests()}


def unavailable(cluster: Cluster, registry: RegistryBuilder, *words: str) -> Manifest:
    """Wait until the registry says that its credentials cannot be used, in these words."""

    def tells(seen: Manifest) -> bool:
        stalled = condition(seen, "Stalled")
        return stalled.get("reason") == "CredentialsUnavailable" and all(
            word in stalled["message"] for word in words
        )

    return cluster.wait(registry, tells, because=f"the message says {', '.join(words)}")


@pytest.mark.usefixtures("operator")
def test_a_registry_uses_the_identity_of_its_secret_alone(
    cluster: Cluster, cloud: MockCloud, credentials: Credentials, registry: RegistryBuilder
) -> None:
    credentials.store(cluster)
    credentials.allow(cluster)

    cluster.apply(registry)
    cluster.ready(registry)

    assert callers(cloud) == {defaults.OWNER_PRINCIPAL_ID}


@pytest.mark.promise(13)
@pytest.mark.usefixtures("operator")
def test_a_secret_that_comes_later_piece_by_piece_needs_no_other_hand(
    cluster: Cluster, cloud: MockCloud, credentials: Credentials, registry: RegistryBuilder
) -> None:
    """Unreadable, missing, incomplete, complete: each is told in its own words, and nothing is half made."""
    with cloud.silence(because="without an identity nothing is asked of Azure"):
        cluster.apply(registry)
        unavailable(cluster, registry, f"{credentials.namespace}/{NAME}", "Create a Role")

        credentials.allow(cluster)
        unavailable(cluster, registry, "does not exist", "AZURE_CLIENT_SECRET")

        credentials.but(AZURE_CLIENT_SECRET=None, AZURE_TENANT_ID=None).store(cluster)
        unavailable(cluster, registry, "lacks", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID")

        credentials.but(AZURE_TENANT_ID="not a tenant").store(cluster)
        unavailable(cluster, registry, "tenant")

    credentials.store(cluster)
    cluster.ready(registry)


@pytest.mark.promise(13)
@pytest.mark.usefixtures("operator")
def test_a_wrong_client_secret_is_told_in_entras_words_and_mended_by_the_right_one(
    cluster: Cluster, cloud: MockCloud, credentials: Credentials, registry: RegistryBuilder
) -> None:
    credentials.but(AZURE_CLIENT_SECRET=WRONG_SECRET).store(cluster)
    credentials.allow(cluster)
    cluster.apply(registry)

    stalled = cluster.wait(
        registry, lambda seen: condition(seen, "Stalled"), because="a wrong secret needs a person"
    )
    assert condition(stalled, "Stalled")["reason"] == "AuthenticationFailed"
    message = condition(stalled, "Stalled")["message"]
    assert "AADSTS7000215" in message
    assert "Check tenant, client id and secret" in message
    assert cloud.arm_requests() == []

    credentials.store(cluster)
    cluster.ready(registry)


@pytest.mark.usefixtures("operator")
def test_a_secret_that_is_rotated_is_used_at_the_next_look(
    cluster: Cluster, cloud: MockCloud, credentials: Credentials, registry: RegistryBuilder
) -> None:
    credentials.store(cluster)
    credentials.allow(cluster)
    cluster.apply(registry)
    cluster.ready(registry)

    people = cloud.principals()
    for person in people:
        if person["clientId"] == defaults.OWNER_CLIENT_ID:
            person["clientSecret"] = "rotated"
    cloud.principals(people)
    credentials.but(AZURE_CLIENT_SECRET="rotated").store(cluster)
    before = cloud.last_request()

    cluster.look_now(registry)

    assert any(entry["path"].endswith("/token") for entry in cloud.requests(before))
    assert {entry["status"] for entry in cloud.requests(before)} == {200}


@pytest.mark.usefixtures("operator")
def test_a_certificate_serves_as_well_as_a_secret(
    cluster: Cluster, cloud: MockCloud, credentials: Credentials, registry: RegistryBuilder
) -> None:
    certificate, key = self_signed()
    people = cloud.principals()
    for person in people:
        if person["clientId"] == defaults.OWNER_CLIENT_ID:
            person |= {"certificate": certificate, "clientSecret": None}
    cloud.principals(people)
    credentials.but(AZURE_CLIENT_SECRET=None, AZURE_CLIENT_CERTIFICATE="no PEM").store(cluster)
    credentials.allow(cluster)
    cluster.apply(registry)
    unavailable(cluster, registry, "No Azure identity")

    credentials.but(AZURE_CLIENT_SECRET=None, AZURE_CLIENT_CERTIFICATE=key + certificate).store(cluster)
    cluster.ready(registry)

    assert callers(cloud) == {defaults.OWNER_PRINCIPAL_ID}


def self_signed() -> tuple[str, str]:
    """A certificate and its key, both PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "registry")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


def test_workload_identity_exchanges_the_service_accounts_token(
    cluster: Cluster, cloud: MockCloud, idle_operator: OperatorProcess, tmp_path: Path
) -> None:
    registry = a_registry().in_azure(
        credentials={
            "workloadIdentity": {"clientId": defaults.OWNER_CLIENT_ID, "tenantId": defaults.TENANT_ID}
        }
    )
    idle_operator.start()
    cluster.apply(registry)
    unavailable(cluster, registry, "AZURE_FEDERATED_TOKEN_FILE")
    assert cloud.arm_requests() == []

    token = tmp_path / "token"
    audience = "--audience=api://AzureADTokenExchange"
    token.write_text(
        cluster.kubectl("create", "token", SERVICE_ACCOUNT, f"--namespace={NAMESPACE}", audience).strip()
    )
    idle_operator.settings["AZURE_FEDERATED_TOKEN_FILE"] = str(token)
    idle_operator.restart()
    cluster.ready(registry)

    assert callers(cloud) == {defaults.OWNER_PRINCIPAL_ID}


@dataclass(frozen=True, slots=True)
class Leak:
    """A way in which a secret could be told, and what is looked for afterwards."""

    data: dict[str, str]
    secret: str
    because: str


LEAKS = [
    Leak(
        {"AZURE_CLIENT_SECRET": WRONG_SECRET},
        WRONG_SECRET,
        because="a refusal must not repeat what was refused",
    ),
    Leak(
        {"AZURE_TENANT_ID": "no/tenant", "AZURE_CLIENT_SECRET": WRONG_SECRET},
        WRONG_SECRET,
        because="an error about one key must not print the others",
    ),
    Leak(
        {"AZURE_CLIENT_SECRET": "", "AZURE_CLIENT_CERTIFICATE": f"-----BEGIN {WRONG_SECRET}"},
        WRONG_SECRET,
        because="a certificate that cannot be read holds a key",
    ),
    Leak({}, defaults.OWNER_CLIENT_SECRET, because="a secret that works is told nowhere either"),
]


@pytest.mark.promise(13)
@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.because)
def test_no_secret_is_told_in_a_condition_an_event_or_a_log(
    cluster: Cluster,
    credentials: Credentials,
    registry: RegistryBuilder,
    idle_operator: OperatorProcess,
    history: History,
    *,
    leak: Leak,
) -> None:
    idle_operator.settings["MLREGISTRY_LOG__LEVEL"] = "DEBUG"
    idle_operator.start()
    credentials.but(**leak.data).store(cluster)
    credentials.allow(cluster)
    cluster.apply(registry)
    cluster.wait(
        registry,
        lambda seen: condition(seen, "Stalled") or condition(seen, "Ready").get("status") == "True",
        because=leak.because,
    )

    said = json.dumps([history.versions(registry), cluster.events(credentials.namespace)])
    assert leak.secret not in said
    log = idle_operator.log.read_text("utf-8")
    assert '"level": "debug"' in log
    assert leak.secret not in log
    assert "Bearer ey" not in log
