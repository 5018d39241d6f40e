"""The locked libraries as wheels, so that a build needs no network: fetched once for each lock and Python."""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from hack.controlplane.binaries import cache_root
from hack.controlplane.runs import ROOT
from hack.image.docker import ImageError, Say

LOCK = ROOT / "requirements" / "runtime.txt"
CONTEXT = ROOT / "build" / "wheels"
# What the C library of the root can load (PEP 600), the oldest name of each last.
_GLIBC = ("2_36", "2_34", "2_31", "2_28", "2_17", "2_12", "2_5")


def wheels(python: str, say: Say) -> Path:
    """A folder with all of them and pip's own, for `python` such as 3.11 on this machine's processor."""
    content = LOCK.read_bytes() + f"{python} {platform.machine()} {_GLIBC}".encode()
    folder = cache_root() / "wheels" / hashlib.sha256(content).hexdigest()[:12]
    if not folder.is_dir():
        say(f"Fetching the locked libraries for Python {python} into {folder}, once")
        unfinished = folder.with_suffix(f".{os.getpid()}")
        unfinished.mkdir(parents=True)
        try:
            _download(unfinished, python, ["--require-hashes", f"--requirement={LOCK}"])
            _download(unfinished, python, ["pip"])
            unfinished.rename(folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def _download(folder: Path, python: str, what: list[str]) -> None:
    places = [f"--platform=manylinux_{one}_{platform.machine()}" for one in _GLIBC]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    fitting = ["--only-binary=:all:", "--implementation=cp", f"--python-version={python}", *places]
    done = subprocess.run(
        [*command, *fitting, *what, f"--dest={folder}"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise ImageError(f"the libraries cannot be fetched by pip as it is configured here: {said}")
