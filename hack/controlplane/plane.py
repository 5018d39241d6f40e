"""One control plane: etcd, kube-apiserver, kube-controller-manager; own folder, own ports, own certificates.

All that it is lies in its folder: another process finds it again there, and `start` starts only what does
not run.
"""

import dataclasses
import json
import os
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from signal import SIGCONT, SIGSTOP
from typing import Final

import httpx

from hack.controlplane import programs
from hack.controlplane.binaries import Binaries, find_binaries
from hack.controlplane.certificates import Authority, KeyPair, save_secret, signing_key
from hack.controlplane.kubeconfigs import save_kubeconfig
from hack.controlplane.ports import free_ports
from hack.controlplane.processes import Deadline, Process, start, tail
from hack.controlplane.programs import Layout, Ports
from hack.controlplane.runs import run_folder

ETCD: Final = "etcd"
API: Final = "kube-apiserver"
CONTROLLERS: Final = "kube-controller-manager"

READY_SECONDS = 90.0
# In this order: without etcd the API server does not end. With watches open it would take a minute.
STOP_SECONDS = {CONTROLLERS: 5.0, API: 3.0, ETCD: 5.0}
ATTEMPTS = 5
PORT_TAKEN = "address already in use"
POLL_SECONDS = 0.05

# Memory is cheaper than the processor here: the Go programs collect their garbage a quarter as often.
GENEROUS: Final = {"GOGC": "400"}


class ControlPlaneError(Exception):
    """The control plane or a kubectl command failed; the message says why."""


class KubectlError(ControlPlaneError):
    """kubectl complained; `said` is what a person at a terminal would read."""

    def __init__(self, command: str, said: str) -> None:
        super().__init__(f"{command}: {said}")
        self.said = said


class PortTakenError(ControlPlaneError):
    """Somebody else took one of our ports between the choice and the use."""


