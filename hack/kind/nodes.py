"""The node image that is built here, and the kind command, kept in a cache: a later run only loads them."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from hack.controlplane.binaries import cache_root, own_programs
from hack.controlplane.build import HERE as CONTROLPLANE
from hack.controlplane.build import pinned_version
from hack.controlplane.golang import NoGoError, find_go
from hack.controlplane.locks import locked
from hack.image.docker import Docker, ImageError, Say

KIND_VERSION = "v0.33.0"
NODE = Path(__file__).with_name("node")
IMAGE = f"local/kind-node:v{pinned_version()}"
_NEEDED = ("mmdebstrap", "jq", "zstd", "ctr")


def kind_program(say: Say) -> Path:
    """The kind command: the machine's, else built as a Go module into the cache. Raises ImageError."""
    found = shutil.which("kind")
    if found is not None:
        return Path(found)
    program = cache_root() / "kind" / f"kind-{KIND_VERSION}"
    if not program.exists():
        program.parent.mkdir(parents=True, exist_ok=True)
        say(f"  building kind {KIND_VERSION} into {program}, once")
        environment = os.environ | {"GOBIN": str(program.parent), "GOFLAGS": "-trimpath", "CGO_ENABLED": "0"}
        module = f"sigs.k8s.io/kind@{KIND_VERSION}"
        _run([str(_go(say)), "install", module], environment, "kind cannot be built")
        (program.parent / "kind").rename(program)
    return program


def node_image(docker: Docker, say: Say) -> str:
    """The node image, in this Docker: from the cache, else built, which takes minutes. Raises ImageError."""
    if not docker.has(IMAGE):
        archive = cache_root() / "kind" / f"node-v{pinned_version()}-{_edition()}.tar.zst"
        with locked(_made(archive.parent) / "node.lock", "Another process builds the node image", say):
            if archive.exists():
                _load(archive, docker)
            else:
                _build(docker, archive.parent / "work", say)
                _save(archive, docker)
    return IMAGE


def _build(docker: Docker, work: Path, say: Say) -> None:
    missing = [name for name in _NEEDED if shutil.which(name) is None]
    if missing or os.geteuid():
        raise ImageError(
            f"a node image has to be built, as none can be pulled; that needs root and {', '.join(_NEEDED)}"
            f" (missing: {', '.join(missing) or 'root'}): `apt-get install docker.io mmdebstrap jq zstd`"
        )
    say(f"  building a node image with Kubernetes v{pinned_version()}: once, about 12 minutes on two cores")
    programs = next(iter(own_programs("not asked", say).values())).parent
    go = _go(say)
    environment = (docker.environment or dict(os.environ)) | {"PATH": f"{go.parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        [NODE / "build.sh", _made(work), IMAGE, programs, KIND_VERSION], check=False, env=environment
    )
    if done.returncode:
        raise ImageError(
            f"the node image cannot be built; what failed stands above, and {work} keeps what is done"
        )


def _save(archive: Path, docker: Docker) -> None:
    unfinished = archive.with_suffix(".unfinished")
    _run(
        ["bash", "-o", "pipefail", "-c", 'docker save "$0" | zstd -q -f -o "$1"', IMAGE, str(unfinished)],
        docker.environment,
        "the node image cannot be kept",
    )
    unfinished.rename(archive)


def _load(archive: Path, docker: Docker) -> None:
    _run(
        ["bash", "-o", "pipefail", "-c", 'zstd -q -d -c "$0" | docker load', str(archive)],
        docker.environment,
        f"{archive} cannot be loaded",
    )


def _edition() -> str:
    """Of all that the image is made from."""
    files = [*sorted(path for path in NODE.rglob("*") if path.is_file()), CONTROLPLANE / "go.sum"]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def _go(say: Say) -> Path:
    try:
        return find_go(cache_root(), say)
    except NoGoError as error:
        raise ImageError(f"Go is needed: {'; '.join(map(str, error.args))}") from error


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _run(command: list[str], environment: dict[str, str] | None, failure: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise ImageError(f"{failure}: {done.stderr.strip()[-2000:]}")
