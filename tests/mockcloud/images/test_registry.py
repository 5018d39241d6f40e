"""The registry plane with the real client: tokens, manifests, tags, blobs."""

import io
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from support.images import INDEX, MANIFEST, an_image, an_index, code_of, digest_of
from support.waiting import until

from mockcloud import defaults

REPOSITORY = "environments/sklearn"


async def test_what_was_pushed_is_read_by_tag_and_by_digest(registry: Any) -> None:
    image = an_image()
    assert await registry.push(image) == image.digest
    client = await registry.client()
    for reference in ("1", image.digest):
        found = await client.get_manifest(REPOSITORY, reference)
        assert (found.digest, found.media_type) == (image.digest, MANIFEST)
    stream = await client.download_blob(REPOSITORY, digest_of(image.layer))
    assert b"".join([chunk async for chunk in stream]) == image.layer


async def test_a_first_request_is_challenged_and_its_token_exchanged(registry: Any) -> None:
    await registry.push(an_image())
    since = registry.mock.last_request()
    await (await registry.client()).get_manifest(REPOSITORY, "1")
    talk = [(e["path"].partition("/images01")[2], e["status"]) for e in registry.mock.requests(since)]
    assert talk == [
        (f"/v2/{REPOSITORY}/manifests/1", 401),
        ("/oauth2/exchange", 200),
        ("/oauth2/token", 200),
        (f"/v2/{REPOSITORY}/manifests/1", 200),
    ]
    assert {e["principalId"] for e in registry.mock.requests(since)[1:]} == {defaults.OWNER_PRINCIPAL_ID}


async def test_a_challenge_names_realm_service_and_scope(azure: Any, registry: Any) -> None:
    answer = azure.raw("GET", f"/images01/v2/{REPOSITORY}/manifests/1")
    host = azure.cloud.url.removeprefix("https://")
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == (
        f'Bearer realm="https://{host}/images01/oauth2/token",service="{host}/images01",'
        f'scope="repository:{REPOSITORY}:pull"'
    )
    assert answer.body["errors"][0]["code"] == "UNAUTHORIZED"


async def test_a_token_that_ends_early_is_told_by_a_challenge(azure: Any, registry: Any) -> None:
    """A fault that says 401 says it as a registry does, so that the client asks for another token."""
    await registry.push(an_image())
    client = await registry.client()
    registry.mock.fault(method="GET", pathRegex="/manifests/", status=401, times=1)
    assert (await client.get_manifest(REPOSITORY, "1")).digest


async def test_a_token_of_resource_manager_is_taken_where_the_policy_allows_it(registry: Any) -> None:
    await registry.push(an_image())
    audience = registry.azure.cloud.url
    assert (await (await registry.client(audience=audience)).get_manifest(REPOSITORY, "1")).digest
    policy = {"policies": {"azureADAuthenticationAsArmPolicy": {"status": "disabled"}}}
    registry.mock.patch_resource(registry.id, {"properties": policy})
    with pytest.raises(ClientAuthenticationError):
        await (await registry.client(audience=audience)).get_manifest(REPOSITORY, "1")


async def test_the_registry_tells_where_it_answers_and_where_each_region_does(registry: Any) -> None:
    path = f"{registry.id}/replications/northeurope"
    await registry.caller.arm("PUT", path, {"location": "northeurope"}, version="2025-11-01")

    async def told() -> Any:
        found = registry.mock.resource(registry.id)["properties"]
        return found if len(found["regionalEndpointHostNames"]) == 3 else None

    host = registry.azure.cloud.url.removeprefix("https://")
    found = await until(told)
    assert found["loginServer"] == f"{host}/images01"
    regions = ("eastus", "northeurope", "westus")
    assert found["regionalEndpointHostNames"] == [f"{host}/images01.{region}.geo" for region in regions]


@pytest.mark.parametrize(
    ("role", "reads", "writes", "deletes"),
    [
        pytest.param("AcrPull", True, False, False, id="it pulls and no more"),
        pytest.param("AcrPush", True, True, False, id="it pulls and pushes"),
        pytest.param("Contributor", True, True, True, id="all actions are among a contributor's"),
        pytest.param("AcrDelete", False, False, True, id="it deletes and no more"),
        pytest.param("Storage Blob Data Owner", False, False, False, id="a role elsewhere is none here"),
    ],
)
async def test_roles_decide_who_pulls_pushes_and_deletes(
    azure: Any, registry: Any, role: str, *, reads: bool, writes: bool, deletes: bool
) -> None:
    image = an_image()
    await registry.push(image)
    who = {"principalId": "77777777-7777-4777-8777-777777777777", "clientId": "guest", "clientSecret": "s"}
    roles = [{"role": role, "scope": registry.id}]
    azure.mock.principals([*azure.mock.principals(), {**who, "roles": roles}])
    client = await registry.client(caller=await azure.caller("guest", "s"))
    for allowed, doing in (
        (reads, client.get_manifest(REPOSITORY, "1")),
        (writes, client.set_manifest("other", io.BytesIO(an_index()), media_type=INDEX, tag="1")),
        (deletes, client.delete_manifest(REPOSITORY, image.digest)),
    ):
        if allowed:
            await doing
            continue
        with pytest.raises(HttpResponseError) as refused:
            await doing
        assert refused.value.status_code in {401, 403}


