"""Containers, one and the same from both planes; lists by page, prefix, delimiter; namespaces; retention."""

from typing import Any

import pytest
from azure.storage.blob.aio import BlobPrefix
from support.blob_service import CONTAINER, EAST, read, refused

from mockcloud import defaults
from mockcloud.data.blob.blobs import Blob
from mockcloud.data.blob.content import Content


async def test_a_container_made_here_is_seen_in_the_control_plane_and_the_other_way_round(blobs: Any) -> None:
    service = await blobs.service()
    made = await service.create_container("fresh", metadata={"a": "b"})
    ids = {
        body["name"]: body
        for body in blobs.mock.resources("Microsoft.Storage/storageAccounts/blobServices/containers")
        if f"/{EAST}/" in body["id"]
    }
    assert set(ids) == {CONTAINER, "fresh"}
    assert (await made.get_container_properties()).metadata == {"a": "b"}
    assert [found.name async for found in service.list_containers()] == ["fresh", CONTAINER]
    await made.upload_blob("x", b"content")
    blobs.mock.delete_resource(ids["fresh"]["id"])
    with refused("ContainerNotFound", 404):
        await made.get_container_properties()
    blobs.mock.put_resource(ids["fresh"]["id"])
    assert [found.name async for found in made.list_blobs()] == []


async def test_a_container_is_made_once_and_named_by_the_rules(blobs: Any) -> None:
    service = await blobs.service()
    with refused("ContainerAlreadyExists", 409):
        await service.create_container(CONTAINER)
    with refused("InvalidResourceName", 400):
        await service.create_container("No_Such_Name")
    with refused("ContainerNotFound", 404):
        await service.delete_container("none")


async def test_containers_are_listed_in_pages(blobs: Any) -> None:
    service = await blobs.service()
    for number in range(5):
        await service.create_container(f"c-{number}")
    pages = service.list_containers(name_starts_with="c-", results_per_page=2).by_page()
    assert [[found.name async for found in page] async for page in pages] == [
        ["c-0", "c-1"],
        ["c-2", "c-3"],
        ["c-4"],
    ]


@pytest.fixture
async def tree(blobs: Any) -> Any:
    """A container with blobs at three depths."""
    for name in ("a", "b/1", "b/2", "b/c/3", "d", "é/4"):
        blobs.mock.put_blob(EAST, CONTAINER, name, name.encode())
    return await blobs.container()


async def test_blobs_are_listed_in_pages_by_prefix(blobs: Any, tree: Any) -> None:
    pages = tree.list_blobs(results_per_page=2).by_page()
    assert [[found.name async for found in page] async for page in pages] == [
        ["a", "b/1"],
        ["b/2", "b/c/3"],
        ["d", "é/4"],
    ]
    assert [found.name async for found in tree.list_blobs(name_starts_with="b/")] == ["b/1", "b/2", "b/c/3"]
    assert [found.size async for found in tree.list_blobs(name_starts_with="b/c")] == [5]
    assert [found.name async for found in tree.list_blobs(name_starts_with="x")] == []


@pytest.mark.parametrize("per_page", [1, 2, 100])
async def test_a_delimiter_folds_what_lies_below(blobs: Any, tree: Any, per_page: int) -> None:
    # The client hands out a page's prefixes first.
    shown = {f.name: isinstance(f, BlobPrefix) async for f in tree.walk_blobs(results_per_page=per_page)}
    assert shown == {"a": False, "b/": True, "d": False, "é/": True}
    below = [found.name async for found in tree.walk_blobs(name_starts_with="b/")]
    assert sorted(below) == ["b/1", "b/2", "b/c/"]


async def test_a_list_tells_metadata_sums_and_what_waits_where_it_is_asked(blobs: Any) -> None:
    container = await blobs.container()
    told = await container.get_blob_client("a").upload_blob(b"x", metadata={"sha256": "1"})
    await container.get_blob_client("b").stage_block("YWE=", b"x")
    (plain,) = [found async for found in container.list_blobs()]
    assert (plain.metadata, plain.etag) == ({}, told["etag"].strip('"'))
    assert bytes(plain.content_settings.content_md5) == bytes(told["content_md5"])
    full = [found async for found in container.list_blobs(include=["metadata", "uncommittedblobs"])]
    assert [(found.name, found.metadata or {}, found.size) for found in full] == [
        ("a", {"sha256": "1"}, 1),
        ("b", {}, 0),
    ]


