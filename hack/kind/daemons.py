"""The Docker of a run: the one that answers here, else one of our own that ends with the run.

Our own needs root. It has its own socket and data, and a wrapper around runc for machines whose bounding set
lacks CAP_SYS_RESOURCE, for which Docker asks all the same. It sets the policy of the FORWARD chain and adds
bridges; ending it does not undo that.
"""

import json
import os
import shutil
import time
from pathlib import Path

from hack.controlplane.processes import Deadline, Process, start, tail
from hack.image.docker import Docker, ImageError, Say

WRAPPER = Path(__file__).with_name("runc-without-sysresource.sh")
READY_SECONDS = 60.0
POLL_SECONDS = 0.5
STOP_SECONDS = 30.0


class OwnDaemon:
    """A dockerd in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "dockerd.log"
        self._pid = folder / "dockerd-process.pid"

    @property
    def host(self) -> str:
        return f"unix://{self.folder / 'docker.sock'}"

    @property
    def docker(self) -> Docker:
        return Docker(os.environ | {"DOCKER_HOST": self.host})

    def start(self, say: Say) -> None:
        """Start it where it does not answer. Raises ImageError."""
        if self.docker.answers():
            return
        program = shutil.which("dockerd")
        if program is None or os.geteuid():
            raise ImageError(
                "no Docker answers, and none can be started: start Docker, or set DOCKER_HOST, or run this as"
                " root on a machine with dockerd, iptables and jq (`apt-get install docker.io iptables jq`)"
            )
        say("  no Docker answers: starting one of our own")
        self.folder.mkdir(parents=True, exist_ok=True)
        start([program, f"--config-file={self._configuration()}"], log=self.log, tethered=False).save(
            self._pid
        )
        deadline = Deadline(READY_SECONDS)
        while not self.docker.answers():
            time.sleep(POLL_SECONDS)
            if deadline.passed:
                raise ImageError(f"dockerd does not answer. The end of {self.log}:\n{tail(self.log)}")

    def stop(self) -> None:
        """End it; its data stays."""
        process = Process.load(self._pid)
        if process is not None:
            process.stop(STOP_SECONDS)
        self._pid.unlink(missing_ok=True)

    def _configuration(self) -> Path:
        wrapper = self.folder / WRAPPER.name
        shutil.copy(WRAPPER, wrapper)
        wrapper.chmod(0o755)
        configuration = {
            "data-root": str(self.folder / "docker-data"),
            "exec-root": str(self.folder / "docker-run"),
            "pidfile": str(self.folder / "dockerd.pid"),
            "hosts": [self.host],
            "storage-driver": "overlay2",
            "default-runtime": "wrapped",
            "runtimes": {"wrapped": {"path": str(wrapper)}},
        }
        path = self.folder / "daemon.json"
        path.write_text(json.dumps(configuration), "utf-8")
        return path
