"""The chart, installed as its documentation says: two replicas of restricted pods that stop when told to."""

import json

from support.e2e import Stage

from hack.world.places import NAMESPACE


def test_the_chart_comes_up_with_two_ready_replicas(stage: Stage) -> None:
    label = "pod-security.kubernetes.io/enforce=restricted"
    stage.kubectl("label", "--overwrite", "namespace", NAMESPACE, label)

    with stage.timed("install until every replica is ready"):
        stage.release.install()

    pods = stage.release.pods()
    assert len(pods) == 2
    for pod in pods:
        (container,) = pod["status"]["containerStatuses"]
        assert (container["ready"], container["restartCount"]) == (True, 0)
    stage.until(stage.release.leader, "one of them holds the lease")


def test_the_release_passes_its_own_test(stage: Stage) -> None:
    stage.release.test()


def test_a_pod_that_is_told_to_stop_ends_by_itself_as_its_only_process(stage: Stage) -> None:
    """A finalizer keeps the pod, so that the exit code can be read: 0, where nobody had to kill it."""
    leader = stage.release.leader()
    names = [pod["metadata"]["name"] for pod in stage.release.pods()]
    pod, place = next(name for name in names if name != leader), f"--namespace={NAMESPACE}"
    stage.kubectl("patch", "pod", pod, place, "--type=merge", f"--patch={finalizers(['mlregistry.io/e2e'])}")

    with stage.timed("a replica stops"):
        stage.kubectl("delete", "pod", pod, place, "--wait=false")
        stage.until(lambda: terminated(stage, pod) is not None, "the container has ended")

    ended = terminated(stage, pod)
    stage.kubectl("patch", "pod", pod, place, "--type=merge", f"--patch={finalizers(None)}")
    assert ended == 0
    stage.until(lambda: len(ready(stage)) == 2, "two replicas are ready again")


def finalizers(names: list[str] | None) -> str:
    return json.dumps({"metadata": {"finalizers": names}})


def terminated(stage: Stage, pod: str) -> int | None:
    """The exit code of a pod's container; None while it runs."""
    (container,) = stage.look("pod", pod, f"--namespace={NAMESPACE}")["status"]["containerStatuses"]
    ended = container["state"].get("terminated")
    return None if ended is None else int(ended["exitCode"])


def ready(stage: Stage) -> list[str]:
    """Names of the pods that are ready."""
    return [
        pod["metadata"]["name"]
        for pod in stage.release.pods()
        if all(one["ready"] for one in pod["status"].get("containerStatuses", [{"ready": False}]))
    ]