async def test_thousands_of_blobs_come_in_pages_of_five_thousand(blobs: Any) -> None:
    contents = blobs.cloud.world.blobs.of(
        blobs.cloud.world.store.get(f"{blobs.account_id(EAST)}/blobServices/default/containers/{CONTAINER}")
    )
    for number in range(5001):
        contents.put(Blob(f"n{number:05}", Content(), '"0x1"', 0.0, 0.0))
    names = [found.name async for found in (await blobs.container()).list_blobs(name_starts_with="n")]
    assert names == [f"n{number:05}" for number in range(5001)]


async def test_a_hierarchical_namespace_has_directories_of_its_own(blobs: Any) -> None:
    blobs.set_account(EAST, isHnsEnabled=True)
    service = await blobs.service()
    assert (await service.get_account_information())["is_hns_enabled"] is True
    container = service.get_container_client(CONTAINER)
    await container.upload_blob("taxi/3/files/a.bin", b"content")
    listed = [found async for found in container.list_blobs(include=["metadata"])]
    assert [(found.name, (found.metadata or {}).get("hdi_isfolder")) for found in listed] == [
        ("taxi", "true"),
        ("taxi/3", "true"),
        ("taxi/3/files", "true"),
        ("taxi/3/files/a.bin", None),
    ]
    assert [found.name async for found in container.walk_blobs()] == ["taxi/"]
    folder = await container.get_blob_client("taxi/3").get_blob_properties()
    assert (folder.size, folder.metadata) == (0, {"hdi_isfolder": "true"})
    with refused("DirectoryIsNotEmpty", 409):
        await container.delete_blob("taxi/3")
    for conflicting in ("taxi/3", "taxi/3/files/a.bin/below"):
        with refused("PathConflict", 409):
            await container.upload_blob(conflicting, b"x", overwrite=True)
    await container.delete_blob("taxi/3/files/a.bin")
    await container.delete_blob("taxi/3/files")
    assert [found.name async for found in container.list_blobs()] == ["taxi", "taxi/3"]
    assert blobs.mock.blobs(EAST) == []


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param(
            {"immutabilityPolicy": {"properties": {"immutabilityPeriodSinceCreationInDays": 1}}},
            id="because it is younger than the retention",
        ),
        pytest.param({"legalHold": {"hasLegalHold": True}}, id="because there is a legal hold"),
    ],
)
async def test_what_must_be_kept_is_neither_replaced_nor_deleted(blobs: Any, kept: dict[str, Any]) -> None:
    container = await blobs.container()
    blob = container.get_blob_client("a")
    blobs.mock.patch_resource(
        f"{blobs.account_id(EAST)}/blobServices/default/containers/{CONTAINER}", {"properties": kept}
    )
    await blob.upload_blob(b"first")
    await blob.stage_block("YWE=", b"second")
    for forbidden in (
        blob.upload_blob(b"second", overwrite=True),
        blob.commit_block_list(["YWE="]),
        blob.set_blob_metadata({"a": "b"}),
        blob.delete_blob(),
    ):
        with refused("BlobImmutableDueToPolicy", 409):
            await forbidden
    with refused("ContainerProtectedFromDeletion", 409):
        await container.delete_container()
    properties = await container.get_container_properties()
    assert properties.has_immutability_policy or properties.has_legal_hold
    assert await read(blob) == b"first"


async def test_an_account_tells_what_it_is(blobs: Any) -> None:
    told = await (await blobs.service()).get_account_information()
    assert (told["sku_name"], told["account_kind"], told["is_hns_enabled"]) == (
        "Standard_LRS",
        "StorageV2",
        False,
    )


async def test_a_readable_secondary_shows_the_same_and_takes_no_writes(blobs: Any) -> None:
    blobs.mock.patch_resource(
        blobs.account_id(EAST),
        {"sku": {"name": "Standard_RAGRS"}, "properties": {"secondaryLocation": "westus"}},
    )
    await (await blobs.blob("a")).upload_blob(b"content")
    blobs.mock.region("eastus", available=False)
    second = (await blobs.service(f"{EAST}-secondary")).get_blob_client(CONTAINER, "a")
    assert await read(second) == b"content"
    with refused("WriteOperationNotSupportedOnSecondary", 403):
        await second.upload_blob(b"x", overwrite=True)


def test_the_operator_stands_with_the_roles_of_an_installation(cloud: Any) -> None:
    grants = {grant.role for grant in cloud.world.principals.standing(defaults.OPERATOR_PRINCIPAL_ID)}
    assert grants == {
        "Contributor",
        "Storage Blob Data Contributor",
        "Storage Blob Delegator",
        "Role Based Access Control Administrator",
    }
