"""The operator as a release of its chart: installed, upgraded, rolled back and taken away by Helm's SDK."""

import json
from pathlib import Path
from typing import Any

from helm_python import Chart, Config, HelmError

from hack.image.building import image
from hack.kind import azure
from hack.kind.clusters import KindCluster
from hack.world.places import CHART_FILES, NAMESPACE, WorldError

NAME = "mlregistry-operator"
CHART = CHART_FILES.parent
SECONDS = 300
LABEL = f"app.kubernetes.io/name={NAME},app.kubernetes.io/component=operator"

# As short as a test likes them.
RECONCILE = {"retryMaxSeconds": 15, "slowRetrySeconds": 15, "minResyncSeconds": 1}


def values() -> dict[str, Any]:
    """What a user of this cluster and of its Azure would write."""
    repository, _, tag = image("operator").partition(":")
    return {
        "image": {"repository": repository, "tag": tag, "pullPolicy": "Never"},
        "identity": {"type": "ClientSecret", "existingSecret": azure.IDENTITY},
        "cloud": azure.values(),
        "settings": {"reconcile": RECONCILE},
    }


class Release:
    """One release in the cluster. Every method raises WorldError where Helm does not come to an end."""

    def __init__(self, cluster: KindCluster) -> None:
        self.cluster = cluster

    def install(self, chart: Path = CHART) -> None:
        """Install it, and return when every replica is ready."""
        with self._helm() as helm:
            _told(
                lambda: helm.install(
                    Chart.load(chart), NAME, values(), namespace=NAMESPACE, wait="watcher", timeout=SECONDS
                )
            )

    def upgrade(self, chart: Path = CHART) -> None:
        with self._helm() as helm:
            _told(
                lambda: helm.upgrade(
                    Chart.load(chart), NAME, values(), namespace=NAMESPACE, wait="watcher", timeout=SECONDS
                )
            )

    def roll_back(self) -> None:
        """To what was there before the last change."""
        with self._helm() as helm:
            _told(lambda: helm.rollback(NAME, wait="watcher", timeout=SECONDS))

    def test(self) -> str:
        """`helm test`: what its pods said."""
        with self._helm() as helm:
            return str(_told(lambda: helm.test(NAME, timeout=SECONDS, logs=True)).get("logs", ""))

    def uninstall(self) -> None:
        with self._helm() as helm:
            _told(lambda: helm.uninstall(NAME, wait="watcher", timeout=SECONDS))

    def pods(self) -> list[dict[str, Any]]:
        """Its pods that are not about to end."""
        found = self.cluster.kubectl(
            "get", "pods", f"--namespace={NAMESPACE}", f"--selector={LABEL}", "--output=json"
        )
        return [pod for pod in json.loads(found)["items"] if "deletionTimestamp" not in pod["metadata"]]

    def leader(self) -> str:
        """The pod that holds the lease; empty where nobody does."""
        lease = self.cluster.kubectl(
            "get",
            f"lease/{NAME}",
            f"--namespace={NAMESPACE}",
            "--ignore-not-found",
            "--output=jsonpath={.spec.holderIdentity}",
        )
        return next((pod["metadata"]["name"] for pod in self.pods() if pod["metadata"]["name"] in lease), "")

    def _helm(self) -> Config:
        return Config(kubeconfig_path=self.cluster.kubeconfig, namespace=NAMESPACE)


def _told(action: Any) -> Any:
    try:
        return action()
    except HelmError as error:
        raise WorldError(f"Helm: {error}") from error
