"""Where private images come from: registries that an identity sees, and hosts that ask for a password."""

import pytest
from support.clouds import GROUP
from support.image_worlds import HOST, REPOSITORY, ImageWorld, an_import
from support.images import an_image

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.azure.images.directory import Directory
from mlregistry_operator.cloud.images import SeenRegistry
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.pull_secrets import PullCredentials
from mlregistry_operator.domain.resources import OperationPhase
from mockcloud import defaults

OTHER = ArmId(f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/Images02")
USER = PullCredentials("robot", "hunter2")


async def as_guest(world: ImageWorld, *grants: tuple[str, str]) -> ImageWorld:
    """The same world, seen by somebody who has these roles alone."""
    guest = {"principalId": defaults.OPERATOR_PRINCIPAL_ID, "clientId": "guest", "clientSecret": "s"}
    roles = [{"role": role, "scope": scope} for role, scope in grants]
    world.cloud.principals([{**guest, "roles": roles}])
    return ImageWorld(world.cloud, world.clouds, await world.as_principal("guest", "s"))


async def test_a_registry_is_read_by_its_id_and_found_by_its_login_server(world: ImageWorld) -> None:
    world.cloud.put_resource(OTHER, {"location": "westeurope"})
    guest = await as_guest(world, ("Reader", OTHER))

    by_id = await guest.images.registry_of(OTHER)

    assert by_id is not None
    assert by_id.login_server == world.host.replace("images01", "images02")
    assert await guest.images.registry_at(by_id.login_server.upper()) == by_id
    assert await guest.images.registry_at(world.host) is None, "another one that it may not read"


@pytest.mark.promise(13)
async def test_what_is_not_there_and_what_may_not_be_read_are_told_apart(world: ImageWorld) -> None:
    world.cloud.put_resource(OTHER, {"location": "westeurope"})
    nowhere = OTHER.replace("/resourceGroups/", "/resourceGroups/no-")
    assert await world.images.registry_of(ArmId(nowhere)) is None
    assert await world.images.registry_of(ArmId(f"{OTHER}9")) is None
    guest = await as_guest(world, ("AcrPull", OTHER))
    with pytest.raises(CloudError) as refused:
        await guest.images.registry_of(OTHER)
    assert refused.value.failure.reason is Reason.AUTHORIZATION_FAILED


async def test_who_sees_nothing_finds_nothing(world: ImageWorld) -> None:
    guest = await as_guest(world)
    assert await guest.images.registry_at(world.host) is None


@pytest.mark.promise(14)
async def test_a_throttled_list_is_a_failure_and_not_a_registry_that_is_missing(world: ImageWorld) -> None:
    world.cloud.fault(
        pathRegex="/providers/Microsoft.ContainerRegistry/registries$",
        status=429,
        errorCode="SubscriptionRequestsThrottled",
        headers={"Retry-After": "30"},
    )
    with pytest.raises(CloudError) as throttled:
        await world.images.registry_at(world.host)
    assert throttled.value.failure.reason is Reason.THROTTLED


class Counting:
    """Implements `Lister`, and counts how often it is asked."""

    def __init__(self, *names: str) -> None:
        self.asked, self.names = 0, names

    async def seen_registries(self) -> tuple[SeenRegistry, ...]:
        self.asked += 1
        return tuple(SeenRegistry(ArmId(f"/{name}"), f"{name}.azurecr.io") for name in self.names)


@pytest.mark.promise(15)
async def test_the_list_is_asked_for_once_in_a_minute_whoever_asks_for_whatever_host() -> None:
    now, lister = [1000.0], Counting("team")
    directory = Directory(clock=lambda: now[0])

    for number in range(50):
        assert await directory.find(f"strange{number}.azurecr.io", lister) is None
        assert await directory.find("team.azurecr.io", lister) is not None
    assert lister.asked == 1

    now[0] += 61
    await directory.find("team.azurecr.io", lister)
    assert lister.asked == 1, "what was found is believed for ten minutes"
    lister.names = ("team", "strange")
    assert await directory.find("strange.azurecr.io", lister) is not None
    now[0] += 601
    await directory.find("team.azurecr.io", lister)
    assert lister.asked == 3


async def test_a_private_host_is_pulled_from_with_a_users_password(world: ImageWorld) -> None:
    image = world.outside(an_image())
    world.cloud.host_accounts(HOST, [{"username": "robot", "password": "hunter2"}])
    assert (await world.ended(an_import(credentials=USER))).phase is OperationPhase.SUCCEEDED
    found = await world.images.manifest(world.host, REPOSITORY, "1")
    assert found is not None
    assert found.digest == image.digest


@pytest.mark.promise(13)
@pytest.mark.parametrize(
    ("user", "code"),
    [
        (None, "UNAUTHORIZED"),
        (PullCredentials("robot", "wrong"), "UNAUTHORIZED"),
        (PullCredentials("nobody", "hunter2"), "UNAUTHORIZED"),
        (PullCredentials("reader", "of-others"), "DENIED"),
    ],
)
async def test_who_is_not_let_in_is_told_so_and_no_password_is(
    world: ImageWorld, user: PullCredentials | None, code: str
) -> None:
    world.outside(an_image())
    accounts = [
        {"username": "robot", "password": "hunter2"},
        {"username": "reader", "password": "of-others", "repositories": ["others/"]},
    ]
    world.cloud.host_accounts(HOST, accounts)
    state = await world.ended(an_import(credentials=user))
    assert state.failure is not None
    assert (state.failure.reason, state.failure.code) == (Reason.SOURCE_UNAVAILABLE, code)
    assert user is None or user.password not in f"{state.failure}"
