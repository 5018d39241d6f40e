"""A server of this project as a process: started, waited for, stopped, and found again by its pid file."""

import os
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hack.controlplane.processes import Deadline, Process, start, tail
from hack.world.places import WorldError

POLL_SECONDS = 0.03
STOP_SECONDS = 10.0

# What a server of ours must not take from the shell it is started from: its settings are given, never found.
FOREIGN = re.compile(r"(AZURE|MLREGISTRY|KUBE|MSI|IDENTITY|ARM)_?|.*_proxy$", re.IGNORECASE)


def clean_environment(own: dict[str, str]) -> dict[str, str]:
    """This process's environment without what configures clouds, clusters and proxies, and with `own`."""
    kept = {name: value for name, value in os.environ.items() if not FOREIGN.match(name)}
    return kept | {"PYTHONUNBUFFERED": "1"} | own


@dataclass(slots=True)
class Server:
    """One process with a log and a pid file in a folder."""

    name: str
    folder: Path
    tethered: bool = True
    process: Process | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.process = Process.load(self._pid_file)

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def _pid_file(self) -> Path:
        return self.folder / f"{self.name}.pid"

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.alive

    @property
    def pid(self) -> int:
        """The running process's. Raises WorldError where none runs."""
        if self.process is None or not self.process.alive:
            raise WorldError(f"{self.name} does not run")
        return self.process.pid

    def launch(self, command: Sequence[str | Path], environment: dict[str, str]) -> None:
        """Start it, without waiting for anything; what it says is added to its log."""
        whole = clean_environment(environment)
        self.takes(start(command, log=self.log, env=whole, tethered=self.tethered))

    def takes(self, process: Process) -> None:
        """Stand for a process that was started for it."""
        self.process = process
        self.process.save(self._pid_file)

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until it is ready. Raises WorldError with the end of its log where it ends or is late."""
        deadline = Deadline(seconds)
        while not ready():
            if not self.runs:
                raise WorldError(
                    f"{self.name} ended while it started. The end of {self.log}:\n{tail(self.log)}"
                )
            if deadline.passed:
                late = f"{self.name} is not ready after {seconds:.0f} s"
                raise WorldError(f"{late}. The end of {self.log}:\n{tail(self.log)}")
            time.sleep(POLL_SECONDS)

    def stop(self, grace: float = STOP_SECONDS) -> bool:
        """SIGTERM, then after `grace` seconds SIGKILL. True where the first was enough, or nothing ran."""
        polite = self.process is None or self.process.stop(grace)
        self._pid_file.unlink(missing_ok=True)
        return polite

    def kill(self) -> None:
        """SIGKILL: what a crash looks like."""
        if self.process:
            self.process.kill()
