"""A control plane of the tests' own: several at once, restarted, interrupted; and nothing is left of it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from hack.controlplane import runs
from hack.controlplane.binaries import find_binaries
from hack.controlplane.plane import API, CONTROLLERS, ETCD, ControlPlane, ControlPlaneError, control_plane
from hack.controlplane.processes import Process, birth_of, start

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = (ETCD, API, CONTROLLERS)

OWNER = """
import time
from hack.controlplane.plane import API, CONTROLLERS, ETCD, control_plane
with control_plane() as plane:
    print(plane.at.folder, *(plane.process(name).pid for name in (ETCD, API, CONTROLLERS)), flush=True)
    time.sleep(300)
"""


@pytest.fixture
def owner() -> Iterator[tuple[subprocess.Popen[str], Path, list[int]]]:
    """Another process with a control plane of its own: it, its folder and the pids of its programs."""
    with subprocess.Popen(
        [sys.executable, "-c", OWNER], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        folder, *pids = process.stdout.readline().split()
        yield process, Path(folder), [int(pid) for pid in pids]
        process.kill()


def wait_until(fact: Callable[[], bool], seconds: float, because: str) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, because
        time.sleep(0.02)


def test_two_control_planes_live_side_by_side(plane: ControlPlane) -> None:
    with control_plane() as other:
        other.kubectl("create", "namespace", "only-here")
        assert other.server != plane.server
        assert "only-here" in other.kubectl("get", "namespaces")
        assert "only-here" not in plane.kubectl("get", "namespaces")
        folder, pids = other.at.folder, [other.process(name) for name in PROGRAMS]

    assert not folder.exists()
    assert not any(process.alive for process in pids if process)


def test_it_is_restarted_on_the_data_that_it_had() -> None:
    with control_plane() as own:
        own.kubectl("create", "configmap", "before", "--from-literal=a=b")
        for kill in (False, True):
            own.stop_api_server(kill=kill)
            with own.client() as client, pytest.raises(httpx.ConnectError):
                client.get("/readyz")
            own.start()
            assert "before" in own.kubectl("get", "configmaps")


def test_a_paused_api_server_accepts_and_does_not_answer() -> None:
    with control_plane() as own, own.client(timeout=1) as client:
        with own.paused_api_server(), pytest.raises(httpx.TimeoutException):
            client.get("/readyz")
        wait_until(lambda: client.get("/readyz").is_success, 10, "a continued API server answers again")


def test_a_killed_owner_takes_its_programs_along_and_the_next_run_takes_its_folder(
    owner: tuple[subprocess.Popen[str], Path, list[int]],
) -> None:
    process, folder, pids = owner
    assert all(birth_of(pid) for pid in pids)

    process.send_signal(signal.SIGKILL)
    process.wait(10)

    wait_until(lambda: not any(birth_of(pid) for pid in pids), 10, "the kernel ends what is tethered")
    runs.remove_stale_runs()
    assert not folder.exists()


def test_an_interrupted_owner_cleans_up_itself(owner: tuple[subprocess.Popen[str], Path, list[int]]) -> None:
    process, folder, pids = owner

    process.send_signal(signal.SIGINT)
    process.wait(30)

    assert not any(birth_of(pid) for pid in pids)
    assert not folder.exists()


def test_the_run_of_a_living_owner_is_left_alone(plane: ControlPlane) -> None:
    runs.remove_stale_runs()

    assert plane.kubectl("get", "--raw", "/readyz") == "ok"


def test_a_stale_run_ends_what_is_proved_ours_and_no_stranger_with_the_same_pid(tmp_path: Path) -> None:
    ours, stranger = (start(["sleep", "300"], log=tmp_path / f"{name}.log") for name in ("ours", "stranger"))
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    stale = runs.runs_folder() / f"stale.{gone.pid}.0123456789ab.0"
    stale.mkdir()
    ours.save(stale / "ours.pid")
    Process(stranger.pid, "another boot:1").save(stale / "stranger.pid")

    runs.remove_stale_runs()

    assert not ours.alive
    assert stranger.alive
    assert not stale.exists()
    stranger.kill()


def test_a_port_that_somebody_took_meanwhile_is_replaced(tmp_path: Path) -> None:
    own = ControlPlane(tmp_path / "plane", find_binaries())
    own.prepare()
    taken = own.ports.api
    with socket.create_server(("127.0.0.1", taken)):
        own.start()
        try:
            assert own.ports.api != taken
            assert own.kubectl("get", "--raw", "/readyz") == "ok"
        finally:
            own.stop()


def test_a_failed_start_keeps_the_logs_and_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "KEPT_LOGS", tmp_path / "kept")
    assets = tmp_path / "assets"
    assets.mkdir()
    for path in (found := find_binaries()).kube_apiserver.parent.iterdir():
        (assets / path.name).symlink_to(path)
    broken = assets / "kube-apiserver"
    broken.unlink()
    says_its_version = f'[ "$1" = --version ] && exec {found.kube_apiserver} --version'
    broken.write_text(f"#!/bin/sh\n{says_its_version}\necho no data folder; exit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", os.fspath(assets))

    with pytest.raises(ControlPlaneError, match="no data folder") as failure, control_plane():
        pytest.fail("an API server that ends at once cannot be ready")

    (note,) = failure.value.__notes__
    (log,) = (tmp_path / "kept").rglob("kube-apiserver.log")
    assert str(log.parents[1]) in note
    assert "no data folder" in log.read_text()
