"""What Argo CD wants to find in the cluster: its kinds, its configuration, and our scripts as shipped."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from hack.controlplane.plane import ControlPlane
from hack.world.installation import Manifest, apply, documents, wait_served
from hack.world.places import EXAMPLES

NAMESPACE: Final = "argocd"
SNIPPET: Final = EXAMPLES / "argocd" / "argocd-cm.yaml"

# What Argo CD looks up by name, with the label by which it finds them.
_CONFIG_MAPS: Final = (
    "argocd-cm",
    "argocd-rbac-cm",
    "argocd-tls-certs-cm",
    "argocd-ssh-known-hosts-cm",
    "argocd-gpg-keys-cm",
)


def install(plane: ControlPlane, crds: Iterable[Path]) -> None:
    """Install all of it, again if need be, and return when the kinds are served. Raises WorldError."""
    kinds = list(documents(list(crds)))
    apply(plane, [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}, *kinds])
    with plane.client() as client:
        for kind in kinds:
            wait_served(client, kind)
    apply(plane, [*configuration(), default_project()])
    manager = "--field-manager=mlregistry"  # as the guide has it: beside whoever owns the rest of argocd-cm
    plane.kubectl("apply", "--server-side", manager, f"--filename={SNIPPET}")


def configuration() -> list[Manifest]:
    """ConfigMaps without settings, so that every setting has its default, and the Secret it signs with."""
    labels = {"app.kubernetes.io/part-of": NAMESPACE}
    maps: list[Manifest] = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": NAMESPACE, "labels": labels},
        }
        for name in _CONFIG_MAPS
    ]
    secret: Manifest = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "argocd-secret", "namespace": NAMESPACE, "labels": labels},
        "stringData": {"server.secretkey": "on-loopback-nobody-logs-in"},
    }
    return [*maps, secret]


def default_project() -> Manifest:
    """The project that Argo CD's own API server would make at its first start."""
    anything = {"group": "*", "kind": "*"}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": "default", "namespace": NAMESPACE},
        "spec": {
            "sourceRepos": ["*"],
            "destinations": [{"namespace": "*", "server": "*"}],
            "clusterResourceWhitelist": [anything],
        },
    }
