"""The port, through the real SDK, on the mock cloud's accounts."""

import hashlib
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import pytest
from aiohttp import web
from azure.storage.blob import ContainerSasPermissions, generate_container_sas
from support.api_servers import ApiServer, Asked, served
from support.blob_accounts import CONTRIBUTOR, PRIMARY, REPLICA, TEAM, Accounts

from hack.world.webhooks import webhook_endpoint
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.azure import addresses
from mlregistry_operator.cloud.azure.blobs.grants import DelegatedReading
from mlregistry_operator.cloud.azure.blobs.store import AzureBlobStore
from mlregistry_operator.cloud.azure.blobs.stores import AzureBlobStores
from mlregistry_operator.cloud.azure.endpoints import Endpoints
from mlregistry_operator.cloud.content import BlobRef, CopyPhase, SasAccess, Span, WrittenAs
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.failures import Severity

BLOB = BlobRef("models", "a/1/files/with space/ünï%20+#?.bin")
DATA = bytes(range(256)) * 40


def md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def kept(data: bytes) -> WrittenAs:
    return WrittenAs(md5(data), {"sha256": "00ff"}, "text/plain")


@pytest.fixture
async def store(accounts: Accounts) -> AzureBlobStore:
    store = await accounts.open(PRIMARY)
    await store.ensure_container("models")
    return store


@pytest.fixture
async def replica(accounts: Accounts) -> AzureBlobStore:
    store = await accounts.open(REPLICA)
    await store.ensure_container("models")
    return store


async def test_what_is_put_is_found_listed_and_read(store: AzureBlobStore, accounts: Accounts) -> None:
    assert await store.put(BLOB, DATA, kept(DATA))

    found = await store.facts(BLOB)
    assert found is not None
    assert (found.name, found.size, found.md5, found.metadata) == (
        BLOB.name,
        len(DATA),
        md5(DATA),
        {"sha256": "00ff"},
    )
    assert [one async for one in store.blobs("models", "a/1/")] == [found]
    assert await store.read(BLOB, Span(100, 50), found.etag) == DATA[100:150]
    assert accounts.bytes_of(PRIMARY, BLOB.container, BLOB.name) == DATA


@pytest.mark.promise(11)
async def test_nothing_that_is_there_is_written_again(store: AzureBlobStore, replica: AzureBlobStore) -> None:
    other = b"other bytes"
    await store.put(BLOB, DATA, kept(DATA))
    await replica.put(BLOB, other, kept(other))
    source = await replica.readable(BLOB)
    await store.stage(BLOB, "block", other, md5(other))

    assert not await store.put(BLOB, other, kept(other))
    assert not await store.commit(BLOB, ["block"], kept(other))
    assert not await store.copy_from(BLOB, source, len(other), kept(other))
    assert not await store.put_from(BLOB, source, len(other), kept(other))
    assert not await store.start_copy(BLOB, source, kept(other))
    assert await store.read(BLOB, Span(0, len(DATA))) == DATA


@pytest.mark.promise(11)
async def test_what_has_changed_since_it_was_looked_at_is_neither_read_nor_deleted(
    store: AzureBlobStore, accounts: Accounts
) -> None:
    """Pieces of two blobs make a third one; and a leftover that was replaced is somebody's."""
    other = bytes(reversed(DATA))
    await store.put(BLOB, DATA, kept(DATA))
    before = await store.facts(BLOB)
    await store.delete(BLOB)
    await store.put(BLOB, other, kept(other))
    after = await store.facts(BLOB)
    assert before is not None
    assert after is not None

    with pytest.raises(CloudError) as read:
        await store.read(BLOB, Span(0, 10), before.etag)
    assert read.value.failure.reason is Reason.SOURCE_CHANGED
    with pytest.raises(CloudError) as deleted:
        await store.delete(BLOB, before.etag)
    assert deleted.value.failure.code == "ConditionNotMet"
    assert accounts.bytes_of(PRIMARY, BLOB.container, BLOB.name) == other

    assert await store.read(BLOB, Span(0, 10), after.etag) == other[:10]
    await store.delete(BLOB, after.etag)
    assert await store.facts(BLOB) is None


