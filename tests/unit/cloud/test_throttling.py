"""Which requests a refusal of Azure speaks of: those wait, and nobody else."""

from typing import Any

import pytest
from azure.core.pipeline import AsyncPipeline
from azure.core.rest import HttpRequest
from support.transports import Reply, ScriptedTransport
from support.worlds import FakeClock

from mlregistry_operator.cloud.azure.gates import Gates, HeldBackError
from mlregistry_operator.cloud.azure.throttling import Throttle, ThrottlePolicy

ARM = "https://management.example"
SUB = f"{ARM}/subscriptions/AAAA"
GROUP = f"{SUB}/resourceGroups/g"
EAST = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/east?api-version=1"
EAST_TOO = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/east2?api-version=1"
WEST = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/west?api-version=1"
STRANGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/unseen?api-version=1"
EAST_CHILD = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/EAST/blobServices/default?api-version=1"
EAST_POLL = f"{SUB}/providers/Microsoft.Storage/locations/EastUS/asyncoperations/1?t=2"
EAST_KEYS = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/east/listKeys?api-version=1"
WEST_KEYS = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/west/listKeys?api-version=1"
EAST_ROLE = (
    f"{GROUP}/providers/Microsoft.Storage/storageAccounts/east"
    "/providers/Microsoft.Authorization/roleAssignments/1"
)
REGISTRY = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/r"
IMPORT = f"{REGISTRY}/importImage"
TO_WEST = f"{REGISTRY}/replications/westus"
TO_WEST_POLL = f"{REGISTRY}/replications/westus/operationStatuses/replications-1"
OTHER = "https://management.example/subscriptions/bbbb/providers/Microsoft.Storage/locations/eastus/x"

WIDE, PROVIDER, ACTION = "SubscriptionRequestsThrottled", "TooManyRequests", "ResourceRequestsThrottled"


def a_throttle() -> tuple[Throttle, FakeClock]:
    """One that knows an account in each of two regions, and a registry in the first."""
    clock = FakeClock()
    throttle = Throttle(Gates(clock.monotonic))
    for url, location in ((EAST, "eastus"), (EAST_TOO, "eastus"), (WEST, "westus"), (REGISTRY, "eastus")):
        throttle.regions.learn(url.removeprefix(ARM).partition("?")[0], location)
    return throttle, clock


async def wait(throttle: Throttle, method: str, url: str) -> float:
    """Seconds that a request is held back; 0 where it may go."""
    try:
        await throttle.enter(method, url)
    except HeldBackError as error:
        return error.seconds
    return 0.0


@pytest.mark.parametrize(
    ("refused", "method", "url", "waits", "because"),
    [
        ((WIDE, "GET", EAST), "GET", EAST_TOO, True, "the subscription is full"),
        ((WIDE, "GET", EAST), "GET", REGISTRY, True, "for every provider"),
        ((WIDE, "GET", EAST), "GET", WEST, True, "in every region"),
        ((WIDE, "GET", EAST), "HEAD", REGISTRY, True, "a HEAD reads too"),
        ((WIDE, "GET", EAST), "GET", EAST.replace("AAAA", "aaaa").lower(), True, "ids have no case"),
        ((WIDE, "GET", EAST), "PUT", EAST, False, "of reads alone"),
        ((WIDE, "GET", EAST), "DELETE", EAST, False, "deletes are counted apart"),
        ((WIDE, "PUT", EAST), "DELETE", EAST, False, "from writes as well"),
        ((WIDE, "GET", EAST), "GET", OTHER, False, "another subscription"),
        ((PROVIDER, "GET", EAST), "GET", EAST_TOO, True, "the provider is full in that region"),
        ((PROVIDER, "GET", EAST), "GET", EAST_CHILD, True, "what lies in an account is served where it is"),
        ((PROVIDER, "GET", EAST), "GET", EAST_POLL, True, "an address may name its region"),
        ((PROVIDER, "GET", EAST_POLL), "GET", EAST, True, "and a poll counts as any read"),
        ((PROVIDER, "GET", EAST), "GET", WEST, False, "another region has a limit of its own"),
        ((PROVIDER, "GET", EAST), "GET", REGISTRY, False, "another provider"),
        ((PROVIDER, "GET", EAST), "PATCH", EAST, False, "of reads alone"),
        ((PROVIDER, "GET", EAST), "GET", STRANGE, True, "it may be in the region that is closed"),
        ((PROVIDER, "GET", STRANGE), "GET", EAST, True, "any region may have been meant"),
        ((PROVIDER, "GET", STRANGE), "GET", WEST, True, "any region may have been meant"),
        ((PROVIDER, "GET", STRANGE), "GET", STRANGE, True, "and that of the same request"),
        ((PROVIDER, "PUT", REGISTRY), "PUT", TO_WEST, False, "a replication is served in its own region"),
        ((PROVIDER, "PUT", TO_WEST), "PUT", REGISTRY, False, "and the registry in its home"),
        ((PROVIDER, "GET", TO_WEST), "GET", TO_WEST_POLL, True, "its operations are its region's"),
        ((PROVIDER, "PUT", TO_WEST), "PUT", WEST, False, "another provider in that region"),
        ((PROVIDER, "PUT", EAST), "PUT", EAST_ROLE, False, "what extends a resource is another provider's"),
        ((PROVIDER, "PUT", GROUP), "PUT", EAST, False, "groups are no provider's"),
        (("", "GET", EAST), "GET", EAST_TOO, True, "without a code the provider is meant"),
        ((ACTION, "POST", EAST_KEYS), "POST", WEST_KEYS, True, "an action's limit is for the action"),
        ((ACTION, "POST", EAST_KEYS), "PUT", EAST, False, "other writes go on"),
        ((PROVIDER, "POST", IMPORT), "POST", IMPORT, True, "an action, whatever the code"),
        ((PROVIDER, "POST", IMPORT), "PUT", REGISTRY, False, "other writes go on"),
        ((ACTION, "GET", EAST), "GET", EAST_TOO, True, "reading accounts is an action, too"),
        ((ACTION, "GET", EAST), "GET", EAST_CHILD, False, "reading what lies in them is another"),
        ((WIDE, "POST", IMPORT), "PUT", EAST, True, "an action writes"),
    ],
)
@pytest.mark.promise(14)
async def test_a_429_closes_its_scope_and_no_other(
    refused: tuple[str, str, str], method: str, url: str, because: str, *, waits: bool
) -> None:
    throttle, _ = a_throttle()
    code, verb, address = refused
    throttle.refused(verb, address, code, 10)

    assert await wait(throttle, method, url) == (10 if waits else 0), because


