"""Signed addresses: genuine or not, in their time, for their blob, and no more than their letters."""

import datetime as dt
from typing import Any

import pytest
from azure.storage.blob import (
    AccountSasPermissions,
    BlobSasPermissions,
    ContainerSasPermissions,
    ResourceTypes,
    generate_account_sas,
    generate_blob_sas,
    generate_container_sas,
)
from support.blob_service import CONTAINER, EAST, WEST, read, refused

from mockcloud import defaults

HOUR = dt.timedelta(hours=1)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def account_key(blobs: Any) -> str:
    account = blobs.cloud.world.store.get(blobs.account_id(EAST))
    return str(account.hidden["keys"]["key2"]["value"])


@pytest.fixture
async def blob(blobs: Any) -> Any:
    blob = await blobs.blob("dir/a b")
    await blob.upload_blob(b"content")
    return blob


async def delegation(blobs: Any, service: Any = None, hours: float = 24) -> Any:
    who = service or await blobs.service()
    return await who.get_user_delegation_key(now() - HOUR / 12, now() + HOUR * hours)


@pytest.mark.parametrize("kind", ["service", "delegated"])
async def test_a_signed_address_needs_nothing_else(blobs: Any, blob: Any, kind: str) -> None:
    signer = (
        {"account_key": account_key(blobs)}
        if kind == "service"
        else {"user_delegation_key": await delegation(blobs)}
    )
    sas = generate_blob_sas(
        EAST,
        CONTAINER,
        blob.blob_name,
        permission=BlobSasPermissions(read=True),
        expiry=now() + HOUR,
        start=now() - HOUR,
        content_type="text/signed",
        **signer,
    )
    holder = await blobs.at(f"{blob.url}?{sas}")
    assert await read(holder) == b"content"
    assert (await holder.get_blob_properties()).content_settings.content_type == "text/signed"
    with refused("AuthorizationPermissionMismatch", 403):
        await holder.delete_blob()
    with refused("AuthorizationPermissionMismatch", 403):
        await holder.upload_blob(b"x", overwrite=True)
    elsewhere = await blobs.at(f"{blobs.cloud.url}/{EAST}/{CONTAINER}/other?{sas}")
    with refused("AuthenticationFailed", 403):
        await read(elsewhere)
    away = await blobs.at(f"{blobs.cloud.url}/{WEST}/{CONTAINER}/{blob.blob_name}?{sas}")
    with refused("AuthenticationFailed", 403):
        await read(away)


@pytest.mark.parametrize("kind", ["service", "delegated"])
async def test_a_container_s_signature_holds_for_all_that_is_in_it(blobs: Any, blob: Any, kind: str) -> None:
    signer = (
        {"account_key": account_key(blobs)}
        if kind == "service"
        else {"user_delegation_key": await delegation(blobs)}
    )
    letters = ContainerSasPermissions(read=True, list=True, write=True)
    sas = generate_container_sas(EAST, CONTAINER, permission=letters, expiry=now() + HOUR, **signer)
    service = await blobs.service(EAST, sas)
    container = service.get_container_client(CONTAINER)
    assert [found.name async for found in container.list_blobs()] == [blob.blob_name]
    await container.upload_blob("new", b"new")
    assert await read(container.get_blob_client("new")) == b"new"
    with refused("AuthorizationPermissionMismatch", 403):
        await container.delete_blob("new")
    with refused("AuthorizationPermissionMismatch", 403):
        await container.delete_container()


async def test_a_signature_that_may_only_create_replaces_nothing(blobs: Any, blob: Any) -> None:
    await (await blobs.at(await blobs.delegated(await blobs.blob("new"), "c"))).upload_blob(b"new")
    holder = await blobs.at(await blobs.delegated(blob, "c"))
    with refused("UnauthorizedBlobOverwrite", 403):
        await holder.upload_blob(b"x", overwrite=True)


async def test_an_account_s_signature_is_for_its_services_and_resource_types(blobs: Any, blob: Any) -> None:
    sas = generate_account_sas(
        EAST,
        account_key(blobs),
        ResourceTypes(object=True),
        AccountSasPermissions(read=True, list=True),
        now() + HOUR,
    )
    assert await read(await blobs.at(f"{blob.url}?{sas}")) == b"content"
    service = await blobs.service(EAST, sas)
    with refused("AuthorizationResourceTypeMismatch", 403):
        _ = [found async for found in service.get_container_client(CONTAINER).list_blobs()]