async def test_a_large_document_is_put_as_well(store: AzureBlobStore) -> None:
    large = DATA * 200
    assert await store.put(BLOB, large, kept(large))
    assert not await store.put(BLOB, large, kept(large))
    assert await store.read(BLOB, Span(0, len(large))) == large


async def test_staged_blocks_are_nothing_until_they_are_committed(store: AzureBlobStore) -> None:
    halves = {f"{index:05}-{md5(half).hex()}": half for index, half in enumerate((DATA[:5000], DATA[5000:]))}
    for block_id, half in halves.items():
        await store.stage(BLOB, block_id, half, md5(half))

    assert {block.id: block.size for block in await store.staged(BLOB)} == {
        block_id: len(half) for block_id, half in halves.items()
    }
    assert await store.facts(BLOB) is None
    assert await store.committed(BLOB) == ()

    assert await store.commit(BLOB, list(halves), kept(DATA))
    assert [block.id for block in await store.committed(BLOB)] == list(halves)
    assert await store.read(BLOB, Span(0, len(DATA))) == DATA


async def test_an_empty_blob_can_be_committed(store: AzureBlobStore) -> None:
    assert await store.commit(BLOB, [], kept(b""))
    found = await store.facts(BLOB)
    assert found is not None
    assert found.size == 0


async def test_the_service_copies_in_every_way(store: AzureBlobStore, replica: AzureBlobStore) -> None:
    await store.put(BLOB, DATA, kept(DATA))
    source = await store.readable(BLOB)

    copies = {name: BlobRef("models", name) for name in ("copied", "put", "blocks", "slowly")}
    assert await replica.copy_from(copies["copied"], source, len(DATA), kept(DATA))
    assert await replica.put_from(copies["put"], source, len(DATA), kept(DATA))
    await replica.stage_from(copies["blocks"], "one", source, Span(0, 7000), md5(DATA[:7000]))
    await replica.stage_from(copies["blocks"], "two", source, Span(7000, len(DATA) - 7000), md5(DATA[7000:]))
    assert await replica.commit(copies["blocks"], ["one", "two"], kept(DATA))
    assert await replica.start_copy(copies["slowly"], source, kept(DATA))

    for copy in copies.values():
        found = await replica.facts(copy)
        assert found is not None
        assert (found.size, found.md5, found.metadata) == (len(DATA), md5(DATA), {"sha256": "00ff"}), copy
        assert await replica.read(copy, Span(0, len(DATA))) == DATA


async def test_the_service_refuses_bytes_with_another_checksum(
    store: AzureBlobStore, replica: AzureBlobStore, accounts: Accounts
) -> None:
    await store.put(BLOB, DATA, kept(DATA))
    source = await store.readable(BLOB)
    wrong = kept(b"other bytes")
    for call in (
        replica.copy_from(BLOB, source, len(DATA), wrong),
        replica.put_from(BLOB, source, len(DATA), wrong),
        replica.stage_from(BLOB, "block", source, Span(0, len(DATA)), md5(b"other bytes")),
        replica.stage(BLOB, "block", DATA, md5(b"other bytes")),
        replica.put(BLOB, DATA, wrong),
    ):
        with pytest.raises(CloudError) as caught:
            await call
        assert caught.value.failure.reason is Reason.CONTENT_DAMAGED
    assert accounts.lying(REPLICA) == []


async def test_an_asynchronous_copy_is_seen_to_go_on_and_can_be_stopped(
    store: AzureBlobStore, replica: AzureBlobStore, accounts: Accounts
) -> None:
    accounts.client.settings(copySecondsPerMiB=100_000)
    await store.put(BLOB, DATA, kept(DATA))
    await replica.start_copy(BLOB, await store.readable(BLOB), kept(DATA))

    found = await replica.facts(BLOB)
    assert found is not None
    assert found.copy is not None
    assert (found.copy.phase, found.copy.total) == (CopyPhase.PENDING, len(DATA))

    await replica.abort_copy(BLOB, found.copy.id)
    await replica.abort_copy(BLOB, found.copy.id)
    await replica.delete(BLOB)
    await replica.delete(BLOB)
    assert await replica.facts(BLOB) is None


