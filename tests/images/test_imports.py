"""Images come into a registry by `importImage`, and its failures are told by what the source said."""

import pytest
from support.clouds import GROUP
from support.image_worlds import HOST, REPOSITORY, ImageWorld, an_import
from support.images import an_image, an_index, digest_of

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.failures import Severity
from mlregistry_operator.domain.resources import OperationPhase
from mockcloud import defaults

OTHER = ArmId(f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/images02")


@pytest.mark.parametrize("by", ["tag", "digest"])
async def test_an_image_is_imported_with_its_digest_and_size(world: ImageWorld, by: str) -> None:
    image = world.outside(an_image())
    source = "base/sklearn:1" if by == "tag" else f"base/sklearn@{image.digest}"
    assert (await world.ended(an_import(source))).phase is OperationPhase.SUCCEEDED
    found = await world.images.manifest(world.host, REPOSITORY, "1")
    assert found is not None
    assert (found.digest, found.size) == (image.digest, image.size)


@pytest.mark.promise(6)
async def test_an_import_is_started_and_let_go(world: ImageWorld) -> None:
    world.outside(an_image())
    world.cloud.settings(lroSeconds=30, retryAfterSeconds=7)
    wanted = an_import()
    begun = await world.images.import_image(wanted)
    assert begun.url is not None
    assert begun.retry_after == 7
    state = await world.images.import_state(begun.url, wanted)
    assert (state.phase, state.retry_after) == (OperationPhase.RUNNING, 7)
    assert len(world.cloud.arm_writes()) == 1


async def test_an_image_for_several_platforms_names_its_children(world: ImageWorld) -> None:
    images = [world.outside(image, image.digest) for image in (an_image("amd64"), an_image("arm64"))]
    index = an_index(*images)
    world.cloud.put_image("external", HOST, "base/sklearn", "1", index)
    await world.ended(an_import())
    found = await world.images.manifest(world.host, REPOSITORY, digest_of(index))
    assert found is not None
    assert found.children == tuple(image.digest for image in images)
    assert found.size == len(index)


@pytest.mark.promise(11)
async def test_a_tag_that_exists_is_never_overwritten(world: ImageWorld) -> None:
    first = world.outside(an_image())
    await world.ended(an_import())
    world.outside(an_image("other"), "2")
    with pytest.raises(CloudError) as refused:
        await world.images.import_image(an_import("base/sklearn:2"))
    failure = refused.value.failure
    assert (failure.reason, failure.severity) == (Reason.VERSION_CONFLICT, Severity.RETRY)
    assert failure.sentence.startswith(f"{REPOSITORY}:1 exists already (Conflict).")
    tag = await world.images.tag(world.host, REPOSITORY, "1")
    assert tag is not None
    assert tag.digest == first.digest


@pytest.mark.promise(11)
async def test_of_two_imports_under_way_to_one_tag_the_second_fails(world: ImageWorld) -> None:
    first = world.outside(an_image())
    world.outside(an_image("other"), "2")
    world.cloud.settings(lroSeconds=0.2, retryAfterSeconds=0)
    await world.images.import_image(an_import())
    state = await world.ended(an_import("base/sklearn:2"))
    assert state.failure is not None
    assert (state.phase, state.failure.reason) == (OperationPhase.FAILED, Reason.VERSION_CONFLICT)
    tag = await world.images.tag(world.host, REPOSITORY, "1")
    assert tag is not None
    assert tag.digest == first.digest


@pytest.mark.promise(13)
async def test_a_missing_source_is_told_in_its_registry_s_own_words(world: ImageWorld) -> None:
    world.outside(an_image())
    state = await world.ended(an_import("base/sklearn:9"))
    assert state.failure is not None
    assert state.phase is OperationPhase.FAILED
    assert (state.failure.reason, state.failure.severity) == (Reason.SOURCE_UNAVAILABLE, Severity.SLOW_RETRY)
    assert state.failure.sentence == (
        'Could not import mcr.example/base/sklearn:9: manifest tagged by "9" is not found (MANIFEST_UNKNOWN).'
        " Push the image to where spec.source.image.reference points, or publish a version with another"
        " reference."
    )


@pytest.mark.promise(13)
async def test_a_private_source_asks_for_a_right_to_pull(world: ImageWorld) -> None:
    world.cloud.put_resource(OTHER, {"location": "westeurope"})
    host = world.host.replace("images01", "images02")
    state = await world.ended(an_import("dev/sklearn:7", source=host))
    assert state.failure is not None
    assert (state.failure.reason, state.failure.code) == (Reason.SOURCE_UNAVAILABLE, "UNAUTHORIZED")
    assert "AcrPull" in state.failure.remedy


async def test_an_azure_registry_is_a_source_by_its_id(world: ImageWorld) -> None:
    image = an_image()
    world.cloud.put_resource(OTHER, {"location": "westeurope"})
    world.cloud.put_image("images02", "westeurope", "dev/sklearn", "7", image.content)
    wanted = an_import(f"dev/sklearn@{image.digest}", source=OTHER)
    assert (await world.ended(wanted)).phase is OperationPhase.SUCCEEDED


@pytest.mark.promise(13)
async def test_an_azure_registry_that_the_identity_may_not_pull_from_is_a_closed_source(
    world: ImageWorld,
) -> None:
    world.cloud.put_resource(OTHER, {"location": "westeurope"})
    roles = [{"role": "Contributor", "scope": an_import().registry}]
    guest = {"principalId": defaults.OPERATOR_PRINCIPAL_ID, "clientId": "guest", "clientSecret": "s"}
    world.cloud.principals([{**guest, "roles": roles}])
    images = await world.as_principal("guest", "s")
    with pytest.raises(CloudError) as refused:
        await images.import_image(an_import("dev/sklearn:7", source=OTHER))
    assert refused.value.failure.reason is Reason.SOURCE_UNAVAILABLE
    assert refused.value.failure.code == "LinkedAuthorizationFailed"


@pytest.mark.promise(14)
async def test_a_throttled_import_waits_as_long_as_azure_asked(world: ImageWorld) -> None:
    world.outside(an_image())
    world.cloud.fault(
        pathRegex="importImage",
        status=429,
        errorCode="SubscriptionRequestsThrottled",
        headers={"Retry-After": "30"},
    )
    for _ in range(2):
        with pytest.raises(CloudError) as throttled:
            await world.images.import_image(an_import())
        assert throttled.value.failure.reason is Reason.THROTTLED
    assert len(world.cloud.arm_writes()) == 1


@pytest.mark.promise(6)
async def test_a_poll_that_cannot_be_read_says_nothing_of_the_import(world: ImageWorld) -> None:
    world.outside(an_image())
    world.cloud.settings(lroSeconds=30)
    wanted = an_import()
    begun = await world.images.import_image(wanted)
    assert begun.url is not None
    world.cloud.fault(pathRegex="operationResults", status=403, errorCode="AuthorizationFailed")
    state = await world.images.import_state(begun.url, wanted)
    assert state.phase is OperationPhase.UNREADABLE
    assert len(world.cloud.arm_writes()) == 1
