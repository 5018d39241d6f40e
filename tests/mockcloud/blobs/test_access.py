"""Who may read and write blobs: data roles, keys, nobody; and what a refusal says."""

import uuid
from typing import Any

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.blob.aio import BlobServiceClient
from support.blob_service import CONTAINER, EAST, WEST, read, refused
from support.waiting import until

from mockcloud import defaults
from mockcloud.authorization import ROLES

CLIENT, SECRET, PRINCIPAL = str(uuid.uuid4()), "s", str(uuid.uuid4())
READER, CONTRIBUTOR = "Storage Blob Data Reader", "Storage Blob Data Contributor"


@pytest.fixture
async def guest(blobs: Any) -> Any:
    """A principal without any role, and a client of his in the east, where the blob `a` lies."""
    known = blobs.mock.principals()
    mine = {"principalId": PRINCIPAL, "clientId": CLIENT, "clientSecret": SECRET, "type": "ServicePrincipal"}
    blobs.mock.principals([*known, mine])
    await (await blobs.blob("a")).upload_blob(b"content")
    return await blobs.service(EAST, await blobs.credential(CLIENT, SECRET))


async def grant(blobs: Any, role: str, scope: str, principal: str = PRINCIPAL) -> str:
    """A role assignment made in the control plane by the owner; its id."""
    guid = next(known.guid for known in ROLES if known.name == role)
    owner = await blobs.credential(defaults.OWNER_CLIENT_ID, defaults.OWNER_CLIENT_SECRET)
    token = (await owner.get_token(f"{blobs.cloud.url}/.default")).token
    name = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
    body = {"properties": {"principalId": principal, "roleDefinitionId": f"/x/roleDefinitions/{guid}"}}
    await blobs.arm("PUT", f"{name}?api-version=2022-04-01", token, body)
    return name


def scopes(blobs: Any) -> dict[str, str]:
    account = blobs.account_id(EAST)
    return {
        "subscription": f"/subscriptions/{blobs.cloud.subscription_id}",
        "group": account.partition("/providers/")[0],
        "account": account,
        "container": f"{account}/blobServices/default/containers/{CONTAINER}",
    }


@pytest.mark.parametrize("scope", ["subscription", "group", "account", "container"])
async def test_a_reader_at_any_scope_above_a_blob_reads_it_and_writes_nothing(
    blobs: Any, guest: Any, scope: str
) -> None:
    blob = guest.get_blob_client(CONTAINER, "a")
    with refused("AuthorizationPermissionMismatch", 403):
        await read(blob)
    await grant(blobs, READER, scopes(blobs)[scope])
    assert await read(blob) == b"content"
    assert [found.name async for found in guest.get_container_client(CONTAINER).list_blobs()] == ["a"]
    for forbidden in (blob.upload_blob(b"x", overwrite=True), blob.delete_blob()):
        with refused("AuthorizationPermissionMismatch", 403):
            await forbidden


async def test_a_role_elsewhere_is_no_role_here(blobs: Any, guest: Any) -> None:
    await grant(blobs, CONTRIBUTOR, blobs.account_id(WEST))
    await grant(blobs, "Owner", blobs.account_id(EAST))
    with refused("AuthorizationPermissionMismatch", 403):
        await read(guest.get_blob_client(CONTAINER, "a"))


async def test_a_contributor_writes_and_makes_containers(blobs: Any, guest: Any) -> None:
    await grant(blobs, CONTRIBUTOR, blobs.account_id(EAST))
    fresh = await guest.create_container("fresh")
    await fresh.upload_blob("x", b"content")
    await fresh.delete_blob("x")
    await fresh.delete_container()


async def test_the_owner_of_a_subscription_reads_no_blob_and_makes_keys(blobs: Any, guest: Any) -> None:
    owner = await blobs.owner()
    with refused("AuthorizationPermissionMismatch", 403):
        await read(owner.get_blob_client(CONTAINER, "a"))
    with refused("AuthorizationPermissionMismatch", 403):
        await owner.get_blob_client(CONTAINER, "b").upload_blob(b"")


