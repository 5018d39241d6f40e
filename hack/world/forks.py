"""Operators that begin at once, because a fork server has loaded their code before."""

import atexit
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from hack.controlplane.processes import Process, birth_of, start_piped
from hack.world.places import WorldError

# What is read when an operator begins, and not when its code is loaded. Every other variable of the
# environment makes a fork server of its own: the Kubernetes client reads KUBECONFIG as it is loaded.
READ_LATE = re.compile(r"MLREGISTRY_|AZURE_|PYTEST_")


@dataclass(slots=True)
class ForkServer:
    """One server and the operators that it has begun."""

    process: subprocess.Popen[bytes]
    wishes: IO[bytes]
    answers: IO[bytes]
    children: list[Process] = field(default_factory=list)

    def fork(self, options: Sequence[str], log: Path, environment: Mapping[str, str]) -> Process:
        """Raises WorldError where the server has ended."""
        wish = {"options": list(options), "log": str(log), "environment": dict(environment)}
        try:
            self.wishes.write(json.dumps(wish).encode() + b"\n")
            self.wishes.flush()
            pid = int(self.answers.readline())
        except (OSError, ValueError) as error:
            raise WorldError(f"the operators' fork server has ended: {self.process.poll()}") from error
        child = Process(pid, birth_of(pid) or "never seen alive")
        self.children.append(child)
        return child

    def close_if_idle(self) -> bool:
        """End it where none of its operators runs any more. True where it was so."""
        if any(child.alive for child in self.children):
            return False
        self.close()
        return True

    def close(self) -> None:
        """End it; what it has forked ends with it."""
        self.wishes.close()
        self.process.wait(10)
        self.answers.close()


_servers: dict[frozenset[tuple[str, str]], ForkServer] = {}
_lock = threading.Lock()


@atexit.register
def _end() -> None:
    for server in _servers.values():
        server.close()


def fork(options: Sequence[str], log: Path, environment: Mapping[str, str]) -> Process:
    """Begin an operator with these options and this whole environment; it dies with this process.

    Raises:
        WorldError: the fork server could not load the operator.
    """
    early = {name: value for name, value in environment.items() if not READ_LATE.match(name)}
    key = frozenset(early.items())
    with _lock:
        if key not in _servers:
            for other in [one for one, server in _servers.items() if server.close_if_idle()]:
                del _servers[other]
            command = [sys.executable, "-m", "hack.world.fork_server"]
            path = os.pathsep.join(filter(None, [str(Path(__file__).parents[2]), early.get("PYTHONPATH")]))
            _servers[key] = ForkServer(*start_piped(command, early | {"PYTHONPATH": path}))
        return _servers[key].fork(options, log, environment)
