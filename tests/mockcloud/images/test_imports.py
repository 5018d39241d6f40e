"""`importImage`: what it copies, and how it says no."""

from typing import Any

import pytest
from support.images import an_image, an_index, digest_of

REPOSITORY = "environments/sklearn"
HOST = "mcr.example"


def outside(registry: Any, word: str = "sklearn", tag: str = "1") -> Any:
    image = an_image(word)
    registry.mock.put_image("external", HOST, "base/sklearn", tag, image.content)
    return image


def source(reference: str = "base/sklearn:1") -> dict[str, str]:
    return {"registryUri": HOST, "sourceImage": reference}


@pytest.mark.parametrize("by", ["tag", "digest"])
async def test_an_image_is_copied_with_its_digest(registry: Any, by: str) -> None:
    image = outside(registry)
    wanted = "base/sklearn:1" if by == "tag" else f"base/sklearn@{image.digest}"
    done = await registry.imported(source(wanted))
    assert (done.status_code, done.json()) == (200, {"status": "Succeeded"})
    found = await (await registry.client()).get_manifest(REPOSITORY, "1")
    assert found.digest == image.digest
    assert registry.mock.get_image("images01", "westus", REPOSITORY, image.digest) == image.content


async def test_an_import_takes_its_time_and_is_polled_with_a_body(registry: Any) -> None:
    outside(registry)
    registry.mock.settings(lroSeconds=0.3)
    accepted = await registry.import_image(source())
    poll = await registry.caller.arm("GET", accepted.headers["Location"])
    assert (poll.status_code, poll.json()) == (202, {"status": "Accepted"})
    assert registry.mock.images("images01") == []


async def test_imports_run_side_by_side_and_leave_the_registry_free(registry: Any) -> None:
    outside(registry)
    registry.mock.settings(lroSeconds=5)
    for number in range(3):
        assert (await registry.import_image(source(), f"many/a:{number}")).status_code == 202
    changed = await registry.caller.arm("PATCH", registry.id, {"tags": {"a": "b"}}, version="2025-11-01")
    assert changed.status_code == 200


async def test_an_image_for_several_platforms_comes_with_all_of_them(registry: Any) -> None:
    images = [an_image("amd64"), an_image("arm64")]
    for image in images:
        registry.mock.put_image("external", HOST, "base/sklearn", image.digest, image.content)
    index = an_index(*images)
    registry.mock.put_image("external", HOST, "base/sklearn", "1", index)
    await registry.imported(source())
    here = {row["digest"] for row in registry.mock.images("images01") if row["location"] == "eastus"}
    assert here == {digest_of(index), *(image.digest for image in images)}


async def test_a_tag_that_exists_refuses_at_once_and_is_overwritten_by_force_alone(registry: Any) -> None:
    outside(registry)
    await registry.imported(source())
    other = outside(registry, "other", tag="2")
    refused = await registry.import_image(source("base/sklearn:2"))
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "Conflict")
    assert refused.json()["error"]["message"] == f"Tag {REPOSITORY}:1 already exists in target registry."
    await registry.imported(source("base/sklearn:2"), mode="Force")
    assert (await (await registry.client()).get_manifest(REPOSITORY, "1")).digest == other.digest


async def test_the_second_of_two_imports_under_way_to_one_tag_fails(registry: Any) -> None:
    first, second = outside(registry), outside(registry, "other", tag="2")
    registry.mock.settings(lroSeconds=0.2)
    accepted = await registry.import_image(source())
    late = await registry.imported(source("base/sklearn:2"))
    assert (accepted.status_code, late.status_code, late.json()["error"]["code"]) == (202, 409, "Conflict")
    assert first.digest != second.digest
    assert (await (await registry.client()).get_manifest(REPOSITORY, "1")).digest == first.digest


@pytest.mark.parametrize(
    ("because", "reference"),
    [
        ("the tag is not there", "base/sklearn:9"),
        ("the digest is not there", f"base/sklearn@{an_image('never').digest}"),
        ("the repository is not there", "base/other:1"),
    ],
)
async def test_a_missing_source_is_told_by_the_poll(registry: Any, because: str, reference: str) -> None:
    outside(registry)
    failed = await registry.imported(source(reference))
    assert (failed.status_code, failed.json()["error"]["code"]) == (400, "InvalidParameters"), because
    assert "MANIFEST_UNKNOWN" in failed.json()["error"]["message"]


