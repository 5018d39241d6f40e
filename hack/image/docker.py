"""The docker command, as it is configured here (`DOCKER_HOST`, contexts)."""

import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

Say = Callable[[str], None]


class ImageError(Exception):
    """An image cannot be had; the message says why and what to do."""


class Docker:
    """One Docker. `environment` is that of its commands; None: this process's own."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self.environment = None if environment is None else dict(environment)

    def answers(self) -> bool:
        """Whether there is a command and a daemon behind it."""
        if shutil.which("docker") is None:
            return False
        return self._run(["version", "--format={{.Server.Version}}"]).returncode == 0

    def __call__(self, *arguments: str | Path, stdin: IO[bytes] | None = None) -> str:
        """What it prints. Raises ImageError with what it complained about."""
        done = self._run([str(one) for one in arguments], stdin)
        if done.returncode:
            said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
            raise ImageError(f"`docker {' '.join(map(str, arguments[:3]))} …` failed:\n{said}")
        return done.stdout.strip()

    def has(self, image: str) -> bool:
        return self._run(["image", "inspect", image]).returncode == 0

    def can_pull(self, image: str) -> bool:
        """Whether the image is here, or can be fetched."""
        return self.has(image) or self._run(["pull", "--quiet", image]).returncode == 0

    def size(self, image: str) -> int:
        """In bytes, unpacked."""
        return int(self("image", "inspect", "--format={{.Size}}", image))

    def _run(self, arguments: list[str], stdin: IO[bytes] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["docker", *arguments],
            stdin=stdin or subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env=self.environment,
        )
