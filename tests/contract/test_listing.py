"""List Blobs: order, prefix, delimiter, pages with markers, and what is shown on demand."""

from typing import Any

import pytest
from azure.storage.blob.aio import BlobPrefix
from support.blob_contract import Contract, outcome

NAMES = ["a", "dir/a", "dir/b", "dir/sub/c", "dir2/d", "e"]


@pytest.fixture
async def container(contract: Contract) -> Any:
    for name in reversed(NAMES):
        await contract.blob(name).upload_blob(name.encode(), metadata={"own": name.replace("/", "-")})
    return contract.containers()


async def names(found: Any) -> list[str]:
    return [one.name async for one in found]


async def test_blobs_are_listed_in_the_order_of_their_names(container: Any) -> None:
    assert await names(container.list_blobs()) == NAMES


async def test_a_prefix_is_no_directory(container: Any) -> None:
    assert await names(container.list_blobs("dir")) == ["dir/a", "dir/b", "dir/sub/c", "dir2/d"]
    assert await names(container.list_blobs("dir/")) == ["dir/a", "dir/b", "dir/sub/c"]
    assert await names(container.list_blobs("none")) == []


async def test_a_delimiter_shows_what_lies_below_as_one_prefix(container: Any) -> None:
    async def walked(start: str) -> list[tuple[str, bool]]:
        found = container.walk_blobs(start, delimiter="/")
        return sorted([(one.name, isinstance(one, BlobPrefix)) async for one in found])

    assert await walked("") == [("a", False), ("dir/", True), ("dir2/", True), ("e", False)]
    assert await walked("dir/") == [("dir/a", False), ("dir/b", False), ("dir/sub/", True)]


async def test_pages_go_on_where_their_marker_says(container: Any) -> None:
    pages = container.list_blobs(results_per_page=4).by_page()
    first = await names(await anext(pages))
    assert (first, bool(pages.continuation_token)) == (NAMES[:4], True)
    later = container.list_blobs(results_per_page=4).by_page(pages.continuation_token)
    assert await names(await anext(later)) == NAMES[4:]
    assert not later.continuation_token


async def test_pages_count_prefixes_too(container: Any) -> None:
    sizes, found = [], []
    async for page in container.walk_blobs("", delimiter="/", results_per_page=3).by_page():
        entries = await names(page)
        sizes.append(len(entries))
        found += entries
    assert (sizes, sorted(found)) == ([3, 1], ["a", "dir/", "dir2/", "e"])


async def test_metadata_is_shown_on_demand(container: Any) -> None:
    assert [one.metadata async for one in container.list_blobs("dir2")] == [{}]
    shown = [one.metadata async for one in container.list_blobs("dir2", include=["metadata"])]
    assert shown == [{"own": "dir2-d"}]


async def test_a_listed_blob_has_its_size_etag_and_md5(contract: Contract, container: Any) -> None:
    (listed,) = [one async for one in container.list_blobs("dir/sub/c")]
    told = await contract.blob("dir/sub/c").get_blob_properties()
    assert (listed.size, listed.etag.strip('"')) == (9, told.etag.strip('"'))
    assert listed.content_settings.content_md5 == told.content_settings.content_md5
    assert listed.last_modified == told.last_modified


async def test_a_container_that_is_not_there_has_no_list(contract: Contract) -> None:
    found = contract.service().get_container_client("nowhere").list_blobs()
    assert await outcome(names(found)) == "404 ContainerNotFound"
