"""One program from one Go module: compiled aside, put in its place when it is whole."""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

HEARTBEAT_SECONDS = 10.0


class BuildError(Exception):
    """`go build` failed; the message ends with what it said."""


@dataclass(frozen=True, slots=True)
class Compiler:
    """A Go, the folder of the module that names what it builds, and the variables that the linker writes."""

    go: Path
    module: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def compile(self, package: str, target: Path, say: Callable[[str], None]) -> None:
        """Build a program without debug tables, and say now and then that it goes on. Raises BuildError."""
        unfinished = target.with_name(f".{target.name}.unfinished")
        linker = " ".join(("-s -w", *(f"-X {name}={value}" for name, value in self.variables.items())))
        command = [str(self.go), "build", "-trimpath", "-ldflags", linker, "-o", str(unfinished), package]
        env = os.environ | {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}
        started = time.monotonic()
        with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
            say("started")
            compiler = subprocess.Popen(
                command, cwd=self.module, env=env, stdout=output, stderr=subprocess.STDOUT
            )
            try:
                _wait(compiler, lambda: say(f"{time.monotonic() - started:.0f} s"))
            finally:
                if compiler.poll() is None:
                    compiler.terminate()
                    compiler.wait()
            if compiler.returncode:
                output.seek(0)
                said = "\n".join(output.read().splitlines()[-20:])
                raise BuildError(f"`go build {package}` failed:\n{said}")
        unfinished.rename(target)
        say(f"built in {time.monotonic() - started:.0f} s")


def _wait(compiler: subprocess.Popen[bytes], heartbeat: Callable[[], None]) -> None:
    while True:
        try:
            compiler.wait(HEARTBEAT_SECONDS)
        except subprocess.TimeoutExpired:
            heartbeat()
        else:
            return


def pinned_version(module: Path, name: str) -> str:
    """The version of a module that a folder's `go.mod` pins, such as `1.36.3`. Raises BuildError."""
    for line in (module / "go.mod").read_text("utf-8").splitlines():
        required, _, version = line.strip().removesuffix("// indirect").strip().partition(" v")
        if required.removeprefix("require ") == name:
            return version
    raise BuildError(f"{module / 'go.mod'} requires no {name}")