@pytest.mark.parametrize("one", ["PUT", "PATCH"])
@pytest.mark.parametrize("other", ["PUT", "PATCH", "POST"])
async def test_all_writes_are_one_class(one: str, other: str) -> None:
    throttle, _ = a_throttle()
    throttle.refused(one, EAST, PROVIDER, 10)

    assert await wait(throttle, other, EAST) == 10


async def test_a_resource_that_came_back_elsewhere_is_served_elsewhere() -> None:
    throttle, _ = a_throttle()
    throttle.regions.learn(EAST.removeprefix(ARM).partition("?")[0], "westus")
    throttle.refused("GET", WEST, PROVIDER, 10)

    assert await wait(throttle, "GET", EAST) == 10


async def sent(throttle: Throttle, reply: Reply, url: str = EAST) -> ScriptedTransport:
    """The transport after one request through the policy, whose answer nobody has read yet."""
    transport = ScriptedTransport(lambda _: reply)
    pipeline: AsyncPipeline[Any, Any] = AsyncPipeline(transport, [ThrottlePolicy(throttle)])
    await pipeline.run(HttpRequest("GET", url), stream=True)
    return transport


def refusal(status: int, code: str, message: str = "", **headers: str) -> Reply:
    told = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status, {"error": {"code": code, "message": message}}, told)


@pytest.mark.parametrize(
    ("reply", "seconds", "because"),
    [
        (refusal(429, PROVIDER, Retry_After="17"), 17, "the header says it"),
        (refusal(429, WIDE, "Please try again after '324' seconds."), 324, "the text says it"),
        (refusal(503, "ServerBusy", Retry_After="4"), 4, "a provider that is too busy for all"),
        (refusal(503, "ServiceUnavailable", Retry_After="4"), 0, "who is down speaks of this request alone"),
        (refusal(409, "Conflict", Retry_After="4"), 0, "a conflict speaks of one resource"),
    ],
)
@pytest.mark.promise(14)
async def test_how_long_a_refusal_closes_its_scope(reply: Reply, seconds: float, because: str) -> None:
    throttle, _ = a_throttle()

    await sent(throttle, reply)

    assert await wait(throttle, "GET", EAST_TOO) == seconds, because


@pytest.mark.promise(14)
async def test_a_request_to_a_closed_scope_is_not_sent() -> None:
    throttle, clock = a_throttle()
    throttle.refused("GET", EAST, PROVIDER, 10)

    with pytest.raises(HeldBackError) as caught:
        await sent(throttle, Reply())
    clock.advance(10)

    assert caught.value.seconds == 10
    assert len((await sent(throttle, Reply())).sent) == 1


@pytest.mark.parametrize(
    ("header", "left", "url", "slowed", "because"),
    [
        ("reads", "11999", EAST_TOO, False, "there is plenty"),
        ("reads", "3", EAST_TOO, True, "few are left"),
        ("reads", "3", REGISTRY, True, "for the whole subscription"),
        ("global-reads", "3", REGISTRY, True, "of all regions together"),
        ("resource-requests", "3", EAST_TOO, True, "of this kind of request"),
        ("resource-requests", "3", REGISTRY, False, "and of no other"),
        ("reads", "many", EAST_TOO, False, "what is no number says nothing"),
    ],
)
@pytest.mark.promise(14)
async def test_few_remaining_calls_slow_their_scope_down(
    header: str, left: str, url: str, because: str, *, slowed: bool
) -> None:
    throttle, clock = a_throttle()
    waited = list[float]()

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        clock.advance(seconds)

    throttle.gates.sleep = sleep
    await sent(throttle, Reply(headers={f"x-ms-ratelimit-remaining-subscription-{header}": left}))
    for _ in range(3):
        await throttle.enter("GET", url)

    assert waited == (pytest.approx([0.25] * 3) if slowed else []), because
