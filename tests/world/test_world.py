"""The world that `make up` leaves running: complete, started once, repaired, and gone without a trace."""

import os
import shlex
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from hack.controlplane.ports import free_ports, is_free
from hack.controlplane.processes import Process, birth_of
from mockcloud.client import MockClient

ROOT = Path(__file__).resolve().parents[2]
KEYS = {
    "KUBECONFIG", "KUBECTL", "MOCKCLOUD_URL", "MOCKCLOUD_CA", "AZURE_TENANT_ID", "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET", "AZURE_SUBSCRIPTION_ID", "OPERATOR_PID", "OPERATOR_LOG", "OPERATOR_PRINCIPAL_ID",
    "OPERATOR_NAMESPACE", "OPERATOR_SERVICE_ACCOUNT", "METRICS_URL", "HEALTH_URL", "WEBHOOK_URL",
}  # fmt: skip
PARTS = {"etcd", "kube-apiserver", "kube-controller-manager", "mockcloud", "operator"}


@dataclass(frozen=True, slots=True)
class Settled:
    """A world in a folder; changed only through its command."""

    folder: Path
    port: int

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        arguments = [sys.executable, "-m", "hack.world", "--folder", str(self.folder), command]
        env = os.environ | {"MOCKCLOUD_PORT": str(self.port)}
        return subprocess.run(
            arguments, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=240
        )

    def do(self, command: str) -> str:
        done = self.run(command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def processes(self) -> dict[str, Process]:
        found = {path.stem: Process.load(path) for path in self.folder.rglob("*.pid")}
        return {name: process for name, process in found.items() if process}

    def env(self) -> dict[str, str]:
        """What a shell reads from the file."""
        return dict(
            line.split("=", 1) for line in shlex.split((self.folder / "env").read_text()) if "=" in line
        )

    def kubectl(self, *arguments: str) -> str:
        env = self.env()
        command = [env["KUBECTL"], f"--kubeconfig={env['KUBECONFIG']}", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settled]:
    """A world that is up."""
    world = Settled(tmp_path_factory.mktemp("world"), free_ports(1)[0])
    try:
        world.do("up")
        yield world
    finally:
        world.run("down")


def test_up_again_starts_nothing_again(settled: Settled) -> None:
    before = settled.processes()
    env = settled.env()

    said = settled.do("up")

    assert said.count("runs already") == 3
    assert settled.processes() == before
    assert settled.env() == env
    assert before.keys() == PARTS


def test_up_starts_what_is_missing_and_nothing_else(settled: Settled) -> None:
    before = settled.processes()
    before["mockcloud"].kill()
    before["kube-apiserver"].kill()

    settled.do("up")

    after = settled.processes()
    restarted = {name for name in PARTS if before[name] != after[name]}
    assert restarted == {"mockcloud", "kube-apiserver"}


def test_the_env_file_says_where_everything_is(settled: Settled) -> None:
    env = settled.env()

    assert env.keys() == KEYS
    assert "ml" in settled.kubectl("api-resources", "--api-group=mlregistry.io", "--output=name")
    assert MockClient(env["MOCKCLOUD_URL"], env["MOCKCLOUD_CA"]).settings()["lroSeconds"] >= 0
    assert env["MOCKCLOUD_URL"].endswith(f":{settled.port}")
    assert "mlregistry_operator" in Path(f"/proc/{env['OPERATOR_PID']}/cmdline").read_text()
    assert httpx.get(f"{env['METRICS_URL']}/metrics", trust_env=False).is_success
    assert httpx.get(f"{env['HEALTH_URL']}/readyz", trust_env=False).is_success
    assert Path(env["OPERATOR_LOG"]).stat().st_size > 0


def test_the_owner_of_the_env_file_gets_a_token(settled: Settled) -> None:
    env = settled.env()
    trust = ssl.create_default_context(cafile=env["MOCKCLOUD_CA"])
    form = {
        "grant_type": "client_credentials",
        "client_id": env["AZURE_CLIENT_ID"],
        "client_secret": env["AZURE_CLIENT_SECRET"],
        "scope": f"{env['MOCKCLOUD_URL']}/.default",
    }

    with httpx.Client(base_url=env["MOCKCLOUD_URL"], verify=trust, trust_env=False) as client:
        token = client.post(f"/{env['AZURE_TENANT_ID']}/oauth2/v2.0/token", data=form).json()["access_token"]
        path = f"/subscriptions/{env['AZURE_SUBSCRIPTION_ID']}/resourcegroups?api-version=2021-04-01"
        answer = client.get(path, headers={"Authorization": f"Bearer {token}"})

    assert answer.is_success, answer.text


def test_the_operator_has_its_service_accounts_rights_and_no_more(settled: Settled) -> None:
    env = settled.env()
    user = f"system:serviceaccount:{env['OPERATOR_NAMESPACE']}:{env['OPERATOR_SERVICE_ACCOUNT']}"
    variables = Path(f"/proc/{env['OPERATOR_PID']}/environ").read_text().split("\0")
    own = next(one.partition("=")[2] for one in variables if one.startswith("KUBECONFIG="))

    only_the_name = "--output=jsonpath={.status.userInfo.username}"
    who = subprocess.run(
        [env["KUBECTL"], f"--kubeconfig={own}", "auth", "whoami", only_the_name],
        capture_output=True, text=True, check=True, timeout=30,
    ).stdout  # fmt: skip

    assert who == user
    with pytest.raises(subprocess.CalledProcessError):
        settled.kubectl("auth", "can-i", "delete", "namespaces", f"--as={user}")


@pytest.mark.parametrize(
    ("left", "because"),
    [
        (signal.SIGKILL, "a crash leaves a pid file and a lease"),
        (signal.SIGSTOP, "a process that hangs does not end when asked to"),
        (None, "an operator that is well is replaced all the same"),
    ],
)
def test_the_operator_is_replaced_whatever_its_predecessor_left(
    settled: Settled, left: signal.Signals | None, because: str
) -> None:
    before = settled.processes()
    if left:
        before["operator"].signal(left)

    settled.do("operator")

    after = settled.processes()
    assert settled.env()["OPERATOR_PID"] == str(after["operator"].pid), because
    assert not before["operator"].alive, because
    assert {name for name in PARTS if before[name] != after[name]} == {"operator"}, because
    assert httpx.get(f"{settled.env()['HEALTH_URL']}/readyz", trust_env=False).is_success, because


def test_down_leaves_nothing(settled: Settled) -> None:
    processes = settled.processes()

    settled.do("down")

    assert not any(process.alive for process in processes.values())
    assert list(settled.folder.iterdir()) == []
    assert is_free(settled.port)
    settled.do("down")  # which is no error where nothing is left


def test_an_operator_without_a_world_says_what_is_missing(tmp_path: Path) -> None:
    done = Settled(tmp_path, 1).run("operator")

    assert done.returncode == 1
    assert "run `make up` first" in done.stderr


def test_a_taken_port_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        world = Settled(tmp_path, taken.getsockname()[1])
        try:
            done = world.run("up")
        finally:
            world.do("down")

    assert done.returncode == 1
    assert f"port {world.port}" in done.stderr
    assert "MOCKCLOUD_PORT" in done.stderr


def test_the_demo_shows_the_main_job_and_leaves_nothing(tmp_path: Path) -> None:
    env = os.environ | {"TMPDIR": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-m", "hack.world", "demo"],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    told = (
        "demo-registry-1",
        "3/3",
        "foo: bar",
        "primary region cannot change",
        "taxi-fare-3",
        "assets 4/4",
        "promoted from mlregistry://DemoRegistry2/models/taxi-fare/versions/3",
        "VersionConflict",
        "ARM writes",
    )
    for words in told:
        assert words in done.stdout, done.stdout
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert left == []


def test_an_interrupted_demo_leaves_no_process(tmp_path: Path) -> None:
    env = os.environ | {"TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "hack.world", "demo"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
    ) as demo:
        assert demo.stdout
        for line in demo.stdout:
            if "control plane" in line:
                break
        pids = [process.pid for path in tmp_path.rglob("*.pid") if (process := Process.load(path))]
        demo.send_signal(signal.SIGTERM)
        demo.wait(60)

    assert len(pids) >= 3
    assert not any(birth_of(pid) for pid in pids)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
