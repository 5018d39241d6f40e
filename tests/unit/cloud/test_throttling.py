"""Nobody calls a closed scope, and nobody else has to wait."""

import pytest
from azure.core.pipeline import PipelineContext, PipelineRequest
from azure.core.rest import HttpRequest
from support.worlds import FakeClock

from mlregistry_operator.cloud.azure.throttling import HeldBackError, Throttle, ThrottlePolicy

SUB = "https://management.example/subscriptions/AAAA"
STORAGE = f"{SUB}/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a?api-version=1"
REGISTRY = f"{SUB}/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/r"
OTHER = "https://management.example/subscriptions/bbbb/providers/Microsoft.Storage/x"


def closed(code: str, method: str = "GET", seconds: float | None = 10) -> tuple[Throttle, FakeClock]:
    """A throttle that has heard of one 429 about a storage account."""
    clock = FakeClock()
    throttle = Throttle(clock.monotonic)
    throttle.hear(method, STORAGE, code, seconds)
    return throttle, clock


@pytest.mark.parametrize(
    ("code", "method", "url", "waits", "because"),
    [
        ("SubscriptionRequestsThrottled", "GET", STORAGE, True, "the subscription is full"),
        ("SubscriptionRequestsThrottled", "GET", REGISTRY, True, "for every provider"),
        ("SubscriptionRequestsThrottled", "HEAD", REGISTRY, True, "a HEAD reads too"),
        (
            "SubscriptionRequestsThrottled",
            "GET",
            STORAGE.replace("AAAA", "aaaa").lower(),
            True,
            "ids have no case",
        ),
        ("SubscriptionRequestsThrottled", "PUT", STORAGE, False, "of reads alone"),
        ("SubscriptionRequestsThrottled", "DELETE", STORAGE, False, "deletes are counted apart"),
        ("SubscriptionRequestsThrottled", "GET", OTHER, False, "another subscription"),
        ("TooManyRequests", "GET", STORAGE, True, "the provider is full"),
        ("TooManyRequests", "GET", REGISTRY, False, "another provider"),
        ("TooManyRequests", "PATCH", STORAGE, False, "of reads alone"),
    ],
)
@pytest.mark.promise(14)
def test_a_429_closes_its_scope_and_no_other(
    code: str, method: str, url: str, because: str, *, waits: bool
) -> None:
    throttle, _ = closed(code)

    assert throttle.wait(method, url) == (10 if waits else 0), because


@pytest.mark.parametrize("one", ["PUT", "PATCH", "POST"])
@pytest.mark.parametrize("other", ["PUT", "PATCH", "POST"])
def test_all_writes_are_one_class(one: str, other: str) -> None:
    throttle, _ = closed("TooManyRequests", one)

    assert throttle.wait(other, STORAGE) == 10


@pytest.mark.promise(14)
def test_a_scope_opens_when_its_time_has_come_and_never_owes_anything() -> None:
    throttle, clock = closed("SubscriptionRequestsThrottled")
    clock.advance(9.5)
    assert throttle.wait("GET", STORAGE) == pytest.approx(0.5)
    clock.advance(100)

    assert throttle.wait("GET", STORAGE) == 0


def test_a_shorter_wait_never_shortens_a_longer_one() -> None:
    throttle, _ = closed("TooManyRequests", seconds=60)
    throttle.hear("GET", STORAGE, "TooManyRequests", 5)

    assert throttle.wait("GET", STORAGE) == 60


def test_a_429_that_names_no_time_closes_nothing() -> None:
    throttle, _ = closed("TooManyRequests", seconds=None)

    assert throttle.wait("GET", STORAGE) == 0


@pytest.mark.promise(14)
def test_a_request_to_a_closed_scope_is_not_sent() -> None:
    throttle, clock = closed("TooManyRequests")
    policy = ThrottlePolicy(throttle)
    request = PipelineRequest(HttpRequest("GET", STORAGE), PipelineContext(None))

    with pytest.raises(HeldBackError) as caught:
        policy.on_request(request)
    clock.advance(10)
    policy.on_request(request)

    assert caught.value.seconds == 10