async def test_a_new_role_counts_after_its_delay_and_a_removed_one_no_more(blobs: Any, guest: Any) -> None:
    blobs.mock.settings(roleDelaySeconds=0.5)
    blob = guest.get_blob_client(CONTAINER, "a")
    assignment = await grant(blobs, READER, blobs.account_id(EAST))
    with refused("AuthorizationPermissionMismatch", 403):
        await read(blob)

    async def may() -> bool | None:
        return await blob.exists() or None if await allowed(blob) else None

    await until(may)
    blobs.mock.delete_resource(assignment)
    with refused("AuthorizationPermissionMismatch", 403):
        await read(blob)


async def allowed(blob: Any) -> bool:
    try:
        await blob.get_blob_properties()
    except Exception as error:
        if getattr(error, "status_code", 0) == 403:
            return False
        raise
    return True


async def test_the_operator_s_data_roles_can_be_taken_away(blobs: Any) -> None:
    blob = await blobs.blob("a")
    await blob.upload_blob(b"content")
    known = blobs.mock.principals()
    for principal in known:
        if principal["principalId"] == defaults.OPERATOR_PRINCIPAL_ID:
            scope = f"/subscriptions/{blobs.cloud.subscription_id}"
            principal["roles"] = [{"role": "Contributor", "scope": scope}]
    blobs.mock.principals(known)
    with refused("AuthorizationPermissionMismatch", 403):
        await read(blob)


async def test_a_token_for_another_audience_is_challenged_and_the_client_brings_the_right_one(
    blobs: Any,
) -> None:
    service = BlobServiceClient(
        f"{blobs.cloud.url}/{EAST}",
        credential=await blobs.credential(),
        audience="https://management.azure.com",
        **blobs.options,
    )
    await blobs.stack.enter_async_context(service)
    since = blobs.mock.last_request()
    await service.get_blob_client(CONTAINER, "a").upload_blob(b"")
    statuses = [entry["status"] for entry in blobs.mock.requests(since) if entry["method"] == "PUT"]
    assert statuses == [401, 201]


async def test_nobody_in_particular_is_asked_who_he_is(blobs: Any) -> None:
    await (await blobs.blob("a")).upload_blob(b"content")
    stranger = await blobs.at(f"{blobs.cloud.url}/{EAST}/{CONTAINER}/a")
    with refused("NoAuthenticationInformation", 401):
        await read(stranger)
    container = f"{blobs.account_id(EAST)}/blobServices/default/containers/{CONTAINER}"
    blobs.mock.patch_resource(container, {"properties": {"publicAccess": "Blob"}})
    with refused("NoAuthenticationInformation", 401):
        await read(stranger)
    blobs.set_account(EAST, allowBlobPublicAccess=True)
    assert await read(stranger) == b"content"


async def with_key(blobs: Any, key: str) -> Any:
    named = AzureNamedKeyCredential(EAST, key)
    service = BlobServiceClient(f"{blobs.cloud.url}/{EAST}", credential=named, **blobs.options)
    return await blobs.stack.enter_async_context(service)


def account_key(blobs: Any, name: str = EAST) -> str:
    account = blobs.cloud.world.store.get(blobs.account_id(name))
    return str(account.hidden["keys"]["key1"]["value"])


async def test_a_key_opens_everything_unless_the_account_takes_none(blobs: Any) -> None:
    service = await with_key(blobs, account_key(blobs))
    blob = service.get_blob_client(CONTAINER, "dir/ä b")
    await blob.upload_blob(b"content", metadata={"a": "b"})
    assert await read(blob, offset=1, length=3) == b"ont"
    assert [found.name async for found in service.get_container_client(CONTAINER).list_blobs("dir/")] == [
        "dir/ä b"
    ]
    with refused("AuthenticationFailed", 403):
        await (
            (await with_key(blobs, account_key(blobs, WEST))).get_blob_client(CONTAINER, "x").upload_blob(b"")
        )
    blobs.set_account(EAST, allowSharedKeyAccess=False)
    with refused("KeyBasedAuthenticationNotPermitted", 403):
        await read(blob)
