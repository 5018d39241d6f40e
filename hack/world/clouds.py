"""The mock cloud as a process: the Azure of a local world."""

import ssl
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from hack.controlplane.ports import is_free
from hack.world.places import RESOURCE_GROUP, WorldError
from hack.world.servers import Server
from mockcloud import defaults

READY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Cloud:
    """Where an Azure is: what the operator and the user's clients are pointed at."""

    url: str
    ca: Path


class CloudProcess:
    """The mock cloud on a port, with its state in a folder: stopped and started, it is the same cloud."""

    def __init__(self, folder: Path, port: int, *, tethered: bool = True) -> None:
        self.server = Server("mockcloud", folder, tethered)
        self.port = port
        self.cloud = Cloud(f"https://{defaults.HOST}:{port}", folder / "ca.pem")

    def start(self) -> None:
        """Start it where it does not run, and return when it answers. Raises WorldError."""
        if not self.server.runs:
            if not is_free(self.port):
                raise WorldError(
                    f"port {self.port}, which the mock cloud is to listen on, is taken: "
                    "end who listens there, or set MOCKCLOUD_PORT"
                )
            options = ["--port", str(self.port), "--state", str(self.server.folder)]
            self.server.launch([sys.executable, "-m", "mockcloud", "serve", *options], {})
        self.server.wait_until(self._answers, READY_SECONDS)

    def stop(self) -> None:
        self.server.stop()

    def get(self, path: str) -> Any:
        """What the mock's own interface answers. Raises httpx.HTTPError."""
        with self._client() as client:
            return client.get(f"/_mock{path}").raise_for_status().json()

    def make_resource_group(self) -> None:
        """Make the group that the examples name: its owner does that before an operator is asked."""
        group = f"/subscriptions/{defaults.SUBSCRIPTION_ID}/resourceGroups/{RESOURCE_GROUP}"
        with self._client() as client:
            if client.get(f"/_mock/resources{group}").status_code == httpx.codes.NOT_FOUND:
                client.put(f"/_mock/resources{group}", json={"location": "eastus"}).raise_for_status()

    def _client(self) -> httpx.Client:
        context = ssl.create_default_context(cafile=str(self.cloud.ca))
        return httpx.Client(base_url=self.cloud.url, verify=context, trust_env=False, timeout=10)

    def _answers(self) -> bool:
        try:
            return bool(self.get("/settings"))
        except (OSError, httpx.HTTPError):  # the first: its certificate is not written yet
            return False
