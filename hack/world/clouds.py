"""The mock cloud as a process: the Azure of a local world."""

import sys
from dataclasses import dataclass
from pathlib import Path

from hack.controlplane.ports import is_free
from hack.world.places import WorldError
from hack.world.servers import Server
from mockcloud import defaults
from mockcloud.client import MockClient, MockCloudError

READY_SECONDS = 30.0
OPERATOR_IDENTITY = {
    "AZURE_TENANT_ID": defaults.TENANT_ID,
    "AZURE_CLIENT_ID": defaults.OPERATOR_CLIENT_ID,
    "AZURE_CLIENT_SECRET": defaults.OPERATOR_CLIENT_SECRET,
}


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

    @property
    def client(self) -> MockClient:
        """The mock's own interface; only after `start`."""
        return MockClient(self.cloud.url, self.cloud.ca)

    def _answers(self) -> bool:
        try:
            return bool(self.client.settings())
        except (OSError, MockCloudError):  # its certificate is not written yet, it does not listen yet
            return False
