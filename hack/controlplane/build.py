"""Builds the control plane's programs from Go modules, one after the other, and says how far it is.

`go.mod` beside this file pins Kubernetes and the etcd that it is released with; `gen-gomod.sh` writes it
for another release.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from hack.controlplane.compiling import Compiler
from hack.controlplane.compiling import pinned_version as pinned

HERE = Path(__file__).parent
VERSION_PACKAGE = "k8s.io/component-base/version"

# The longest first: what the others share is compiled with it.
PACKAGES = {
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
    "kubectl": "k8s.io/kubernetes/cmd/kubectl",
    "etcd": "go.etcd.io/etcd/server/v3",
}


def pinned_version() -> str:
    """The Kubernetes version that `go.mod` pins, such as `1.36.3`."""
    return pinned(HERE, "k8s.io/kubernetes")


def build(go: Path, folder: Path, say: Callable[[str], None]) -> None:
    """Build what is not yet in `folder`; an interrupted build goes on where it stopped. Raises BuildError."""
    started = time.monotonic()
    say(f"Building Kubernetes {pinned_version()} with {go}: once, about 9 minutes on two cores")
    compiler = Compiler(go, HERE, _version_variables(pinned_version()))
    for number, (name, package) in enumerate(PACKAGES.items(), start=1):
        if not (folder / name).exists():
            step = f"{number}/{len(PACKAGES)} {name}"
            compiler.compile(package, folder / name, partial(_say_step, say, step))
    say(f"  done after {time.monotonic() - started:.0f} s")


def _say_step(say: Callable[[str], None], step: str, words: str) -> None:
    say(f"  {step}: {words}")


def _version_variables(version: str) -> dict[str, str]:
    """The version where Kubernetes' own build writes it."""
    major, minor, _ = version.split(".", 2)
    names = {"gitVersion": f"v{version}", "gitMajor": major, "gitMinor": minor}
    return {f"{VERSION_PACKAGE}.{name}": value for name, value in names.items()}
