"""An Application of Argo CD as a test sees it: the shipped example over a repository of the test's own."""

from collections.abc import Callable, Iterable

import yaml
from support.clusters import Cluster, Ref
from support.manifests import Manifest

from hack.argocd.installation import NAMESPACE
from hack.argocd.repositories import GitRepository
from hack.world.places import EXAMPLES

EXAMPLE = EXAMPLES / "argocd" / "application.yaml"
DEPLOY = "examples/argocd/deploy"
OPERATOR = "operator"
PATIENCE_SECONDS = 300.0

REGISTRY = Ref("MLRegistry", "demo-registry-1", "ml-platform")
ASSETS = [
    Ref("MLAsset", name, "team-a")
    for name in ("sklearn-12", "taxi-fare-3", "taxi-rides-7", "train-taxi-1.2.0")
]


class Application:
    """One Application; `retries` are of a sync that has failed."""

    def __init__(self, cluster: Cluster, repository: GitRepository) -> None:
        self.cluster, self.repository = cluster, repository
        self.ref = Ref("Application", "mlregistry", NAMESPACE)

    def apply(self, *, retries: int = 5) -> None:
        """The example as it is shipped, but for its place, and the Deployment, which nothing here runs."""
        wanted = yaml.safe_load(EXAMPLE.read_text("utf-8"))
        chart, deploy = wanted["spec"]["sources"]
        chart |= {"repoURL": self.repository.url, "path": OPERATOR}
        deploy |= {"repoURL": self.repository.url}
        wanted["spec"]["syncPolicy"]["retry"] = {"limit": retries}
        self.cluster.create(wanted)

    def look(self) -> Manifest:
        return self.cluster.get(self.ref)

    def refresh(self, how: str = "normal") -> None:
        """Have Argo CD look at the repository now; `hard`: without its caches. Returns when it has."""
        asked = "argocd.argoproj.io/refresh"
        self.cluster.patch(self.ref, {"metadata": {"annotations": {asked: how}}})
        self.wait(
            lambda app: asked not in app["metadata"].get("annotations", {}),
            because="a refresh that is asked for is made",
        )

    def commit(self, message: str) -> str:
        """Commit what was written to the repository and have it seen; the commit's id."""
        revision = self.repository.commit(message)
        self.refresh()
        return revision

    def wait(self, fact: Callable[[Manifest], object], *, because: str) -> Manifest:
        """Look until the fact holds of the Application."""
        return self.cluster.wait(self.ref, fact, because=because, seconds=PATIENCE_SECONDS)

    def settled(self, revision: str, *, because: str) -> Manifest:
        """Wait until that commit is deployed, nothing differs from it, and everything is healthy."""
        return self.wait(lambda app: deployed(app, revision) and health_of(app) == "Healthy", because=because)

    def delete(self) -> None:
        """Take the Application away and leave what it has deployed."""
        if self.cluster.find(self.ref) is not None:
            self.cluster.patch(self.ref, {"metadata": {"finalizers": None}, "operation": None})
            self.cluster.delete(self.ref)


def deployed(app: Manifest, revision: str) -> bool:
    """Whether a commit has been synced to its end, and the cluster is as it says."""
    sync, operation = app.get("status", {}).get("sync", {}), operation_of(app)
    return (
        sync.get("status") == "Synced"
        and set(sync.get("revisions", [])) == {revision}
        and operation.get("phase") == "Succeeded"
        and "operation" not in app
    )


def health_of(app: Manifest) -> str:
    """The health of the whole Application."""
    return str(app.get("status", {}).get("health", {}).get("status", ""))


def operation_of(app: Manifest) -> Manifest:
    """The sync that goes on, or the last one."""
    found: Manifest = app.get("status", {}).get("operationState", {})
    return found


def resource(app: Manifest, kind: str, name: str) -> Manifest:
    """What the Application says of an object: its comparison and its health; empty where nothing."""
    found: Iterable[Manifest] = app.get("status", {}).get("resources", [])
    return next((one for one in found if (one["kind"], one["name"]) == (kind, name)), {})


def shown(app: Manifest, kind: str, name: str) -> str:
    """The health that the Application shows for an object."""
    return str(resource(app, kind, name).get("health", {}).get("status", ""))
