"""Whose right is used, and that no secret is ever told."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.manifests import a_registry
from support.scenes import read
from support.worlds import Twins

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.boundaries import Boundaries
from mlregistry_operator.domain.failures import Severity
from mlregistry_operator.domain.identity import (
    FederatedIdentity,
    IdentityGrant,
    OwnIdentity,
    SecretIdentity,
)
from mlregistry_operator.reconcile.identities import identity_from, identity_of
from mlregistry_operator.reconcile.world import World

KEY = ObjectKey("default", "azure")
GUID = "11111111-1111-4111-8111-111111111111"
WHOLE = {"AZURE_TENANT_ID": b"tenant", "AZURE_CLIENT_ID": b"client", "AZURE_CLIENT_SECRET": b"s3cr3t"}


def world(secret: dict[str, bytes] | None = None, *, readable: bool = True) -> World:
    """A world with that Secret, or with none."""
    twins = Twins(a_registry())
    if secret is not None or not readable:
        twins.cluster.secrets[KEY] = secret if readable else None
    return twins.world


async def test_without_credentials_it_is_the_operators_own() -> None:
    assert await identity_of(read(a_registry()), world()) == OwnIdentity()
    assert await identity_of(read(a_registry().in_azure(credentials={})), world()) == OwnIdentity()


async def test_a_federated_application_needs_no_secret() -> None:
    named = {"workloadIdentity": {"clientId": GUID, "tenantId": GUID}}

    assert await identity_of(read(a_registry().in_azure(credentials=named)), world()) == FederatedIdentity(
        tenant_id=GUID, client_id=GUID
    )


@pytest.mark.promise(16)
async def test_a_federated_application_is_used_by_whom_the_setting_lets_name_it_and_nobody_else() -> None:
    mine, others = GUID, GUID.replace("1", "2")
    grant = IdentityGrant(namespaces=frozenset({"default"}), client_ids=frozenset({mine}))
    bounded = replace(world(), boundaries=Boundaries(identities=(grant,)))

    def naming(client: str) -> MLRegistry:
        named = {"workloadIdentity": {"clientId": client, "tenantId": GUID}}
        return read(a_registry().in_azure(credentials=named))

    assert await identity_of(naming(mine), bounded) == FederatedIdentity(tenant_id=GUID, client_id=mine)
    with pytest.raises(CloudError) as refused:
        await identity_of(naming(others), bounded)
    assert refused.value.failure.reason is Reason.IDENTITY_NOT_ALLOWED
    assert others in refused.value.failure.sentence
    assert await identity_of(read(a_registry()), bounded) == OwnIdentity()


async def test_a_secret_is_read_from_the_registrys_own_namespace() -> None:
    found = await identity_of(read(a_registry().with_secret("azure")), world(WHOLE))

    assert found == SecretIdentity("tenant", "client", "s3cr3t", None)


def test_blanks_and_line_ends_around_a_value_do_not_count() -> None:
    data = {**WHOLE, "AZURE_CLIENT_SECRET": b" s3cr3t\n"}

    assert identity_from(data, KEY).client_secret == "s3cr3t"


def test_a_certificate_stands_in_for_a_secret() -> None:
    data = {
        "AZURE_TENANT_ID": b"tenant",
        "AZURE_CLIENT_ID": b"client",
        "AZURE_CLIENT_CERTIFICATE": b"-----BEGIN",
    }

    assert identity_from(data, KEY) == SecretIdentity("tenant", "client", None, "-----BEGIN")


@pytest.mark.parametrize(
    ("lost", "told", "because"),
    [
        ({"AZURE_TENANT_ID"}, "lacks AZURE_TENANT_ID: it has ", "a key is missing"),
        ({"AZURE_CLIENT_ID"}, "lacks AZURE_CLIENT_ID: it has ", "a key is missing"),
        ({"AZURE_CLIENT_SECRET"}, "AZURE_CLIENT_SECRET (or AZURE_CLIENT_CERTIFICATE)", "there are two ways"),
        (set(WHOLE), "AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET", "all that is missing is told"),
    ],
)
@pytest.mark.parametrize("empty", [False, True])
@pytest.mark.promise(13)
def test_what_a_secret_lacks_is_told(lost: set[str], told: str, because: str, *, empty: bool) -> None:
    data = {name: value for name, value in WHOLE.items() if name not in lost}
    data |= dict.fromkeys(lost, b" ") if empty else {}

    with pytest.raises(CloudError) as caught:
        identity_from(data, KEY)

    failure = caught.value.failure
    assert told in failure.sentence, because
    assert "default/azure" in failure.sentence
    assert (failure.reason, failure.severity) == (Reason.CREDENTIALS_UNAVAILABLE, Severity.SLOW_RETRY)


def test_what_a_secret_has_instead_is_told_by_its_keys() -> None:
    with pytest.raises(CloudError) as caught:
        identity_from({"clientId": b"x", "tenantId": b"y"}, KEY)
    assert "it has clientId, tenantId." in caught.value.failure.sentence

    with pytest.raises(CloudError) as empty:
        identity_from({}, KEY)
    assert "it has no keys." in empty.value.failure.sentence


FORMS = [
    (GUID, True, "the form of Azure's"),
    (GUID.upper(), True, "in upper case"),
    ("contoso.onmicrosoft.com", True, "a tenant's domain"),
    (f"{{{GUID}}}", False, "in braces"),
    (f"({GUID})", False, "in parentheses"),
    (f'"{GUID}"', False, "in quotes"),
    (GUID.replace("-", ""), False, "without hyphens"),
    (f"urn:uuid:{GUID}", False, "as a URN"),
]


@pytest.mark.promise(13)
@pytest.mark.parametrize(("spelt", "fits", "because"), FORMS, ids=[because for *_, because in FORMS])
@pytest.mark.parametrize("name", ["AZURE_TENANT_ID", "AZURE_CLIENT_ID"])
def test_a_guid_in_another_form_is_told_before_azure_is_asked(
    name: str, spelt: str, because: str, *, fits: bool
) -> None:
    data = {**WHOLE, name: spelt.encode()}
    if fits:
        assert spelt in repr(identity_from(data, KEY)), because
        return
    with pytest.raises(CloudError) as caught:
        identity_from(data, KEY)

    told = caught.value.failure.sentence
    assert f"{name} of Secret default/azure is no GUID in Azure's form" in told
    assert "without braces or quotes" in told


async def test_a_secret_that_is_missing_or_may_not_be_read_is_told_with_the_remedy() -> None:
    registry = read(a_registry().with_secret("azure"))
    with pytest.raises(CloudError) as missing:
        await identity_of(registry, world())
    with pytest.raises(CloudError) as forbidden:
        await identity_of(registry, world(readable=False))

    assert "default/azure does not exist" in missing.value.failure.sentence
    assert "AZURE_TENANT_ID" in missing.value.failure.remedy
    assert "may not read Secret default/azure" in forbidden.value.failure.sentence
    told = "Create a Role in default that lets the operator's ServiceAccount get secrets named azure"
    assert told in forbidden.value.failure.remedy


secrets = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40)


@given(secrets, secrets, st.sampled_from(sorted(WHOLE)))
@pytest.mark.promise(13)
def test_no_value_of_a_secret_is_ever_told(secret: str, certificate: str, lost: str) -> None:
    data = {
        **WHOLE,
        "AZURE_CLIENT_SECRET": f"hush-{secret}".encode(),
        "AZURE_CLIENT_CERTIFICATE": f"hush-{certificate}".encode(),
    }
    assert "hush-" not in repr(identity_from(data, KEY))
    assert "hush-" not in str(identity_from(data, KEY))
    if lost == "AZURE_CLIENT_SECRET":
        return
    with pytest.raises(CloudError) as caught:
        identity_from({name: value for name, value in data.items() if name != lost}, KEY)
    assert "hush-" not in f"{caught.value!r}{caught.value.failure!r}{caught.value}"


def test_bytes_that_are_no_text_are_no_crash() -> None:
    assert identity_from({**WHOLE, "AZURE_CLIENT_SECRET": b"\xff\xfe"}, KEY).client_id == "client"
