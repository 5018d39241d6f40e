"""Asking registries what they have: by region, with few requests, and with failures that say what to do."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from support.image_worlds import REGISTRY, REPOSITORY, ImageWorld, an_import
from support.images import MANIFEST, an_image
from support.waiting import until

from mlregistry_operator.api.asset_status import CopyState, Evidence
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.images import Images
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.images import ImageVerdict, asked_itself, told_by_status

Look = Callable[[Images, str], Coroutine[Any, Any, object]]
LOOKS: dict[str, Look] = {
    "manifest": lambda images, host: images.manifest(host, REPOSITORY, "1"),
    "tag": lambda images, host: images.tag(host, REPOSITORY, "1"),
    "delete": lambda images, host: images.delete_version(host, REPOSITORY, "1"),
}


def planted(world: ImageWorld, *locations: str, tag: str = "1", word: str = "sklearn") -> str:
    for location in locations or ("eastus", "westus"):
        world.cloud.put_image("images01", location, REPOSITORY, tag, an_image(word).content)
    return an_image(word).digest


async def failure_of(doing: Coroutine[Any, Any, object]) -> Failure:
    with pytest.raises(CloudError) as failed:
        await doing
    return failed.value.failure


def talk(world: ImageWorld, since: int) -> list[int]:
    return [entry["status"] for entry in world.cloud.requests(since) if "/images01" in entry["path"]]


async def test_each_region_is_asked_itself_where_it_can_be(world: ImageWorld) -> None:
    digest = planted(world, "eastus")
    here = await world.images.manifest(world.region("eastus"), REPOSITORY, digest)
    there = await world.images.manifest(world.region("westus"), REPOSITORY, digest)
    assert here is not None
    assert here.media_type == MANIFEST
    assert asked_itself(digest, here).evidence is Evidence.MANIFEST
    assert (there, asked_itself(digest, there).state) == (None, CopyState.COPYING)


async def test_a_replication_tells_by_its_status_when_it_has_caught_up(world: ImageWorld) -> None:
    async def verdict() -> ImageVerdict:
        tag = await world.images.tag(world.host, REPOSITORY, "1")
        assert tag is not None
        seen = {one.location: one for one in await world.images.subscription.replications(REGISTRY)}
        return told_by_status(seen.get("westus"), tag.updated, "westus")

    async def ready() -> ImageVerdict | None:
        found = await verdict()
        # The replica itself is the judge of what its status says.
        there = await world.images.manifest(world.region("westus"), REPOSITORY, "1")
        assert there is not None or not found.ready
        return found if found.ready else None

    world.outside(an_image())
    world.cloud.settings(replicationSeconds=0.5)
    await world.ended(an_import())
    assert (await verdict()).state is CopyState.COPYING
    assert (await until(ready)).evidence is Evidence.REPLICATION_STATUS


@pytest.mark.parametrize("look", ["manifest", "tag"])
async def test_what_is_not_there_is_none_and_no_failure(world: ImageWorld, look: str) -> None:
    assert await LOOKS[look](world.images, world.host) is None
    planted(world, tag="2")
    assert await LOOKS[look](world.images, world.host) is None


async def test_an_endpoint_that_the_registry_does_not_have_is_a_failure_and_not_an_absence(
    world: ImageWorld,
) -> None:
    planted(world)
    failure = await failure_of(world.images.manifest(world.region("japaneast"), REPOSITORY, "1"))
    assert failure.code == "HOST_UNKNOWN"


@pytest.mark.promise(15)
async def test_a_second_look_is_one_request(world: ImageWorld) -> None:
    planted(world)
    since = world.cloud.last_request()
    for _ in range(3):
        await world.images.manifest(world.host, REPOSITORY, "1")
    assert talk(world, since) == [401, 200, 200, 200, 200, 200]


async def test_tokens_that_ended_are_renewed_however_old_they_are(world: ImageWorld) -> None:
    planted(world)
    world.cloud.settings(tokenSeconds=1)
    await world.images.manifest(world.host, REPOSITORY, "1")
    since = world.cloud.last_request()
    deadline = asyncio.get_running_loop().time() + 10
    # Both the access token and the refresh token, which lives three times as long, end meanwhile.
    while talk(world, since).count(401) < 4:
        assert await world.images.manifest(world.host, REPOSITORY, "1") is not None
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.1)


@pytest.mark.promise(6)
async def test_a_fresh_token_that_is_refused_once_is_no_missing_right(world: ImageWorld) -> None:
    planted(world)
    world.cloud.fault(
        method="GET", pathRegex="/manifests/", status=401, errorCode="UNAUTHORIZED", skip=1, times=1
    )

    assert await world.images.manifest(world.host, REPOSITORY, "1") is not None


@pytest.mark.parametrize("look", list(LOOKS))
@pytest.mark.promise(13)
async def test_without_a_right_the_sentence_names_the_role(world: ImageWorld, look: str) -> None:
    planted(world)
    guest = {"principalId": "77777777-7777-4777-8777-777777777777", "clientId": "guest", "clientSecret": "s"}
    world.cloud.principals([{**guest, "roles": []}])
    failure = await failure_of(LOOKS[look](await world.as_principal("guest", "s"), world.host))
    assert (failure.reason, failure.code) == (Reason.AUTHORIZATION_FAILED, "UNAUTHORIZED")
    assert "AcrPull" in failure.sentence
    assert world.host in failure.sentence


async def test_a_wrong_secret_is_told_as_entra_s_refusal(world: ImageWorld) -> None:
    planted(world)
    images = await world.as_principal("22222222-2222-4222-8222-222222222222", "wrong")
    failure = await failure_of(images.manifest(world.host, REPOSITORY, "1"))
    assert (failure.reason, failure.code) == (Reason.AUTHENTICATION_FAILED, "AADSTS7000215")


@pytest.mark.parametrize("look", list(LOOKS))
@pytest.mark.promise(14)
async def test_a_registry_that_asks_to_wait_is_left_alone(world: ImageWorld, look: str) -> None:
    planted(world)
    world.cloud.fault(
        pathRegex="/images01/(v2|acr)/",
        status=429,
        errorCode="TOOMANYREQUESTS",
        headers={"Retry-After": "30"},
    )
    first = await failure_of(LOOKS[look](world.images, world.host))
    since = world.cloud.last_request()
    second = await failure_of(LOOKS[look](world.images, world.host))
    assert (first.reason, first.retry_after) == (Reason.THROTTLED, 30)
    assert second.reason is Reason.THROTTLED
    assert second.retry_after is not None
    assert 25 < second.retry_after <= 30
    assert talk(world, since) == []
    assert await world.images.manifest(world.region("westus"), REPOSITORY, "1") is not None


@pytest.mark.parametrize("damage", ["flip", "truncate"])
async def test_a_damaged_manifest_is_told_with_both_digests_and_read_again(
    world: ImageWorld, damage: str
) -> None:
    digest = planted(world)
    await world.images.manifest(world.host, REPOSITORY, digest)
    world.cloud.fault(pathRegex="/manifests/", corrupt=damage)
    failure = await failure_of(world.images.manifest(world.host, REPOSITORY, digest))
    assert failure.reason is Reason.CONTENT_DAMAGED
    assert digest in failure.message
    assert failure.message.count("sha256:") == 3  # the image's name, what arrived, what was expected
    assert world.host in failure.message
    assert await world.images.manifest(world.host, REPOSITORY, digest) is not None


async def test_a_region_out_of_service_is_unavailable_and_the_others_are_not(world: ImageWorld) -> None:
    digest = planted(world)
    world.cloud.region("westus", available=False)
    failure = await failure_of(world.images.manifest(world.region("westus"), REPOSITORY, digest))
    assert failure.reason is Reason.AZURE_UNAVAILABLE
    assert asked_itself(digest, failure).state is CopyState.FAILED
    assert await world.images.manifest(world.host, REPOSITORY, digest) is not None


@pytest.mark.promise(13)
@pytest.mark.parametrize("ask", ["list", "tag", "manifest"])
async def test_a_refusal_is_told_with_the_code_that_stands_in_its_body(world: ImageWorld, ask: str) -> None:
    planted(world)
    calls = {
        "list": lambda: world.images.repositories(world.host),
        "tag": lambda: world.images.tag(world.host, REPOSITORY, "1"),
        "manifest": lambda: world.images.manifest(world.host, REPOSITORY, "1"),
    }
    world.cloud.fault(method="GET", pathRegex="/(acr/v1|v2)/", status=503, errorCode="UNAVAILABLE", times=1)
    assert (await failure_of(calls[ask]())).code == "UNAVAILABLE"


async def test_a_connection_that_is_lost_is_a_failure_that_passes(world: ImageWorld) -> None:
    planted(world)
    world.cloud.fault(pathRegex="/manifests/", reset="before", times=10)
    failure = await failure_of(world.images.manifest(world.host, REPOSITORY, "1"))
    assert failure.reason is Reason.AZURE_UNAVAILABLE


async def test_a_deleted_version_takes_its_image_with_it(world: ImageWorld) -> None:
    planted(world)
    await world.images.delete_version(world.host, REPOSITORY, "1")
    assert world.cloud.images("images01") == []
    await world.images.delete_version(world.host, REPOSITORY, "1")


@pytest.mark.promise(11)
async def test_a_deleted_version_leaves_the_image_that_another_version_has_too(world: ImageWorld) -> None:
    digest = planted(world)
    planted(world, tag="2")
    await world.images.delete_version(world.host, REPOSITORY, "1")
    rows = world.cloud.images("images01")
    assert [(row["digest"], row["tags"]) for row in rows] == [(digest, ["2"]), (digest, ["2"])]
