"""Retention policies of containers in the control plane, through the real SDK, and what they keep."""

from collections.abc import Awaitable
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError
from azure.mgmt.storage import models

ACCOUNT, CONTAINER = "acct", "models"
SAME = MatchConditions.IfNotModified


async def refused(call: Awaitable[Any]) -> tuple[int | None, str | None]:
    with pytest.raises(HttpResponseError) as caught:
        await call
    error = caught.value.error
    return caught.value.status_code, error.code if error else None


def days(number: int, **more: Any) -> models.ImmutabilityPolicy:
    said = models.ImmutabilityPolicyProperty(immutability_period_since_creation_in_days=number, **more)
    return models.ImmutabilityPolicy(properties=said)


@pytest.fixture
async def containers(azure: Any, owner: Any) -> Any:
    """The operations on containers; an account with one container is there."""
    azure.mock.put_resource(azure.account_id(ACCOUNT), {"location": "eastus"})
    await owner.storage.blob_containers.create("rg", ACCOUNT, CONTAINER, models.BlobContainer())
    return owner.storage.blob_containers


WHERE = ("rg", ACCOUNT, CONTAINER)


async def test_a_policy_is_made_unlocked_changed_and_taken_away(containers: Any) -> None:
    assert await refused(containers.get_immutability_policy(*WHERE)) == (404, "ImmutabilityPolicyNotFound")

    made = await containers.create_or_update_immutability_policy(*WHERE, days(3))
    assert (made.immutability_period_since_creation_in_days, made.state) == (3, "Unlocked")
    again = await containers.create_or_update_immutability_policy(
        *WHERE, days(1, allow_protected_append_writes=True), etag=made.etag, match_condition=SAME
    )
    assert again.allow_protected_append_writes is True
    assert again.etag != made.etag
    stale = containers.create_or_update_immutability_policy(
        *WHERE, days(2), etag=made.etag, match_condition=SAME
    )
    assert (await refused(stale))[0] == 412

    gone = await containers.delete_immutability_policy(*WHERE, etag=again.etag, match_condition=SAME)
    assert gone.immutability_period_since_creation_in_days == 0
    assert not (await containers.get(*WHERE)).has_immutability_policy


@pytest.mark.parametrize("number", [0, 146_001])
async def test_a_period_that_azure_does_not_take_is_refused(containers: Any, number: int) -> None:
    call = containers.create_or_update_immutability_policy(*WHERE, days(number))

    assert await refused(call) == (400, "InvalidValuesForRequestParameters")


async def test_a_list_says_that_there_is_a_policy_and_the_container_says_which(containers: Any) -> None:
    await containers.create_or_update_immutability_policy(*WHERE, days(3))

    (listed,) = [one async for one in containers.list("rg", ACCOUNT)]
    assert (listed.has_immutability_policy, listed.immutability_policy) == (True, None)
    told = await containers.get(*WHERE)
    assert told.immutability_policy.immutability_period_since_creation_in_days == 3


async def test_a_locked_policy_only_grows_and_five_times_at_most(containers: Any) -> None:
    made = await containers.create_or_update_immutability_policy(*WHERE, days(1))
    early = containers.extend_immutability_policy(*WHERE, days(2), etag=made.etag, match_condition=SAME)
    assert (await refused(early))[0] == 409, "an unlocked one is changed, not extended"

    held = await containers.lock_immutability_policy(*WHERE, etag=made.etag, match_condition=SAME)
    assert held.state == "Locked"
    assert (await refused(containers.create_or_update_immutability_policy(*WHERE, days(9))))[0] == 409
    away = containers.delete_immutability_policy(*WHERE, etag=held.etag, match_condition=SAME)
    assert (await refused(away))[0] == 409
    shorter = containers.extend_immutability_policy(*WHERE, days(0), etag=held.etag, match_condition=SAME)
    assert (await refused(shorter))[0] == 400

    for number in range(2, 7):
        held = await containers.extend_immutability_policy(
            *WHERE, days(number), etag=held.etag, match_condition=SAME
        )
    sixth = containers.extend_immutability_policy(*WHERE, days(7), etag=held.etag, match_condition=SAME)
    assert (await refused(sixth))[0] == 409
    assert held.immutability_period_since_creation_in_days == 6


async def test_an_account_with_a_blob_under_a_policy_is_protected(
    azure: Any, owner: Any, containers: Any
) -> None:
    await containers.create_or_update_immutability_policy(*WHERE, days(1))
    azure.mock.put_blob(ACCOUNT, CONTAINER, "a", b"kept")

    away = owner.storage.storage_accounts.delete("rg", ACCOUNT)
    assert await refused(away) == (409, "AccountProtectedFromDeletion")
    assert (await refused(containers.delete(*WHERE)))[0] == 409

    policy = await containers.get_immutability_policy(*WHERE)
    await containers.delete_immutability_policy(*WHERE, etag=policy.etag, match_condition=SAME)
    await owner.storage.storage_accounts.delete("rg", ACCOUNT)
    assert azure.mock.resources("Microsoft.Storage/storageAccounts") == []


async def test_empty_containers_protect_nothing(owner: Any, containers: Any) -> None:
    made = await containers.create_or_update_immutability_policy(*WHERE, days(1))
    await containers.lock_immutability_policy(*WHERE, etag=made.etag, match_condition=SAME)

    await owner.storage.storage_accounts.delete("rg", ACCOUNT)


async def test_a_legal_hold_keeps_what_is_there_until_its_last_tag_is_gone(
    azure: Any, containers: Any
) -> None:
    azure.mock.put_blob(ACCOUNT, CONTAINER, "one", b"content")
    held = await containers.set_legal_hold(*WHERE, models.LegalHold(tags=["first", "second"]))
    assert (held.has_legal_hold, held.tags) == (True, ["first", "second"])
    again = await containers.set_legal_hold(*WHERE, models.LegalHold(tags=["second", "third"]))
    assert again.tags == ["first", "second", "third"]
    assert await refused(containers.delete(*WHERE)) == (409, "ContainerProtectedFromDeletion")

    some = await containers.clear_legal_hold(*WHERE, models.LegalHold(tags=["first"]))
    assert (some.has_legal_hold, some.tags) == (True, ["second", "third"])
    none = await containers.clear_legal_hold(*WHERE, models.LegalHold(tags=["second", "third"]))
    assert (none.has_legal_hold, none.tags) == (False, [])
    await containers.delete(*WHERE)


async def test_a_legal_hold_needs_tags_that_azure_takes(containers: Any) -> None:
    for tags in ([], ["a"], ["with-a-dash"]):
        asked = containers.set_legal_hold(*WHERE, models.LegalHold(tags=tags))
        assert await refused(asked) == (400, "InvalidValuesForRequestParameters")