class ControlPlane:
    """A control plane in a folder. Tethered, it ends with us; else it runs until somebody stops it."""

    def __init__(self, folder: Path, binaries: Binaries, *, tethered: bool = True) -> None:
        self.at = Layout(folder)
        self.binaries = binaries
        self.tethered = tethered
        self._started: dict[str, Process] = {}

    @property
    def ports(self) -> Ports:
        return Ports(**json.loads((self.at.folder / "ports.json").read_text("utf-8")))

    @property
    def server(self) -> str:
        """The API server's base URL."""
        return f"https://127.0.0.1:{self.ports.api}"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's."""
        return self.at.admin_kubeconfig

    def process(self, name: str) -> Process | None:
        return self._started.get(name) or Process.load(self.at.pid(name))

    def runs(self, name: str = API) -> bool:
        process = self.process(name)
        return process is not None and process.alive

    def start(self) -> None:
        """Start what does not run and return when it serves. Raises ControlPlaneError."""
        self.prepare()
        for attempt in range(ATTEMPTS):
            try:
                self._start_programs()
            except PortTakenError:
                self.stop()
                if attempt == ATTEMPTS - 1:
                    raise
                self._choose_ports()
            except BaseException:
                self.stop()
                raise
            else:
                return

    def stop(self) -> None:
        """Stop what runs, in the order that ends it cleanly; it can be started again on the same data."""
        for name, grace in STOP_SECONDS.items():
            process = self.process(name)
            if process:
                process.stop(grace)
            self._started.pop(name, None)
            self.at.pid(name).unlink(missing_ok=True)

    def stop_api_server(self, *, kill: bool = False) -> None:
        """An outage: connections are refused until `start`."""
        process = self.process(API)
        if process and kill:
            process.kill()
        elif process:
            process.stop(STOP_SECONDS[API])

    @contextmanager
    def paused_api_server(self) -> Iterator[None]:
        """An outage of the other kind: connections are accepted and nothing answers."""
        process = self.process(API)
        if process is None or not process.signal(SIGSTOP):
            raise ControlPlaneError("there is no API server to pause")
        try:
            yield
        finally:
            process.signal(SIGCONT)

    def kubectl_command(self, *arguments: str | Path) -> list[str]:
        cache = f"--cache-dir={self.at.folder / 'kubectl-cache'}"  # a port has had other servers
        config = f"--kubeconfig={self.kubeconfig}"
        return [str(part) for part in (self.binaries.kubectl, config, cache, *arguments)]

    def kubectl(self, *arguments: str | Path, stdin: str | None = None, seconds: float = 120) -> str:
        """What kubectl prints, as administrator. Raises KubectlError."""
        command = self.kubectl_command(*arguments)
        done = subprocess.run(
            command, input=stdin, capture_output=True, text=True, timeout=seconds, check=False
        )
        if done.returncode:
            raise KubectlError(f"kubectl {' '.join(map(str, arguments))}", done.stderr.strip())
        return done.stdout

    def client(self, timeout: float = 30) -> httpx.Client:
        """HTTP as administrator, with the API server as base; the caller closes it."""
        context = ssl.create_default_context(cafile=str(self.at.pki / "ca.crt"))
        context.load_cert_chain(self.at.pki / "admin.crt", self.at.pki / "admin.key")
        return httpx.Client(base_url=self.server, verify=context, trust_env=False, timeout=timeout)

    def service_account_kubeconfig(self, namespace: str, name: str, hours: int = 24) -> Path:
        """A kubeconfig with a fresh token of an existing ServiceAccount (TokenRequest)."""
        request = {"spec": {"expirationSeconds": hours * 3600}}
        with self.client() as client:
            answer = client.post(f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token", json=request)
        if not answer.is_success:
            raise ControlPlaneError(f"no token for ServiceAccount {namespace}/{name}: {answer.text}")
        token = answer.json()["status"]["token"]
        path = self.at.folder / f"{namespace}.{name}.kubeconfig"
        return save_kubeconfig(path, self.server, (self.at.pki / "ca.crt").read_bytes(), token, namespace)

    def prepare(self) -> None:
        """Folders, certificates and ports: what stays the same over restarts."""
        for folder in (self.at.folder, self.at.pki, self.at.logs):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (self.at.pki / "admin.key").exists():
            self._make_certificates()
        if not (self.at.folder / "ports.json").exists():
            self._choose_ports()

    def _make_certificates(self) -> None:
        authority, pki = Authority("local control plane"), self.at.pki
        (pki / "ca.crt").write_bytes(authority.certificate)
        authority.server("kube-apiserver", ["127.0.0.1", "localhost", "kubernetes.default.svc"]).save(
            pki, "apiserver"
        )
        private, public = signing_key()
        save_secret(pki / "service-account.key", private)
        (pki / "service-account.pub").write_bytes(public)
        authority.client("administrator", "system:masters").save(pki, "admin")
        self.at.audit_policy.write_text(programs.AUDIT_POLICY, "utf-8")

    def _choose_ports(self) -> None:
        ports = Ports(*free_ports(3))
        (self.at.folder / "ports.json").write_text(json.dumps(dataclasses.asdict(ports)), "utf-8")
        admin = KeyPair((self.at.pki / "admin.crt").read_bytes(), (self.at.pki / "admin.key").read_bytes())
        save_kubeconfig(self.kubeconfig, self.server, (self.at.pki / "ca.crt").read_bytes(), admin)

    def _start_programs(self) -> None:
        ports = self.ports
        with self.client(timeout=5) as client:
            etcd_health = f"http://127.0.0.1:{ports.etcd}/health"
            self._start(
                ETCD,
                programs.etcd(self.binaries, self.at, ports),
                lambda: _answers(_get_directly, etcd_health),
            )
            self._start(API, programs.kube_apiserver(self.binaries, self.at, ports), lambda: _serves(client))
            controllers = programs.kube_controller_manager(self.binaries, self.at)
            account = "/api/v1/namespaces/default/serviceaccounts/default"  # which only the controllers make
            self._start(CONTROLLERS, controllers, lambda: _answers(client.get, account))

    def _start(self, name: str, command: Sequence[str | Path], ready: Callable[[], bool]) -> None:
        log = self.at.log(name)
        if not self.runs(name):
            log.unlink(missing_ok=True)
            process = start(command, log=log, env={**os.environ, **GENEROUS}, tethered=self.tethered)
            process.save(self.at.pid(name))
            self._started[name] = process
        deadline = Deadline(READY_SECONDS)
        while not ready():
            if not self.runs(name):
                said = tail(log)
                kind = PortTakenError if PORT_TAKEN in said else ControlPlaneError
                raise kind(f"{name} ended while it started. The end of {log}:\n{said}")
            if deadline.passed:
                raise ControlPlaneError(
                    f"{name} is not ready after {READY_SECONDS:.0f} s. The end of {log}:\n{tail(log)}"
                )
            time.sleep(POLL_SECONDS)


def _get_directly(url: str) -> httpx.Response:
    return httpx.get(url, trust_env=False, timeout=5)


def _answers(get: Callable[[str], httpx.Response], url: str) -> bool:
    try:
        return get(url).is_success
    except httpx.TransportError:
        return False


def _serves(client: httpx.Client) -> bool:
    """Ready by its own word, and the namespace is there whose UID names the cluster."""
    return _answers(client.get, "/readyz") and _answers(client.get, "/api/v1/namespaces/kube-system")


@contextmanager
def control_plane(say: Callable[[str], None] = print) -> Iterator[ControlPlane]:
    """A control plane for the time of the body. Raises NoBinariesError, ControlPlaneError."""
    binaries = find_binaries(say)
    with run_folder("controlplane") as folder:
        plane = ControlPlane(folder, binaries)
        plane.start()
        try:
            yield plane
        finally:
            plane.stop()
