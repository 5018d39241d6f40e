"""A kind cluster: of stock nodes where their image can be pulled, else of one node that is built here."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from hack.controlplane.binaries import find_binaries
from hack.controlplane.plane import KubectlError
from hack.controlplane.runs import ROOT
from hack.image.docker import Docker, ImageError, Say

NAME = "mlregistry-e2e"
STOCK_NODE = "docker.io/kindest/node:v1.36.1"
STOCK_CONFIGURATION = ROOT / "kind-config.yaml"
BUILT_CONFIGURATION = Path(__file__).with_name("one-node.yaml")


@dataclass(frozen=True, slots=True)
class Way:
    """How the cluster is made, and what that leaves out, each by its name."""

    title: str
    image: str
    configuration: Path
    left_out: tuple[str, ...] = ()


STOCK = Way("stock kind, three nodes", STOCK_NODE, STOCK_CONFIGURATION)


def built(image: str) -> Way:
    """One node, and what needs more than one, or a network that enforces policies, is left out."""
    return Way(
        "one node of an image built here, as no image can be pulled",
        image,
        BUILT_CONFIGURATION,
        (
            "the loss of a node (there is one)",
            "replicas on different nodes and zones (there is one)",
            "the NetworkPolicy's effect (the node's network enforces none)",
        ),
    )


class KindCluster:
    """One cluster, by the kind command and kubectl."""

    def __init__(self, kind: Path, docker: Docker, folder: Path, say: Say) -> None:
        self.kind, self.docker, self.folder, self.say = kind, docker, folder, say
        self.kubeconfig = folder / "kubeconfig"
        self._kubectl = find_binaries(say).kubectl

    def create(self, way: Way) -> None:
        """Make it anew. Raises ImageError with the end of what kind said."""
        self.delete()
        self._run("create", "cluster", f"--image={way.image}", f"--config={way.configuration}", "--wait=180s")

    def load(self, images: list[str]) -> None:
        self._run("load", "docker-image", *images)

    def delete(self) -> None:
        self._run("delete", "cluster")

    def kubectl(self, *arguments: str | Path, stdin: str | None = None, seconds: float = 300) -> str:
        """What kubectl prints, as administrator. Raises KubectlError."""
        command = [str(self._kubectl), f"--kubeconfig={self.kubeconfig}", *map(str, arguments)]
        done = subprocess.run(
            command, input=stdin, capture_output=True, text=True, timeout=seconds, check=False
        )
        if done.returncode:
            raise KubectlError(f"kubectl {' '.join(map(str, arguments))}", done.stderr.strip())
        return done.stdout

    def address(self) -> str:
        """Where this machine reaches the first node."""
        nodes = json.loads(self.kubectl("get", "nodes", "--output=json"))["items"]
        addresses = nodes[0]["status"]["addresses"]
        return str(next(one["address"] for one in addresses if one["type"] == "InternalIP"))

    def _run(self, *arguments: str) -> None:
        environment = (self.docker.environment or dict(os.environ)) | {"KUBECONFIG": str(self.kubeconfig)}
        command = [str(self.kind), *arguments, f"--name={NAME}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        if done.returncode:
            said = "\n".join(done.stderr.strip().splitlines()[-30:])
            raise ImageError(f"`kind {' '.join(arguments[:2])}` failed:\n{said}")
