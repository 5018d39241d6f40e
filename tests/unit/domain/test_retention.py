"""Retention on the containers that hold assets."""

from dataclasses import replace

import pytest
from support.manifests import a_registry
from support.scenes import Scene, absent, settled
from support.worlds import refusal

from mlregistry_operator.domain.arm import name_of, parent_of
from mlregistry_operator.domain.containers import (
    ASSET_CONTAINERS,
    ObservedContainer,
    ObservedRetention,
    RetentionSettings,
)
from mlregistry_operator.domain.plan import Action, ActionKind, Standing
from mlregistry_operator.domain.resources import Insides

KEPT = a_registry().in_regions("eastus", "westus").with_spec(immutability={"retentionDays": 30})
RIGHT = ObservedRetention(days=30, locked=False, appends=False, etag='"1"')


def holding(scene: Scene, retention: ObservedRetention | None = RIGHT) -> Scene:
    """Every container is there; in the east `models` has this retention, all others what is declared."""
    rest = tuple(ObservedContainer(name, RIGHT) for name in ASSET_CONTAINERS if name != "models")
    found = {
        scene.account("eastus").id.casefold(): (*rest, ObservedContainer("models", retention)),
        scene.account("westus").id.casefold(): (*rest, ObservedContainer("models", RIGHT)),
    }
    return scene.but(insides=Insides(containers=found))


def steps(scene: Scene) -> list[Action]:
    return list(scene.plan().actions())


@pytest.mark.promise(2)
def test_what_is_kept_as_declared_is_settled() -> None:
    assert holding(settled(KEPT)).plan().settled()
    assert settled(a_registry()).plan().retention == ()


def test_a_container_is_made_first_and_its_policy_waits_for_it() -> None:
    scene = settled(KEPT)
    found = scene.plan().retention

    assert [one.standing for one in found[:2]] == [Standing.ABSENT, Standing.DIFFERS]
    made, policy = steps(scene)[:2]
    assert (made.kind, made.waits_for) == (ActionKind.CREATE_CONTAINER, None)
    assert (policy.kind, policy.waits_for) == (ActionKind.UPDATE_RETENTION_POLICY, "the container components")
    assert parent_of(policy.target) == made.target
    assert len(found) == 2 * 2 * len(ASSET_CONTAINERS)


@pytest.mark.promise(8)
def test_nothing_is_kept_in_an_account_that_is_not_there_or_not_ours() -> None:
    waits = {one.waits_for for one in steps(absent(KEPT)) if "/containers/" in one.target}
    assert waits == {"the storage account"}

    foreign = settled(KEPT).with_drift("eastus", tags={"theirs": "yes"})
    account = foreign.account("eastus").id
    theirs = [one.waits_for for one in steps(foreign) if one.target.startswith(f"{account}/")]
    assert set(theirs) == {"the storage account"}


@pytest.mark.parametrize(
    ("found", "settings", "observed"),
    [
        pytest.param(None, RetentionSettings(30), "absent", id="there is none"),
        pytest.param(replace(RIGHT, days=3), RetentionSettings(30), "3", id="it is shorter"),
        pytest.param(
            replace(RIGHT, days=3, locked=True),
            RetentionSettings(30, '"1"'),
            "3",
            id="a locked one is extended",
        ),
        pytest.param(replace(RIGHT, appends=True), RetentionSettings(30), "true", id="it allows appends"),
    ],
)
def test_a_policy_that_keeps_less_than_declared_is_put_right(
    found: ObservedRetention | None, settings: RetentionSettings, observed: str
) -> None:
    scene = holding(settled(KEPT), found)

    (step,) = steps(scene)
    assert (step.kind, step.settings) == (ActionKind.UPDATE_RETENTION_POLICY, settings)
    assert name_of(parent_of(step.target)) == "models"
    (one,) = [part for part in scene.plan().retention if part.action]
    assert one.differences[0].observed == observed


@pytest.mark.parametrize("locked", [False, True])
def test_a_policy_that_keeps_longer_is_nobodys_harm(*, locked: bool) -> None:
    assert holding(settled(KEPT), replace(RIGHT, days=365, locked=locked)).plan().settled()
    assert holding(settled(KEPT), replace(RIGHT, locked=True, appends=True)).plan().settled()


def test_what_could_not_be_read_is_told_once_for_an_account() -> None:
    scene = settled(KEPT)
    account = scene.account("eastus").id
    failure = refusal(account, "InternalError", 500)
    found = {account.casefold(): failure}
    seen = scene.but(insides=Insides(containers=found)).plan().retention[: len(ASSET_CONTAINERS)]

    assert {one.standing for one in seen} == {Standing.UNSEEN}
    assert [one.failure for one in seen if one.failure] == [failure]
