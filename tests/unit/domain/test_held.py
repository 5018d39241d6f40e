"""What is said while Azure has asked not to be looked at."""

from datetime import UTC, datetime, timedelta

import pytest
from support.manifests import a_registry
from support.scenes import Scene, settled
from support.worlds import GROUP, refusal

from mlregistry_operator.api.registry_status import MLRegistryStatus
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.events import transitions
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.summary import PassResult, summarise

NOW = datetime(2026, 11, 24, 8, 0, 0, tzinfo=UTC)
REGIONS = ("eastus", "westus")
ASKED = a_registry().in_regions(*REGIONS)


def told(scene: Scene, now: datetime = NOW) -> MLRegistryStatus:
    plan = scene.plan()
    return summarise(scene.registry, GROUP.id, PassResult(plan, {}, plan.actions(), ()), now=now)


def known(scene: Scene) -> Scene:
    """The same with the status that a look at it gives."""
    return scene.but(registry=scene.registry.model_copy(update={"status": told(scene)}))


def held(target: str, wait: float | None = 90) -> Failure:
    return refusal(ArmId(target), "SubscriptionRequestsThrottled", 429, wait=wait)


def unseen(scene: Scene, wait: float | None = 90) -> Scene:
    """Nothing of it may be looked at."""
    refused = held(scene.registry_id, wait)
    for location in REGIONS:
        scene = scene.with_account(location, held(scene.account(location).id, wait))
    return scene.but(container_registry=refused, replications=refused)


@pytest.mark.promise(12)
def test_a_ready_registry_that_may_not_be_looked_at_stays_as_it_was_seen_last() -> None:
    scene = known(settled(ASKED))
    before = scene.registry.status

    after = told(unseen(scene), NOW + timedelta(hours=1))

    ready, *others = after.conditions
    assert (ready.type, ready.status, ready.reason) == ("Ready", "True", "Succeeded")
    assert ready.message == (
        "2 of 2 regions are ready. Azure has asked not to be looked at before 2026-11-24T09:01:30Z;"
        " this is what was seen last."
    )
    assert after.model_copy(update={"conditions": ()}) == before.model_copy(update={"conditions": ()})
    assert tuple(others) == before.conditions[1:]
    assert list(transitions(before, after)) == []


def test_the_note_is_replaced_by_the_next_one_and_goes_with_the_next_look() -> None:
    scene = known(settled(ASKED))
    first = told(unseen(scene))
    again = scene.but(registry=scene.registry.model_copy(update={"status": first}))

    second = told(unseen(again, wait=None), NOW + timedelta(minutes=2))

    note = "Azure has asked not to be looked at for a while; this is what was seen last."
    assert second.conditions[0].message == f"2 of 2 regions are ready. {note}"
    assert told(again).conditions == scene.registry.status.conditions


@pytest.mark.promise(12)
@pytest.mark.parametrize(
    ("spoilt", "because"),
    [
        (lambda scene: unseen(settled(ASKED)), "it was never said to be ready"),
        (lambda scene: unseen(scene).with_account("westus", None), "an account is known to be gone"),
        (
            lambda scene: unseen(scene).with_account(
                "westus", refusal(scene.account("westus").id, "AuthorizationFailed", 403)
            ),
            "another look failed for another reason",
        ),
    ],
)
def test_it_is_not_ready_where_more_is_known_or_less_was(spoilt: object, because: str) -> None:
    assert callable(spoilt)

    after = told(spoilt(known(settled(ASKED))))

    assert after.conditions[0].status != "True", because


@pytest.mark.promise(12)
def test_a_ready_region_stays_ready_while_another_is_being_made() -> None:
    scene = known(settled(ASKED).with_account("westus", None))
    assert [row.state for row in scene.registry.status.regions] == ["Ready", "Creating"]

    refused = held(scene.registry_id)
    after = told(
        scene.with_account("eastus", held(scene.account("eastus").id)).but(
            container_registry=refused, replications=refused
        )
    )

    assert after.regions[0].state == "Ready"
    assert after.regions[0].image_replication == scene.registry.status.regions[0].image_replication
    assert after.conditions[0].status == "False"
    assert "RegionDegraded" not in {one.reason for one in transitions(scene.registry.status, after)}
