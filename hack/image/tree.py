"""The image's libraries on this machine, made by what fills the image.

For a process that is to be as shipped. The development environment has more of them than the product, and
some load what they find: 4 MiB more in the operator's process, and 6 more with their docstrings.
"""

import compileall
import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from hack.controlplane.binaries import cache_root
from hack.controlplane.runs import ROOT
from hack.image.docker import ImageError, Say
from hack.image.wheels import LOCK

FILLING = Path(__file__).with_name("filling.py")
SOURCE = ROOT / "operator"
_PYTHON, _LIBRARIES = "python", "lib"


@dataclass(frozen=True, slots=True)
class Tree:
    """An interpreter with no library of its own, and the image's libraries."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / _PYTHON / "bin" / "python"

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which that interpreter finds the libraries and our code."""
        return {"PYTHONPATH": f"{SOURCE}:{self.folder / _LIBRARIES}", "PYTHONSAFEPATH": "1"}


def tree(say: Say) -> Tree:
    """Made once for each lock. Our own code is compiled where it lies: an image compiles nothing late.

    Raises ImageError where the libraries cannot be had.
    """
    content = LOCK.read_bytes() + FILLING.read_bytes() + sys.version.encode()
    folder = cache_root() / "tree" / hashlib.sha256(content).hexdigest()[:12]
    if not folder.is_dir():
        say(f"Readying the image's libraries in {folder}, once: about a minute")
        unfinished = folder.with_suffix(f".{os.getpid()}")
        try:
            _fill(unfinished)
            unfinished.rename(folder)
        except subprocess.CalledProcessError as error:
            raise ImageError(f"the image's libraries cannot be had, as is said above: {error}") from error
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    compileall.compile_dir(SOURCE, quiet=1)
    return Tree(folder)


def _fill(folder: Path) -> None:
    """As the Dockerfile's first stage does it: the program beside its lock."""
    stage = folder / "build"
    stage.mkdir(parents=True)
    for needed in (FILLING, LOCK):
        shutil.copy(needed, stage)
    subprocess.run([sys.executable, "-m", "venv", folder / _PYTHON], check=True)
    python, libraries = Tree(folder).python, folder / _LIBRARIES
    subprocess.run([python, stage / FILLING.name, "libraries", libraries], check=True)
