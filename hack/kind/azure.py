"""The mock cloud inside a cluster: and what the operator and this machine need to reach it."""

import base64
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from hack.image.building import image
from hack.kind.clusters import KindCluster
from hack.world.clouds import OPERATOR_IDENTITY
from hack.world.places import NAMESPACE, WorldError
from hack.world.teams import plant
from mockcloud import defaults
from mockcloud.certificates import certificates
from mockcloud.client import MockClient, MockCloudError

Manifest = dict[str, Any]

PLACE = "mlregistry-mockcloud"
HOST = f"mockcloud.{PLACE}.svc"
URL = f"https://{HOST}:{defaults.PORT}"
NODE_PORT = 31843
IDENTITY = "azure-identity"
AUTHORITIES = "mockcloud-authorities"
READY_SECONDS = 60.0
_USER = 65532
_LABELS = {"app.kubernetes.io/name": "mockcloud"}


class ClusterCloud:
    """The mock cloud of a cluster, seen from this machine."""

    def __init__(self, cluster: KindCluster) -> None:
        self.cluster = cluster
        self.folder = cluster.folder / "mockcloud"
        self.address = cluster.address()

    @property
    def client(self) -> MockClient:
        return MockClient(f"https://{self.address}:{NODE_PORT}", self.folder / "ca.pem")

    def start(self) -> None:
        """Install it, wait until it answers, put there what a team has already. Raises WorldError."""
        found = certificates(self.folder)
        manifests = list(_manifests(self.folder, found.ca.read_text("utf-8"), self.address))
        text = yaml.safe_dump_all(manifests, sort_keys=False)
        self.cluster.kubectl("apply", "--server-side", "--filename=-", stdin=text)
        self.cluster.kubectl(
            "rollout", "status", "deployment/mockcloud", f"--namespace={PLACE}", "--timeout=120s"
        )
        _wait_answers(self.client)
        plant(self.client)


def values() -> Manifest:
    """What the chart is told so that its operator's Azure is this one."""
    return {
        "authorityHost": URL,
        "armEndpoint": URL,
        "armScope": f"{URL}/.default",
        "caConfigMap": AUTHORITIES,
        "caKey": "ca.crt",
    }


def _wait_answers(client: MockClient) -> None:
    """The Service's port is open on the node a moment after the pod is ready."""
    for _ in range(int(READY_SECONDS)):
        try:
            client.settings()
        except (OSError, MockCloudError):
            time.sleep(1)
        else:
            return
    raise WorldError(f"the mock cloud in the cluster does not answer after {READY_SECONDS:.0f} s")


def _manifests(folder: Path, authority: str, address: str) -> Iterator[Manifest]:
    for name in (NAMESPACE, PLACE):
        yield {"apiVersion": "v1", "kind": "Namespace", "metadata": _named(name, None)}
    pair = {name: base64.b64encode((folder / name).read_bytes()).decode() for name in ("ca.pem", "ca.key")}
    yield {"apiVersion": "v1", "kind": "Secret", "metadata": _named("authority", PLACE), "data": pair}
    yield {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": _named(AUTHORITIES, NAMESPACE),
        "data": {"ca.crt": authority},
    }
    yield {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": _named(IDENTITY, NAMESPACE),
        "stringData": OPERATOR_IDENTITY,
    }
    port = {"name": "https", "port": defaults.PORT, "targetPort": "https", "nodePort": NODE_PORT}
    yield {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _named("mockcloud", PLACE),
        "spec": {"type": "NodePort", "selector": _LABELS, "ports": [port]},
    }
    yield {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _named("mockcloud", PLACE),
        "spec": {
            "replicas": 1,
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": _LABELS},
            "template": {"metadata": {"labels": _LABELS}, "spec": _pod(address)},
        },
    }


def _pod(address: str) -> Manifest:
    """It stays on the node that is never taken away, as its cloud lives as long as its pod."""
    keys = [
        {"name": "authority", "mountPath": f"/state/{name}", "subPath": name, "readOnly": True}
        for name in ("ca.pem", "ca.key")
    ]
    container = {
        "name": "mockcloud",
        "image": image("mockcloud"),
        "imagePullPolicy": "Never",
        "args": ["serve", "--host=0.0.0.0", "--state=/state", f"--name={HOST}", f"--name={address}"],
        "ports": [{"name": "https", "containerPort": defaults.PORT}],
        "readinessProbe": {"tcpSocket": {"port": "https"}, "periodSeconds": 1},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "state", "mountPath": "/state"}, *keys],
    }
    return {
        "automountServiceAccountToken": False,
        "nodeSelector": {"node-role.kubernetes.io/control-plane": ""},
        "tolerations": [{"key": "node-role.kubernetes.io/control-plane", "operator": "Exists"}],
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [
            {"name": "state", "emptyDir": {}},
            {"name": "authority", "secret": {"secretName": "authority", "defaultMode": 0o440}},
        ],
    }


def _named(name: str, namespace: str | None) -> Manifest:
    return {"name": name} | ({"namespace": namespace} if namespace else {})
