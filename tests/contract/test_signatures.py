"""Signed addresses, by a key and by a delegation: genuine, in their time, and no more than their letters."""

import base64
from typing import Any

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.blob import ContainerSasPermissions, generate_container_sas
from support.blob_contract import EAST, HOUR, Contract, content, now, outcome

from hack.azurite import differences
from mockcloud import defaults


@pytest.fixture(params=["account key", "user delegation key"])
async def signer(request: pytest.FixtureRequest, contract: Contract) -> dict[str, Any]:
    """Who signs."""
    if request.param == "account key":
        return {}
    return {"user_delegation_key": await contract.delegation()}


@pytest.fixture
async def blob(contract: Contract) -> Any:
    await contract.blob("dir/a b").upload_blob(b"content")
    return contract.blob("dir/a b")


async def test_a_signed_address_needs_nothing_else(contract: Contract, blob: Any, signer: Any) -> None:
    reader = contract.open(contract.signed(blob, **signer))
    assert await content(reader) == b"content"
    assert (await reader.get_blob_properties()).size == 7


async def test_a_signature_allows_no_more_than_its_letters(
    contract: Contract, blob: Any, signer: Any
) -> None:
    reader, writer = (contract.open(contract.signed(blob, letter, **signer)) for letter in "rw")
    mismatch = "403 AuthorizationPermissionMismatch"
    assert await outcome(reader.upload_blob(b"x", overwrite=True)) == mismatch
    assert await outcome(reader.stage_block("YWE=", b"x")) == mismatch
    assert await outcome(reader.set_blob_metadata({"a": "b"})) == mismatch
    assert await outcome(reader.delete_blob()) == mismatch
    assert await outcome(writer.download_blob()) == mismatch
    assert await outcome(writer.upload_blob(b"x", overwrite=True)) == "done"


@pytest.mark.parametrize(
    ("start", "end"),
    [pytest.param(-2, -1, id="because it is over"), pytest.param(1, 2, id="because it is not yet")],
)
async def test_a_signature_counts_in_its_time(
    contract: Contract, blob: Any, signer: Any, start: int, end: int
) -> None:
    times = {"start": now() + start * HOUR, "expiry": now() + end * HOUR}
    reader = contract.open(contract.signed(blob, **times, **signer))
    assert await outcome(reader.download_blob()) == contract.says(differences.BAD_SIGNATURE)


async def test_a_changed_signature_is_none(contract: Contract, blob: Any, signer: Any) -> None:
    address = contract.signed(blob, **signer)
    for changed in (address.replace("sp=r", "sp=rw"), address.replace("sig=", "sig=A"), address + "x"):
        assert await outcome(contract.open(changed).download_blob()) == contract.says(
            differences.BAD_SIGNATURE
        )


async def test_a_signature_is_for_its_blob(contract: Contract, blob: Any, signer: Any) -> None:
    await contract.blob("other").upload_blob(b"x")
    query = contract.signed(blob, **signer).partition("?")[2]
    other = contract.open(f"{contract.blob('other').url}?{query}")
    assert await outcome(other.download_blob()) == contract.says(differences.BAD_SIGNATURE)


async def test_a_container_s_signature_holds_for_all_that_is_in_it(
    contract: Contract, blob: Any, signer: Any
) -> None:
    who = signer or {"account_key": contract.place.keys[EAST]}
    letters = ContainerSasPermissions(read=True, list=True)
    sas = generate_container_sas(EAST, contract.container, permission=letters, expiry=now() + HOUR, **who)
    container = contract.service(EAST, sas).get_container_client(contract.container)
    assert [found.name async for found in container.list_blobs()] == ["dir/a b"]
    assert await content(container.get_blob_client("dir/a b")) == b"content"
    assert await outcome(container.delete_blob("dir/a b")) == "403 AuthorizationPermissionMismatch"


async def test_who_may_create_replaces_nothing(contract: Contract, blob: Any, signer: Any) -> None:
    creator = contract.open(contract.signed(blob, "c", **signer))
    replaced = creator.upload_blob(b"x", overwrite=True)
    assert await outcome(replaced) == contract.says(differences.ONLY_CREATE)
    fresh = contract.open(contract.signed(contract.blob("new"), "c", **signer))
    assert await outcome(fresh.upload_blob(b"x")) == "done"


async def test_a_key_for_delegation_names_who_asked_for_it(contract: Contract) -> None:
    key = await contract.delegation()
    assert (key.signed_oid, key.signed_tid) == (defaults.OPERATOR_PRINCIPAL_ID, defaults.TENANT_ID)
    assert (key.signed_service, bool(key.value)) == ("b", True)


async def test_nobody_in_particular_is_let_in(contract: Contract, blob: Any) -> None:
    assert await outcome(contract.open(blob.url).download_blob()) == contract.says(differences.NOBODY)


async def test_another_key_lets_nobody_in(contract: Contract, blob: Any) -> None:
    other = AzureNamedKeyCredential(EAST, base64.b64encode(bytes(64)).decode())
    read = contract.service(EAST, other).get_blob_client(contract.container, blob.blob_name).download_blob()
    assert await outcome(read) == contract.says(differences.WRONG_KEY)


async def test_a_key_for_delegation_is_had_by_token_alone_and_for_seven_days(contract: Contract) -> None:
    by_key = contract.service().get_user_delegation_key(now(), now() + HOUR)
    assert await outcome(by_key) == "403 AuthenticationFailed"
    long = contract.by_token().get_user_delegation_key(now(), now() + 8 * 24 * HOUR)
    assert await outcome(long) == contract.says(differences.LONG_DELEGATION)


async def test_a_signature_counts_no_earlier_than_the_key_that_made_it(contract: Contract, blob: Any) -> None:
    key = await contract.by_token().get_user_delegation_key(now() + HOUR, now() + 2 * HOUR)
    reader = contract.open(contract.signed(blob, user_delegation_key=key))
    assert await outcome(reader.download_blob()) == contract.says(differences.BAD_SIGNATURE)