async def test_what_is_not_there_is_told_apart(registry: Any) -> None:
    await registry.push(an_image())
    for repository, reference, code in (
        ("environments/other", "1", "NAME_UNKNOWN"),
        (REPOSITORY, "2", "MANIFEST_UNKNOWN"),
        (REPOSITORY, an_image("other").digest, "MANIFEST_UNKNOWN"),
    ):
        with pytest.raises(ResourceNotFoundError) as missing:
            await (await registry.client()).get_manifest(repository, reference)
        assert await code_of(missing.value) == code


async def test_a_manifest_is_refused_before_its_parts_are_there(registry: Any) -> None:
    with pytest.raises(HttpResponseError) as refused:
        await (await registry.client()).set_manifest("m", io.BytesIO(an_image().content), tag="1")
    assert await code_of(refused.value) == "MANIFEST_BLOB_UNKNOWN"


async def test_tags_and_manifests_are_listed_page_by_page_with_their_times(registry: Any) -> None:
    for number in range(5):
        await registry.push(an_image(str(number)), tag=str(number))
    client = await registry.client()
    tags = [tag async for tag in client.list_tag_properties(REPOSITORY, results_per_page=2)]
    assert [tag.name for tag in tags] == list("01234")
    assert tags[0].digest == an_image("0").digest
    one = await client.get_manifest_properties(REPOSITORY, "3")
    assert (one.tags, one.created_on == (await client.get_tag_properties(REPOSITORY, "3")).created_on) == (
        ["3"],
        True,
    )
    assert [name async for name in client.list_repository_names()] == [REPOSITORY]


async def test_a_tag_goes_alone_and_a_manifest_with_all_its_tags(registry: Any) -> None:
    image, client = an_image(), await registry.client()
    await registry.push(image, tag="1")
    await registry.push(image, tag="2")
    await client.delete_tag(REPOSITORY, "1")
    assert (await client.get_manifest_properties(REPOSITORY, image.digest)).tags == ["2"]
    await client.delete_manifest(REPOSITORY, image.digest)
    with pytest.raises(ResourceNotFoundError):
        await client.get_tag_properties(REPOSITORY, "2")


async def test_a_head_tells_the_digest_without_the_bytes(azure: Any, registry: Any) -> None:
    image = an_image()
    await registry.push(image)
    client = await registry.client()
    seen: dict[str, str] = {}
    await client.get_manifest(
        REPOSITORY, "1", raw_response_hook=lambda r: seen.update(r.http_request.headers)
    )
    token = seen["Authorization"].removeprefix("Bearer ")
    answer = azure.raw("HEAD", f"/images01/v2/{REPOSITORY}/manifests/1", token)
    assert (answer.status, answer.body) == (200, None)
    assert answer.headers["Docker-Content-Digest"] == image.digest
    assert int(answer.headers["Content-Length"]) == len(image.content)
    listed = azure.raw("GET", f"/images01/v2/{REPOSITORY}/tags/list", token)
    assert listed.body == {"name": REPOSITORY, "tags": ["1"]}


async def test_a_token_ends_after_the_time_that_was_set(azure: Any, registry: Any) -> None:
    await registry.push(an_image())
    azure.mock.settings(tokenSeconds=4)  # the exchange itself takes some of it
    seen: dict[str, str] = {}
    await (await registry.client()).get_manifest(
        REPOSITORY, "1", raw_response_hook=lambda r: seen.update(r.http_request.headers)
    )
    token = seen["Authorization"].removeprefix("Bearer ")

    async def refused() -> Any:
        answer = azure.raw("GET", f"/images01/v2/{REPOSITORY}/tags/list", token)
        return answer if answer.status == 401 else None

    assert 'error="invalid_token"' in (await until(refused)).headers["WWW-Authenticate"]


async def test_the_rate_limit_holds_for_the_registry_too(azure: Any, registry: Any) -> None:
    await registry.push(an_image())
    azure.mock.settings(rateLimit={"reads": 1}, retryAfterSeconds=7)
    await (await registry.client()).get_manifest(REPOSITORY, "1")
    with pytest.raises(HttpResponseError) as limited:
        await (await registry.client()).get_manifest(REPOSITORY, "1")
    assert (limited.value.status_code, limited.value.response.headers["Retry-After"]) == (429, "7")
    assert await code_of(limited.value) == "TOOMANYREQUESTS"


async def test_faults_speak_the_registry_s_dialect_and_damage_manifests(azure: Any, registry: Any) -> None:
    await registry.push(an_image())
    azure.mock.fault(pathRegex="/manifests/1$", status=500, errorCode="UNKNOWN")
    with pytest.raises(HttpResponseError) as failed:
        await (await registry.client()).get_manifest(REPOSITORY, "1")
    assert await code_of(failed.value) == "UNKNOWN"
    for damage in ("flip", "truncate"):
        azure.mock.fault(pathRegex="/manifests/1$", times=2, corrupt=damage)
        with pytest.raises(ValueError, match=r"digest|Expecting|delimiter|Unterminated"):
            await (await registry.client()).get_manifest(REPOSITORY, "1")
    await (await registry.client()).get_manifest(REPOSITORY, "1")
