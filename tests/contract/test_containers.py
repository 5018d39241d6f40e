"""Containers: made, told of, listed, deleted, and what is said of one that is not there."""

from typing import Any

from support.blob_contract import Contract, outcome


async def test_a_container_is_made_once(contract: Contract) -> None:
    again = contract.service().create_container(contract.container)
    assert await outcome(again) == "409 ContainerAlreadyExists"


async def test_a_container_has_metadata_and_an_etag_that_follows_it(contract: Contract) -> None:
    container = contract.containers()
    before = await container.get_container_properties()
    await container.set_container_metadata({"team": "search"})
    after = await container.get_container_properties()
    assert (before.metadata, after.metadata) == ({}, {"team": "search"})
    assert before.etag != after.etag


async def test_containers_are_listed_by_prefix_with_metadata_on_demand(contract: Contract) -> None:
    await contract.containers().set_container_metadata({"team": "search"})
    service = contract.service()

    async def listed(**options: Any) -> list[tuple[str, Any]]:
        found = service.list_containers(contract.container, **options)
        return [(one.name, one.metadata) async for one in found]

    assert await listed() == [(contract.container, None)]
    assert await listed(include_metadata=True) == [(contract.container, {"team": "search"})]


async def test_a_deleted_container_is_not_found(contract: Contract) -> None:
    container = contract.containers()
    await contract.blob("a").upload_blob(b"content")
    await container.delete_container()
    assert await outcome(container.get_container_properties()) == "404 ContainerNotFound"
    assert await outcome(container.delete_container()) == "404 ContainerNotFound"
    assert await outcome(contract.blob("a").upload_blob(b"content")) == "404 ContainerNotFound"
    assert await outcome(contract.blob("a").get_blob_properties()) == "404 ContainerNotFound"
    assert await outcome(contract.blob("a").stage_block("YWE=", b"x")) == "404 ContainerNotFound"


async def test_a_name_that_no_container_may_have_is_refused(contract: Contract) -> None:
    assert await outcome(contract.service().create_container("Nope")) == "400 InvalidResourceName"
    assert await outcome(contract.service().create_container("a--b")) == "400 InvalidResourceName"
    assert await outcome(contract.service().create_container("ab")) == "400 OutOfRangeInput"
    assert await outcome(contract.service().create_container("a" * 64)) == "400 OutOfRangeInput"
