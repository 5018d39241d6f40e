"""Builds the control plane's programs from Go modules, one after the other, and says how far it is.

`go.mod` beside this file pins Kubernetes and the etcd that it is released with; `gen-gomod.sh` writes it
for another release.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

HERE = Path(__file__).parent
VERSION_PACKAGE = "k8s.io/component-base/version"
HEARTBEAT_SECONDS = 10.0

# The longest first: what the others share is compiled with it.
PACKAGES = {
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
    "kubectl": "k8s.io/kubernetes/cmd/kubectl",
    "etcd": "go.etcd.io/etcd/server/v3",
}


class BuildError(Exception):
    """`go build` failed; the message ends with what it said."""


def pinned_version() -> str:
    """The Kubernetes version that `go.mod` pins, such as `1.36.3`."""
    for line in (HERE / "go.mod").read_text("utf-8").splitlines():
        module, _, version = line.strip().removesuffix("// indirect").strip().partition(" v")
        if module.removeprefix("require ") == "k8s.io/kubernetes":
            return version
    raise BuildError(f"{HERE / 'go.mod'} requires no k8s.io/kubernetes")


def build(go: Path, folder: Path, say: Callable[[str], None]) -> None:
    """Build what is not yet in `folder`; an interrupted build goes on where it stopped. Raises BuildError."""
    started = time.monotonic()
    say(f"Building Kubernetes {pinned_version()} with {go}: once, about 9 minutes on two cores")
    for number, (name, package) in enumerate(PACKAGES.items(), start=1):
        if not (folder / name).exists():
            _build_one(
                go, package, folder / name, partial(_say_step, say, f"{number}/{len(PACKAGES)} {name}")
            )
    say(f"  done after {time.monotonic() - started:.0f} s")


def _say_step(say: Callable[[str], None], step: str, words: str) -> None:
    say(f"  {step}: {words}")


def _linker_flags(version: str) -> str:
    """Strip, and write the version where Kubernetes' own build writes it."""
    major, minor, _ = version.split(".", 2)
    names = {"gitVersion": f"v{version}", "gitMajor": major, "gitMinor": minor}
    return " ".join(("-s -w", *(f"-X {VERSION_PACKAGE}.{name}={value}" for name, value in names.items())))


def _build_one(go: Path, package: str, target: Path, say: Callable[[str], None]) -> None:
    unfinished = target.with_name(f".{target.name}.unfinished")
    flags = ["-trimpath", "-ldflags", _linker_flags(pinned_version())]
    command = [str(go), "build", *flags, "-o", str(unfinished), package]
    env = os.environ | {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    started = time.monotonic()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        say("started")
        compiler = subprocess.Popen(command, cwd=HERE, env=env, stdout=output, stderr=subprocess.STDOUT)
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
