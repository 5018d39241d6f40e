"""What is lost under the operator: its leader, and a node."""

import json

import pytest
from support.e2e import PLATFORM, REGISTRY, TEAM, Stage

from hack.world.places import NAMESPACE


@pytest.mark.promise(3)
def test_another_replica_goes_on_when_the_leader_is_deleted(stage: Stage) -> None:
    leader = stage.release.leader()

    with stage.silence():
        with stage.timed("another leader after a clean stop"):
            stage.kubectl("delete", "pod", leader, f"--namespace={NAMESPACE}", "--wait=false")
            stage.until(lambda: stage.release.leader() not in {"", leader}, "another pod leads", 30)
        stage.look_now("after-a-stop")


@pytest.mark.promise(4)
def test_work_under_way_is_finished_by_another_when_the_leader_is_killed(stage: Stage) -> None:
    """Operations last 5 s, and the leader is gone without a word while they go on."""
    leader = stage.release.leader()
    mark = stage.cloud.client.last_request()
    stage.cloud.client.settings(lroSeconds=5)
    region = json.dumps(
        [{"op": "add", "path": "/spec/replicationLocations/-", "value": {"location": "westus3"}}]
    )
    stage.kubectl("patch", REGISTRY, PLATFORM, "--type=json", f"--patch={region}")
    stage.until(lambda: stage.cloud.client.arm_writes(mark), "the new region's first write")

    with stage.timed("another leader after a crash"):
        stage.kubectl("delete", "pod", leader, f"--namespace={NAMESPACE}", "--grace-period=0", "--force")
        stage.until(lambda: stage.release.leader() not in {"", leader}, "another pod leads", 60)
    stage.wait("jsonpath={.status.readyRegions}=4/4", REGISTRY, PLATFORM)
    stage.wait("condition=Ready", "mlassets", "--all", TEAM)
    stage.cloud.client.settings(lroSeconds=1)

    creations = [
        one["path"]
        for one in stage.cloud.client.arm_writes(mark)
        if one["method"] == "PUT"
        and one["path"].rpartition("/")[0].endswith(("/storageAccounts", "/replications"))
    ]
    assert len(creations) == len(set(creations)), "nothing was created twice"


@pytest.mark.nodes
def test_another_replica_goes_on_when_the_leaders_node_is_lost(stage: Stage) -> None:
    leader = stage.release.leader()
    node = stage.look("pod", leader, f"--namespace={NAMESPACE}")["spec"]["nodeName"]

    with stage.timed("another leader after the loss of a node"):
        stage.cluster.docker("rm", "--force", node)
        stage.until(lambda: stage.release.leader() not in {"", leader}, "another pod leads", 60)
    stage.kubectl("delete", "node", node)
    stage.look_now("after-a-node")
