"""The operator as the chart's Deployment starts it: its command, variables and files, on this machine.

Without kubelet and network of its own a process differs in three things: it listens on loopback, on ports of
its own; it finds the cluster by a kubeconfig with its ServiceAccount's token; its files lie elsewhere.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import helm_python
import yaml

from hack.controlplane.plane import ControlPlane
from hack.install.manifests import CHART
from hack.world.clouds import OPERATOR_IDENTITY, Cloud
from hack.world.installation import apply
from hack.world.places import NAMESPACE, SERVICE_ACCOUNT
from hack.world.webhooks import WebhookEndpoint

POD: Final = "mlregistry-operator-5d8f9c7b6-x2x4z"
_CA: Final = "/etc/mlregistry/ca/ca.crt"

Manifest = dict[str, Any]


class ShippedDeployment:
    """The chart, rendered for a cloud, a webhook and a cluster of this machine."""

    def __init__(self, cloud: Cloud, webhook: WebhookEndpoint) -> None:
        self._files = {
            _CA: cloud.ca,
            "/etc/mlregistry/webhook/tls.crt": webhook.certificate,
            "/etc/mlregistry/webhook/tls.key": webhook.key,
        }
        self.manifest = _rendered(cloud.url, webhook.ca.read_text("utf-8"))
        (self._container,) = self.manifest["spec"]["template"]["spec"]["containers"]

    @property
    def options(self) -> list[str]:
        """What the container gives the image's program."""
        _, *options = map(str, [*self._container["command"], *self._container.get("args", ())])
        return options

    @property
    def environment(self) -> dict[str, str]:
        """The container's variables, as the kubelet would fill them in."""
        return dict(self._variables())

    def declare(self, plane: ControlPlane) -> None:
        """Put the Deployment into the cluster, to which its Lease belongs; nothing there starts its pods."""
        apply(plane, [self.manifest])

    def _variables(self) -> Iterator[tuple[str, str]]:
        for one in self._container["env"]:
            source = one.get("valueFrom", {})
            if "secretKeyRef" in source:
                yield one["name"], OPERATOR_IDENTITY[source["secretKeyRef"]["key"]]
            elif "fieldRef" in source:
                yield one["name"], {"metadata.name": POD}[source["fieldRef"]["fieldPath"]]
            else:
                yield one["name"], str(self._files.get(one["value"], one["value"]))


@cache
def _rendered(url: str, authority: str) -> Manifest:
    """The Deployment of a release with a secret as identity, a cloud of its own and a given certificate."""
    values = {
        "identity": {"type": "ClientSecret", "existingSecret": "azure"},
        "cloud": {
            "authorityHost": url,
            "armEndpoint": url,
            "armScope": f"{url}/.default",
            "caConfigMap": "authorities",
            "caKey": Path(_CA).name,
        },
        "webhook": {"certificates": {"mode": "Given", "existingSecret": "tls", "caBundle": authority}},
    }
    with helm_python.Chart.load(CHART) as chart:
        rendered = chart.render(values, name=SERVICE_ACCOUNT, namespace=NAMESPACE)
    (text,) = [text for path, text in rendered.items() if path.endswith("/deployment.yaml")]
    manifest: Manifest = yaml.safe_load(text)
    return manifest
