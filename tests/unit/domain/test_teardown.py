"""Taking a registry down, stage by stage."""

from dataclasses import replace

import pytest
from support.manifests import a_registry
from support.scenes import Scene, absent, settled
from support.worlds import GROUP, refusal

from mlregistry_operator.domain.ownership import Owner
from mlregistry_operator.domain.plan import ActionKind, Activity, Standing
from mlregistry_operator.domain.resources import Observed, ObservedGroup
from mlregistry_operator.domain.teardown import Teardown, belongings, plan_teardown

SCENE = settled(a_registry().in_regions("eastus", "westus"))
UNREAD = refusal(GROUP.id, "ServiceUnavailable", 503)


def teardown(scene: Scene, observed: Observed | None = None, activity: Activity | None = None) -> Teardown:
    return plan_teardown(
        scene.desired, observed or scene.observed(), activity or Activity(), owner=scene.owner
    )


def kinds(found: Teardown) -> list[ActionKind]:
    return [action.kind for action in found.actions()]


def without_replications() -> Scene:
    return SCENE.with_replication("westus", None)


@pytest.mark.promise(9)
def test_each_stage_begins_when_the_one_before_is_gone() -> None:
    second = without_replications()
    third = second.but(container_registry=None)
    last = third.but(accounts={"eastus": None, "westus": None})

    assert kinds(teardown(SCENE)) == ["DeleteReplication"]
    assert kinds(teardown(second)) == ["DeleteContainerRegistry"]
    assert kinds(teardown(third)) == ["DeleteStorageAccount", "DeleteStorageAccount"]
    assert teardown(last).finished


@pytest.mark.parametrize("stage", range(3))
def test_what_could_not_be_read_holds_the_stages_after_it(stage: int) -> None:
    scenes = [
        SCENE.but(replications=UNREAD),
        without_replications().but(container_registry=UNREAD),
        without_replications().but(container_registry=None).with_account("westus", UNREAD),
    ]
    found = teardown(scenes[stage])

    assert not found.finished
    assert Standing.UNSEEN in {one.standing for one in found.remaining}
    assert set(kinds(found)) <= {"DeleteStorageAccount"}


def test_what_is_being_deleted_is_waited_for_and_not_deleted_again() -> None:
    going = replace(SCENE.replication("westus"), provisioning_state="Deleting")
    busy = Activity({}, frozenset({going.id}))

    for found in (teardown(SCENE.with_replication("westus", going)), teardown(SCENE, activity=busy)):
        assert [one.standing for one in found.remaining] == [Standing.IN_PROGRESS]
        assert found.actions() == ()


@pytest.mark.promise(8)
def test_nothing_without_our_tag_is_ever_touched() -> None:
    owner = Owner("another-cluster", "default", "registry")
    found = plan_teardown(SCENE.desired, SCENE.observed(), Activity(), owner=owner)

    assert found.finished
    assert belongings(SCENE.desired, SCENE.observed(), owner) == ()


def test_what_belongs_to_a_registry_is_all_that_carries_its_tag() -> None:
    found = belongings(SCENE.desired, SCENE.observed(), SCENE.owner)

    assert {type(one).__name__ for one in found} == {
        "ObservedAccount",
        "ObservedContainerRegistry",
        "ObservedReplication",
    }
    assert len(found) == 4, "without the home region's own entry"


@pytest.mark.parametrize(
    ("ours", "empty", "state", "expected", "because"),
    [
        (True, True, "Succeeded", ["DeleteResourceGroup"], "we made it and nothing is in it"),
        (True, False, "Succeeded", [], "somebody's things are in it"),
        (False, True, "Succeeded", [], "somebody else made it"),
        (True, True, "Deleting", [], "it goes already"),
    ],
)
@pytest.mark.promise(9)
def test_a_group_goes_last_and_only_if_it_is_ours_and_empty(
    *, ours: bool, empty: bool, state: str, expected: list[str], because: str
) -> None:
    scene = absent(a_registry().in_azure(createResourceGroup=True))
    settings = scene.desired.group_settings
    assert settings is not None
    group = ObservedGroup(GROUP.id, "eastus", settings.tags if ours else {}, state, empty=empty)

    found = teardown(scene, replace(scene.observed(), group=group))

    assert kinds(found) == expected, because
    assert found.finished == (not expected and state != "Deleting")


def test_a_group_that_could_not_be_read_is_not_taken_for_gone() -> None:
    scene = absent()

    assert not teardown(scene, replace(scene.observed(), group=UNREAD)).finished
    assert teardown(scene).finished