async def test_a_reader_who_may_not_sign_lends_the_token(
    accounts: Accounts, store: AzureBlobStore, replica: AzureBlobStore
) -> None:
    await store.put(BLOB, DATA, kept(DATA))
    accounts.client.fault(
        method="POST",
        pathRegex="userdelegationkey",
        status=403,
        errorCode="AuthorizationPermissionMismatch",
        times=9,
    )
    source = await store.readable(BLOB)

    assert source.authorization is not None
    assert await replica.copy_from(BLOB, source, len(DATA), kept(DATA))
    assert await replica.put_from(BlobRef("models", "b"), source, len(DATA), kept(DATA))
    await replica.stage_from(BlobRef("models", "c"), "one", source, Span(0, 10), md5(DATA[:10]))


@pytest.mark.promise(16)
async def test_a_url_that_is_lent_for_a_copy_reads_one_blob_for_two_days_and_does_nothing_else(
    accounts: Accounts, store: AzureBlobStore
) -> None:
    other = BlobRef("models", "other")
    await store.put(BLOB, DATA, kept(DATA))
    await store.put(other, DATA, kept(DATA))
    source = await store.readable(BLOB)

    signed = parse_qs(urlsplit(source.url).query)
    assert (signed["sp"], signed["sr"]) == (["r"], ["b"])
    left = datetime.fromisoformat(signed["se"][0]) - datetime.now(UTC)
    assert timedelta(hours=24) < left <= timedelta(hours=48)

    bearer = await accounts.open(PRIMARY, SasAccess(urlsplit(source.url).query))
    assert await bearer.read(BLOB, Span(0, 10)) == DATA[:10]
    for attempt in (
        bearer.delete(BLOB),
        bearer.put(BlobRef("models", "new"), DATA, kept(DATA)),
        bearer.stage(BLOB, "block", DATA, md5(DATA)),
        bearer.read(other, Span(0, 10)),
    ):
        with pytest.raises(CloudError) as caught:
            await attempt
        assert caught.value.failure.severity is Severity.SLOW_RETRY
    assert accounts.bytes_of(PRIMARY, BLOB.container, BLOB.name) == DATA


@pytest.mark.promise(6)
async def test_a_lent_url_can_be_read_for_a_day_however_long_the_key_is_used(
    accounts: Accounts, store: AzureBlobStore
) -> None:
    """A copy of many hours begins with the URL that it was given."""

    async def lent() -> tuple[timedelta, int]:
        query = parse_qs(urlsplit((await store.readable(BLOB)).url).query)
        keys = [one for one in accounts.client.requests() if "userdelegationkey" in one["query"]]
        return datetime.fromisoformat(query["se"][0]) - datetime.now(UTC), len(keys)

    await store.put(BLOB, DATA, kept(DATA))
    left, keys = await lent()
    assert (left > timedelta(hours=24), keys) == (True, 1)
    assert (await lent())[1] == 1, "a key serves many"

    reading = store._reading
    assert isinstance(reading, DelegatedReading)
    reading._expiry -= timedelta(hours=25)
    left, keys = await lent()
    assert (left > timedelta(hours=24), keys) == (True, 2)


@pytest.mark.promise(13)
async def test_a_service_that_is_busy_is_not_taken_for_one_that_gives_no_key(
    accounts: Accounts, store: AzureBlobStore
) -> None:
    """Lending the token would be a lesser way for ever, and one that ends at the tenant's border."""
    await store.put(BLOB, DATA, kept(DATA))
    accounts.client.fault(method="POST", pathRegex="userdelegationkey", status=500, errorCode="InternalError")

    with pytest.raises(CloudError) as caught:
        await store.readable(BLOB)
    assert caught.value.failure.reason is Reason.AZURE_UNAVAILABLE

    source = await store.readable(BLOB)
    assert source.authorization is None
    assert "sig=" in source.url


