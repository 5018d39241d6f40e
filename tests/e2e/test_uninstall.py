"""The end, in the order of docs/uninstall.md: assets, registries, the release, the kinds. Nothing is left."""

from support.e2e import Stage

from hack.controlplane.plane import KubectlError
from hack.world.places import NAMESPACE

KINDS = (
    "customresourcedefinition/mlassets.mlregistry.io",
    "customresourcedefinition/mlregistries.mlregistry.io",
)
EVERYTHING = (
    "deployments,services,serviceaccounts,secrets,configmaps,leases,roles,rolebindings,networkpolicies,"
    "poddisruptionbudgets"
)
OF_THE_CLUSTER = (
    "clusterroles,clusterrolebindings,validatingwebhookconfigurations,customresourcedefinitions,"
    "validatingadmissionpolicies,validatingadmissionpolicybindings"
)


def test_objects_go_before_the_release_and_leave_their_content_in_azure(stage: Stage) -> None:
    stage.release.upgrade()  # the story's rollback left the release before this one

    with stage.timed("every asset and registry deleted"):
        stage.until(lambda: goes(stage, "mlassets"), "no version references another any more")
        assert goes(stage, "mlregistries")

    assert stage.conditions() == {}
    assert stage.cloud.client.resources("Microsoft.Storage/storageAccounts"), (
        "the default is to keep the data"
    )


def test_the_release_leaves_the_kinds_and_nothing_else(stage: Stage) -> None:
    with stage.timed("uninstall"):
        stage.release.uninstall()

    stage.until(
        lambda: left(stage, EVERYTHING, f"--namespace={NAMESPACE}") == [],
        "the Lease goes with its Deployment, by the cluster's garbage collector",
    )
    assert sorted(left(stage, OF_THE_CLUSTER)) == sorted(kind.partition("/")[2] for kind in KINDS)


def test_the_kinds_go_last(stage: Stage) -> None:
    stage.kubectl("delete", *KINDS)
    stage.kubectl("delete", "namespace", NAMESPACE, "ml-platform", "team-a")

    assert left(stage, OF_THE_CLUSTER) == []
    assert "No resources found" not in stage.kubectl("get", "namespaces"), "the cluster goes on"


def goes(stage: Stage, kind: str) -> bool:
    """Whether all objects of a kind are gone; what others still reference is refused."""
    try:
        stage.kubectl("delete", kind, "--all", "--all-namespaces", "--timeout=180s")
    except KubectlError as error:
        if "is still referenced by" not in error.said:
            raise
        return False
    return True


def left(stage: Stage, kinds: str, *place: str) -> list[str]:
    """Names of what is the release's, or of our kinds."""
    found = stage.look(kinds, *place)["items"]
    return [
        one["metadata"]["name"]
        for one in found
        if "mlregistry" in one["metadata"]["name"] and not one["metadata"]["name"].startswith("mockcloud")
    ]
