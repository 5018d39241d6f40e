"""From the chart's first version to this one and back, with fifty settled objects."""

import pytest
from support.e2e import PREVIOUS_CHART, TEAM, Manifest, Stage

OBJECTS = 50


@pytest.fixture(scope="module")
def settled(stage: Stage) -> None:
    """Fifty objects and more, all ready under the chart's first version."""
    stage.release.upgrade(PREVIOUS_CHART)
    stage.apply(*(component(number) for number in range(OBJECTS - len(stage.conditions()))))
    with stage.timed(f"{OBJECTS} objects ready"):
        stage.wait("condition=Ready", "mlassets", "--all", TEAM)
    assert len(stage.conditions()) >= OBJECTS
    stage.look_now("settled")


@pytest.mark.promise(3)
@pytest.mark.usefixtures("settled")
def test_an_upgrade_writes_nothing_to_azure_and_leaves_every_object_ready(stage: Stage) -> None:
    before = stage.conditions()

    with stage.silence():
        with stage.timed("upgrade"):
            stage.release.upgrade()
        stage.look_now("upgraded")

    assert stage.conditions() == before


@pytest.mark.promise(3)
@pytest.mark.usefixtures("settled")
def test_a_rollback_writes_nothing_to_azure_and_leaves_every_object_ready(stage: Stage) -> None:
    before = stage.conditions()

    with stage.silence():
        with stage.timed("rollback"):
            stage.release.roll_back()
        stage.look_now("rolled-back")

    assert stage.conditions() == before


def component(number: int) -> Manifest:
    return {
        "apiVersion": "mlregistry.io/v1alpha1",
        "kind": "MLAsset",
        "metadata": {"name": f"step-{number}", "namespace": "team-a"},
        "spec": {
            "registryRef": {"name": "demo-registry-1", "namespace": "ml-platform"},
            "type": "Component",
            "assetName": f"step-{number}",
            "version": "1",
            "source": {"inline": f"name: step_{number}\ntype: command\ncommand: echo {number}\n"},
        },
    }
