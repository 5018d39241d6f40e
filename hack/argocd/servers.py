"""Argo CD as processes on loopback: Redis, the repository server and the application controller.

There is no API server of Argo CD and no web page: Applications are written to Kubernetes, as GitOps does.
"""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx

from hack.argocd.binaries import Programs
from hack.argocd.installation import NAMESPACE, install
from hack.controlplane.plane import ControlPlane
from hack.controlplane.ports import free_ports
from hack.world.servers import Server

HOST: Final = "127.0.0.1"
READY_SECONDS: Final = 300.0

# Nothing happens by the clock: who commits asks for a refresh. Waves follow each other without a pause.
CALM: Final = {
    "ARGOCD_RECONCILIATION_TIMEOUT": "3600s",
    "ARGOCD_RECONCILIATION_JITTER": "0s",
    "ARGOCD_SYNC_WAVE_DELAY": "0",
    "ARGOCD_APPLICATION_CONTROLLER_PERSIST_RESOURCE_HEALTH": "true",  # in the Application's status
    "ARGOCD_GPG_ENABLED": "false",
}


class ArgoCD:
    """One Argo CD over one API server, with its administrator's rights, as it is usually installed."""

    def __init__(self, folder: Path, plane: ControlPlane, programs: Programs) -> None:
        self.folder, self.plane, self.programs = folder, plane, programs
        self.redis = Server("redis", folder)
        self.repositories = Server("argocd-repo-server", folder)
        self.controller = Server("argocd-application-controller", folder)
        self._redis_port, self._port, *self._metrics = free_ports(4)

    def start(self) -> None:
        """Install what it needs in the cluster, start it, and return when it is ready. Raises WorldError."""
        self._prepare()
        install(self.plane, self.programs.crds)
        self._start_redis()
        self._start_repositories()
        self._start_controller()

    def stop(self) -> None:
        """End its processes, each after those that need it."""
        for server in (self.controller, self.repositories, self.redis):
            server.stop()

    def _start_redis(self) -> None:
        where = ("--bind", HOST, "--port", str(self._redis_port))
        nothing_kept = ("--save", "", "--appendonly", "no", "--dir", str(self.folder / "tmp"))
        self.redis.launch([self.programs.redis, *where, *nothing_kept], {})
        self.redis.wait_until(lambda: _accepts(self._redis_port), READY_SECONDS)

    def _start_repositories(self) -> None:
        metrics = self._metrics[0]
        where = ("--address", HOST, "--port", str(self._port), "--disable-tls")
        looked_at = ("--metrics-address", HOST, "--metrics-port", str(metrics))
        self._launch(self.repositories, *where, *looked_at)
        self.repositories.wait_until(_healthy(metrics, "?full=true"), READY_SECONDS)

    def _start_controller(self) -> None:
        metrics = self._metrics[1]  # on every address: this version takes no other
        cluster = ("--kubeconfig", str(self.plane.kubeconfig), "--namespace", NAMESPACE)
        source = ("--repo-server", f"{HOST}:{self._port}", "--repo-server-plaintext")
        self._launch(self.controller, *cluster, *source, "--metrics-port", str(metrics))
        self.controller.wait_until(_healthy(metrics), READY_SECONDS)

    def _launch(self, server: Server, *arguments: str) -> None:
        """Start one of its components: the program goes by the component's name."""
        common = ("--redis", f"{HOST}:{self._redis_port}", "--logformat", "text")
        name = {"ARGOCD_BINARY_NAME": server.name}
        server.launch([self.programs.argocd, *arguments, *common], name | self._environment())

    def _environment(self) -> dict[str, str]:
        """Where a container would have fixed places, and the cluster that it takes itself to run in."""
        at = self.folder
        return CALM | {
            "KUBECONFIG": str(self.plane.kubeconfig),  # this variable, not the option, is the destination's
            "ARGOCD_FAKE_IN_CLUSTER": "true",
            "HOME": str(at / "home"),
            "TMPDIR": str(at / "tmp"),
            "ARGOCD_ASK_PASS_SOCK": str(at / "tmp" / "ask.sock"),
            "ARGOCD_APP_CONF_PATH": str(at / "config"),
            "ARGOCD_TLS_DATA_PATH": str(at / "config" / "tls"),
            "ARGOCD_SSH_DATA_PATH": str(at / "config" / "ssh"),
            "ARGOCD_GNUPGHOME": str(at / "config" / "gpg" / "keys"),
            "ARGOCD_GPG_DATA_PATH": str(at / "config" / "gpg" / "source"),
            "ARGOCD_PLUGINSOCKFILEPATH": str(at / "config" / "plugins"),
        }

    def _prepare(self) -> None:
        for place in ("home", "tmp", *(f"config/{name}" for name in ("tls", "ssh", "plugins"))):
            (self.folder / place).mkdir(mode=0o700, parents=True, exist_ok=True)
        for place in ("keys", "source"):
            (self.folder / "config" / "gpg" / place).mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.folder / "config" / "ssh" / "ssh_known_hosts").touch()


def _accepts(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def _healthy(port: int, query: str = "") -> Callable[[], bool]:
    def look() -> bool:
        try:
            url = f"http://{HOST}:{port}/healthz{query}"
            return httpx.get(url, trust_env=False, timeout=5).is_success
        except httpx.TransportError:
            return False

    return look