async def test_a_signature_from_a_user_opens_what_it_covers(accounts: Accounts) -> None:
    accounts.plant(TEAM, "drop", "model/weights.bin", DATA)
    mine = await accounts.open(TEAM)
    now = datetime.now(UTC)
    key = await mine._service.get_user_delegation_key(now - timedelta(hours=1), now + timedelta(hours=1))

    def sign(expiry: datetime) -> SasAccess:
        may = ContainerSasPermissions(read=True, list=True)
        return SasAccess(
            "?" + generate_container_sas(TEAM, "drop", user_delegation_key=key, permission=may, expiry=expiry)
        )

    store = await accounts.open(TEAM, sign(now + timedelta(minutes=30)))
    assert [one.name async for one in store.blobs("drop", "model/")] == ["model/weights.bin"]
    assert await store.read(BlobRef("drop", "model/weights.bin"), Span(0, 10)) == DATA[:10]

    expired = await accounts.open(TEAM, sign(now - timedelta(minutes=30)))
    with pytest.raises(CloudError) as caught:
        await expired.facts(BlobRef("drop", "model/weights.bin"))
    failure = caught.value.failure
    assert failure.reason is Reason.AUTHENTICATION_FAILED
    assert "shared access signature" in failure.sentence


@pytest.mark.parametrize(
    ("code", "status", "reason", "severity", "because"),
    [
        ("ServerBusy", 503, Reason.AZURE_UNAVAILABLE, Severity.RETRY, "it is overloaded, or its region down"),
        ("TooManyRequests", 429, Reason.THROTTLED, Severity.RETRY, "it asks to wait"),
        ("OperationTimedOut", 500, Reason.AZURE_UNAVAILABLE, Severity.RETRY, "it did not find the time"),
        (
            "AuthorizationPermissionMismatch",
            403,
            Reason.AUTHORIZATION_FAILED,
            Severity.SLOW_RETRY,
            "the role is missing, or is minutes young",
        ),
        ("AuthorizationFailure", 403, Reason.AUTHORIZATION_FAILED, Severity.SLOW_RETRY, "a network rule"),
        ("ConditionNotMet", 412, Reason.SOURCE_CHANGED, Severity.RETRY, "another ETag than was listed"),
        ("InvalidRange", 416, Reason.SOURCE_CHANGED, Severity.RETRY, "it is shorter than it was listed"),
        ("BlobNotFound", 404, Reason.PROGRESSING_WITH_RETRY, Severity.RETRY, "it may come back"),
        ("BlobArchived", 409, Reason.SOURCE_UNAVAILABLE, Severity.SLOW_RETRY, "somebody must rehydrate it"),
        ("SomethingNew", 418, Reason.UNKNOWN_AZURE_ERROR, Severity.SLOW_RETRY, "nobody knows it yet"),
    ],
)
async def test_codes_have_meanings(  # noqa: PLR0917 - columns of the table
    accounts: Accounts, code: str, status: int, reason: Reason, severity: Severity, because: str
) -> None:
    accounts.plant(TEAM, "drop", "file", DATA)
    store = await accounts.open(TEAM)
    accounts.client.fault(method="GET", pathRegex="^/teamaccount/drop/file", status=status, errorCode=code)

    with pytest.raises(CloudError) as caught:
        await store.read(BlobRef("drop", "file"), Span(0, 10))

    failure = caught.value.failure
    assert (failure.reason, failure.severity, failure.code) == (reason, severity, code), because
    assert "drop/file" in failure.message


async def test_a_busy_account_is_left_alone_as_long_as_it_asked(
    accounts: Accounts, store: AzureBlobStore
) -> None:
    accounts.client.fault(
        pathRegex=f"^/{PRIMARY}/", status=503, errorCode="ServerBusy", headers={"Retry-After": "30"}
    )
    with pytest.raises(CloudError):
        await store.facts(BLOB)
    mark = accounts.client.last_request()

    with pytest.raises(CloudError) as caught:
        await store.put(BLOB, DATA, kept(DATA))

    assert caught.value.failure.reason is Reason.THROTTLED
    assert 25 < (caught.value.failure.retry_after or 0) <= 30
    assert accounts.client.requests(mark) == [], "it was not asked again before its time"


