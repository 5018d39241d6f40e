"""The cloud as a program: it starts, says where it is, keeps its state, and ends when told to."""

import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mockcloud import defaults
from mockcloud.client import MockClient
from mockcloud.server import MockCloudThread

ROOT = Path(__file__).resolve().parents[2]
GROUP = f"/subscriptions/{defaults.SUBSCRIPTION_ID}/resourceGroups/rg"
ACCOUNT = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/data0001"


@contextmanager
def program(*options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """The command, running; what it said about itself by the word before the colon."""
    command = [sys.executable, "-m", "mockcloud", "serve", "--port", "0", *options]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield process, _said(process)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=10)


def _said(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    said: dict[str, str] = {}
    for line in process.stdout:
        key, _, value = line.strip().partition(": ") if ": " in line else line.strip().partition(" at ")
        said[key] = value
        if key == "owner":
            break
    return said


def test_the_program_says_where_it_listens_and_ends_when_told_to(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    other = "00000000-0000-0000-0000-0000000000aa"
    with program("--ca-out", str(ca), "--subscription", other, "--lro-seconds", "3") as (process, said):
        assert said["subscriptions"] == other
        assert said["certificate authority"] == str(ca)
        assert MockClient(said["mock cloud"], ca).settings()["lroSeconds"] == 3
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)
        assert (process.returncode, err) == (0, ""), out


def test_a_port_that_is_taken_is_told_in_one_sentence(cloud: Any) -> None:
    port = cloud.url.rsplit(":", 1)[1]
    command = [sys.executable, "-m", "mockcloud", "serve", "--port", port]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode == 1
    assert result.stderr.startswith("Error: cannot listen")


def test_help_names_the_command() -> None:
    command = [sys.executable, "-m", "mockcloud", "--help"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
    assert "serve" in result.stdout


def test_a_cloud_that_is_killed_is_the_same_cloud_again(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with program("--state", str(state)) as (process, said):
        client = MockClient(said["mock cloud"], state / "ca.pem")
        client.put_resource(ACCOUNT, {"location": "westus"})
        client.settings(lroSeconds=9)
        deadline = time.monotonic() + 10
        while not (state / "state.json").exists() or "westus" not in (state / "state.json").read_text():
            assert time.monotonic() < deadline, "the state was not written"
            time.sleep(0.02)
        process.kill()
        process.communicate(timeout=10)
    ca = (state / "ca.pem").read_bytes()
    with program("--state", str(state)) as (_, said):
        client = MockClient(said["mock cloud"], state / "ca.pem")
        found = client.resource(ACCOUNT)
        assert found is not None
        assert found["location"] == "westus"
        assert found["properties"]["primaryEndpoints"]["blob"] == f"{said['mock cloud']}/data0001/"
        assert client.settings()["lroSeconds"] == 9
        assert (state / "ca.pem").read_bytes() == ca, "who trusted it goes on doing so"


async def test_an_operation_goes_on_over_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with MockCloudThread(state=state, settings={"lroSeconds": 600}) as cloud:
        cloud.client.put_resource(GROUP, {"location": "eastus"})
        token = cloud.world.issuer.issue(cloud.world.principals.all()[0], cloud.url, 600)
        answer = _request(cloud, "PUT", f"{ACCOUNT}?api-version=2026-09-01", token)
        assert answer.status == 202
        path = answer.headers["Location"].removeprefix(cloud.url)
        n = cloud.client.last_request()
    with MockCloudThread(state=state) as cloud:
        token = cloud.world.issuer.issue(cloud.world.principals.all()[0], cloud.url, 600)
        assert _request(cloud, "GET", path, token).status == 202, "a signed address outlives a restart"
        found = cloud.client.resource(ACCOUNT)
        assert found is not None
        assert found["properties"]["provisioningState"] == "Creating"
        assert cloud.client.requests()[0]["n"] == n + 1


def test_the_state_is_private_and_never_half_written(tmp_path: Path) -> None:
    with MockCloudThread(state=tmp_path) as cloud:
        cloud.client.put_resource(GROUP, {"location": "eastus"})
    file = tmp_path / "state.json"
    assert json.loads(file.read_text())["version"] == 1
    assert file.stat().st_mode & 0o077 == 0
    assert (tmp_path / "ca.key").stat().st_mode & 0o077 == 0
    assert not list(tmp_path.glob("*.new"))


def test_a_cloud_without_a_folder_leaves_nothing_behind() -> None:
    with MockCloudThread() as cloud:
        ca = cloud.ca_file
        assert ca.exists()
    assert not ca.parent.exists()


def _request(cloud: MockCloudThread, method: str, path: str, token: str) -> Any:
    context = ssl.create_default_context(cafile=str(cloud.ca_file))
    host, port = cloud.url.removeprefix("https://").split(":")
    connection = http.client.HTTPSConnection(host, int(port), context=context, timeout=10)
    body = json.dumps({"location": "eastus", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}})
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        connection.request(method, path, body if method == "PUT" else None, headers)
        response = connection.getresponse()
        response.read()
    finally:
        connection.close()
    return response