async def test_another_registry_is_a_source_for_who_may_pull_there(azure: Any, registry: Any) -> None:
    image, other = an_image(), azure.registry_id("Images02")
    azure.mock.put_resource(other, {"location": "westeurope"})
    azure.mock.put_image("Images02", "westeurope", "dev/sklearn", "7", image.content)
    by_id = {"resourceId": other, "sourceImage": "dev/sklearn:7"}
    await registry.imported(by_id)
    assert (await (await registry.client()).get_manifest(REPOSITORY, "1")).digest == image.digest

    guest = {"principalId": "77777777-7777-4777-8777-777777777777", "clientId": "guest", "clientSecret": "s"}
    roles = [{"role": "Contributor", "scope": registry.id}]
    azure.mock.principals([*azure.mock.principals(), {**guest, "roles": roles}])
    registry.caller = await azure.caller("guest", "s")
    refused = await registry.import_image(by_id, "environments/sklearn:2")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "LinkedAuthorizationFailed")


async def test_another_registry_named_by_its_host_alone_lets_nobody_in(azure: Any, registry: Any) -> None:
    azure.mock.put_resource(azure.registry_id("Images02"), {"location": "westeurope"})
    host = azure.cloud.url.removeprefix("https://")
    failed = await registry.imported({"registryUri": f"{host}/images02", "sourceImage": "dev/sklearn:7"})
    assert "UNAUTHORIZED" in failed.json()["error"]["message"]


async def test_another_registry_lets_in_its_administrator_and_who_may_pull_with_a_secret(
    azure: Any, registry: Any
) -> None:
    image, other = an_image(), azure.registry_id("Images02")
    azure.mock.put_resource(other, {"location": "westeurope", "properties": {"adminUserEnabled": True}})
    azure.mock.put_image("Images02", "westeurope", "dev/sklearn", "7", image.content)
    there = (await registry.caller.arm("POST", f"{other}/listCredentials", {}, version="2025-11-01")).json()
    people = [
        {
            "principalId": f"{number}" * 8 + "-7777-4777-8777-777777777777",
            "clientId": name,
            "clientSecret": "s",
        }
        for number, name in enumerate(("puller", "stranger"), start=7)
    ]
    people[0]["roles"] = [{"role": "AcrPull", "scope": other}]
    azure.mock.principals([*azure.mock.principals(), *people])
    uri = azure.cloud.url.removeprefix("https://") + "/images02"
    ways = {
        "administrator": (there["username"], there["passwords"][0]["value"], ""),
        "puller": ("puller", "s", ""),
        "wrong secret": ("puller", "x", "UNAUTHORIZED"),
        "stranger": ("stranger", "s", "DENIED"),
        "nobody": ("nobody", "s", "UNAUTHORIZED"),
    }
    for number, (because, (name, password, code)) in enumerate(ways.items()):
        user = {"username": name, "password": password}
        wanted = {"registryUri": uri, "sourceImage": "dev/sklearn:7", "credentials": user}
        ended = await registry.imported(wanted, f"environments/by:{number}")
        assert (ended.status_code == 200) is not bool(code), because
        assert code in ended.text(), because


async def test_a_registry_that_allows_anonymous_pulls_lets_everybody_in(azure: Any, registry: Any) -> None:
    settings = {"location": "westeurope", "properties": {"anonymousPullEnabled": True}}
    azure.mock.put_resource(azure.registry_id("Images02"), settings)
    azure.mock.put_image("Images02", "westeurope", "dev/sklearn", "7", an_image().content)
    uri = azure.cloud.url.removeprefix("https://") + "/images02"
    ended = await registry.imported({"registryUri": uri, "sourceImage": "dev/sklearn:7"})
    assert ended.status_code == 200


async def test_a_host_with_accounts_is_closed_until_they_are_taken_away(registry: Any) -> None:
    outside(registry)
    registry.mock.host_accounts(HOST, [{"username": "u", "password": "p"}])
    assert "UNAUTHORIZED" in (await registry.imported(source())).text()
    registry.mock.host_accounts(HOST, None)
    assert (await registry.imported(source())).status_code == 200


async def test_credentials_need_a_password_and_a_host(azure: Any, registry: Any) -> None:
    for wrong in (
        {**source(), "credentials": {"username": "u"}},
        {"resourceId": registry.id, "sourceImage": "a:b", "credentials": {"password": "p"}},
    ):
        refused = await registry.import_image(wrong)
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "InvalidParameters")


async def test_a_source_that_is_not_named_is_refused_at_once(registry: Any) -> None:
    for incomplete in ({"registryUri": HOST}, {"sourceImage": "a:b"}):
        refused = await registry.import_image(incomplete)
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "InvalidParameters")


async def test_a_fault_decides_how_an_import_ends(registry: Any) -> None:
    outside(registry)
    registry.mock.fault(pathRegex="importImage", lroError={"code": "OperationTimedOut", "status": 504})
    failed = await registry.imported(source())
    assert failed.json()["error"]["code"] == "OperationTimedOut"
    assert registry.mock.images("images01") == []