async def test_without_a_data_role_the_sentence_says_which_to_grant(accounts: Accounts) -> None:
    accounts.may("Contributor")
    store = await accounts.open(PRIMARY)
    with pytest.raises(CloudError) as caught:
        await store.facts(BLOB)
    assert caught.value.failure.reason is Reason.AUTHORIZATION_FAILED
    assert CONTRIBUTOR in caught.value.failure.sentence


async def test_an_account_that_nobody_answers_for_is_unreachable(accounts: Accounts) -> None:
    nowhere = "https://127.0.0.1:1"
    stores = AzureBlobStores(Endpoints(nowhere, nowhere, "scope"), {})
    store = await stores.open(SasAccess("sig=secret"), f"{nowhere}/nowhere")
    with pytest.raises(CloudError) as caught:
        await store.facts(BLOB)
    await stores.close()
    assert caught.value.failure.reason is Reason.AZURE_UNAVAILABLE


@pytest.mark.promise(13)
@pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
async def test_a_service_that_repeats_the_whole_request_in_its_answer_tells_nobody_the_signature(
    tmp_path: Path, status: int
) -> None:
    files = webhook_endpoint(tmp_path / "tls")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.certificate, files.key)
    quotes: list[str] = []

    def repeats(asked: Asked) -> web.Response:
        url = f"{server.url}{asked.path}?{asked.query}"
        quotes.append(url)
        text = f"Refused is {escape(url)}, that is '{escape(asked.query)}'."
        body = f"<?xml version='1.0'?><Error><Code>Odd</Code><Message>{text}</Message></Error>"
        return web.Response(status=status, text=body, content_type="application/xml")

    async with served(ApiServer(repeats), context) as server:
        stores = AzureBlobStores(Endpoints(server.url, server.url, "scope", files.ca), {})
        store = await stores.open(SasAccess("sv=1&sp=r&sig=s3cr3t%3D"), f"{server.url}/team")
        with pytest.raises(CloudError) as caught:
            await store.read(BlobRef("drop", "file.bin"), Span(0, 10))
        await stores.close()

    failure = caught.value.failure
    assert "sig=s3cr3t%3D" in quotes[0], "it was there to be told"
    assert f"Refused is {server.url}/team/drop/file.bin" in failure.message, "and the rest is told"
    assert "s3cr3t" not in failure.sentence
    assert "s3cr3t" not in repr(failure)


@pytest.mark.promise(16)
async def test_a_host_outside_the_cloud_is_connected_to_by_a_public_address_alone(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts.plant(TEAM, "drop", "file.bin", DATA)
    outside = f"{accounts.url.replace('127.0.0.1', 'localhost')}/{TEAM}"
    mark = accounts.client.last_request()
    store = await accounts.stores.open(SasAccess("sig=secret"), outside)

    with pytest.raises(CloudError) as refused:
        await store.facts(BlobRef("drop", "file.bin"))
    assert refused.value.failure.reason is Reason.SOURCE_NOT_ALLOWED
    assert "its address is private" in refused.value.failure.sentence
    assert accounts.client.requests(mark) == []

    monkeypatch.setattr(addresses, "is_public", lambda _: True)
    with pytest.raises(CloudError) as asked:
        await store.facts(BlobRef("drop", "file.bin"))
    assert asked.value.failure.reason is not Reason.SOURCE_NOT_ALLOWED
    assert len(accounts.client.requests(mark)) == 1


async def test_directories_of_hierarchical_accounts_are_told_from_files(accounts: Accounts) -> None:
    accounts.make("lakeaccount", isHnsEnabled=True)
    accounts.plant("lakeaccount", "drop", "folder/file.bin", DATA)
    store = await accounts.open("lakeaccount")
    found = {one.name: one.is_folder async for one in store.blobs("drop", "")}
    assert found == {"folder": True, "folder/file.bin": False}