async def test_a_changed_signature_is_none(blobs: Any, blob: Any) -> None:
    address = await blobs.delegated(blob)
    for changed in (address.replace("sp=r", "sp=rw"), address.replace("sig=", "sig=A"), address + "x"):
        with refused("AuthenticationFailed", 403) as caught:
            await read(await blobs.at(changed))
        assert "Signature did not match" in str(caught.value.response.text())


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param(-2, -1, id="because it is over"),
        pytest.param(1, 2, id="because it is not yet"),
    ],
)
async def test_a_signature_out_of_its_time_says_when_it_was(
    blobs: Any, blob: Any, start: int, end: int
) -> None:
    key = await delegation(blobs)
    sas = generate_blob_sas(
        EAST,
        CONTAINER,
        blob.blob_name,
        user_delegation_key=key,
        permission=BlobSasPermissions(read=True),
        start=now() + start * HOUR,
        expiry=now() + end * HOUR,
    )
    with refused("AuthenticationFailed", 403) as caught:
        await read(await blobs.at(f"{blob.url}?{sas}"))
    assert "Signature not valid in the specified time frame" in caught.value.response.text()


async def test_a_signature_lasts_no_longer_than_the_key_that_made_it(blobs: Any, blob: Any) -> None:
    service = await blobs.service()
    key = await service.get_user_delegation_key(now() + HOUR, now() + HOUR * 2)
    sas = generate_blob_sas(
        EAST,
        CONTAINER,
        blob.blob_name,
        user_delegation_key=key,
        permission=BlobSasPermissions(read=True),
        expiry=now() + HOUR,
    )
    with refused("AuthenticationFailed", 403):
        await read(await blobs.at(f"{blob.url}?{sas}"))


async def test_what_is_delegated_is_no_more_than_the_delegator_may(blobs: Any, blob: Any) -> None:
    key = await delegation(blobs, await blobs.owner())
    sas = generate_blob_sas(
        EAST,
        CONTAINER,
        blob.blob_name,
        user_delegation_key=key,
        permission=BlobSasPermissions(read=True),
        expiry=now() + HOUR,
    )
    with refused("AuthorizationPermissionMismatch", 403):
        await read(await blobs.at(f"{blob.url}?{sas}"))


async def test_a_key_for_delegation_needs_a_role_and_lasts_seven_days_at_most(blobs: Any) -> None:
    key = await delegation(blobs)
    assert key.signed_oid == defaults.OPERATOR_PRINCIPAL_ID
    assert (key.signed_tid, key.signed_service) == (blobs.cloud.tenant_id, "b")
    with refused("InvalidXmlNodeValue", 400):
        await delegation(blobs, hours=24 * 8)
    blobs.mock.principals(
        [
            {**known, "roles": [{"role": "Reader", "scope": f"/subscriptions/{blobs.cloud.subscription_id}"}]}
            for known in blobs.mock.principals()
        ]
    )
    with refused("AuthorizationPermissionMismatch", 403):
        await delegation(blobs)


async def test_an_account_without_keys_takes_delegated_signatures_alone(blobs: Any, blob: Any) -> None:
    sas = generate_blob_sas(
        EAST,
        CONTAINER,
        blob.blob_name,
        account_key=account_key(blobs),
        permission=BlobSasPermissions(read=True),
        expiry=now() + HOUR,
    )
    blobs.set_account(EAST, allowSharedKeyAccess=False)
    with refused("KeyBasedAuthenticationNotPermitted", 403):
        await read(await blobs.at(f"{blob.url}?{sas}"))
    assert await read(await blobs.at(await blobs.delegated(blob))) == b"content"


async def test_a_directory_s_signature_holds_for_what_lies_below_it(blobs: Any, blob: Any) -> None:
    sas = generate_blob_sas(
        EAST,
        CONTAINER,
        "dir",
        is_directory=True,
        sdd=1,
        user_delegation_key=await delegation(blobs),
        permission=BlobSasPermissions(read=True),
        expiry=now() + HOUR,
    )
    assert await read(await blobs.at(f"{blob.url}?{sas}")) == b"content"
    await (await blobs.blob("beside")).upload_blob(b"content")
    with refused("AuthenticationFailed", 403):
        await read(await blobs.at(f"{blobs.cloud.url}/{EAST}/{CONTAINER}/beside?{sas}"))


async def test_a_signature_may_be_for_one_address_only(blobs: Any, blob: Any) -> None:
    for ip, genuine in (("127.0.0.1", True), ("127.0.0.0-127.0.0.9", True), ("10.0.0.1", False)):
        sas = generate_blob_sas(
            EAST,
            CONTAINER,
            blob.blob_name,
            ip=ip,
            account_key=account_key(blobs),
            permission=BlobSasPermissions(read=True),
            expiry=now() + HOUR,
        )
        holder = await blobs.at(f"{blob.url}?{sas}")
        if genuine:
            assert await read(holder) == b"content"
            continue
        with refused("AuthorizationSourceIPMismatch", 403):
            await read(holder)
