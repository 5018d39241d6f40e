"""The operator as a user runs it: a process of its own with its ServiceAccount's token and rights."""

import json
import os
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import httpx

from hack.controlplane.plane import PORT_TAKEN, ControlPlane
from hack.controlplane.ports import free_ports
from hack.controlplane.processes import tail
from hack.world.clouds import OPERATOR_IDENTITY, Cloud
from hack.world.forks import fork
from hack.world.places import NAMESPACE, SERVICE_ACCOUNT, WorldError
from hack.world.servers import STOP_SECONDS, Server, clean_environment
from hack.world.webhooks import HOST, WebhookEndpoint

READY_SECONDS = 60.0
ATTEMPTS = 3
TOKEN_HOURS = 24 * 30
LEASES = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"

# `OPERATOR=image` in the environment starts every operator with the image's libraries instead of those of the
# development environment, `OPERATOR=chart` moreover as the chart's Deployment says. `OPERATOR=forked` starts
# them faster, out of a process that has loaded the code: the tests' way, unless another is asked for.
STARTED_AS, IMAGE, CHART, FORKED = "OPERATOR", "image", "chart", "forked"

# As short as a person at a terminal, or a test, likes them.
SHORT_RETRIES = {
    "MLREGISTRY_RECONCILE__RETRY_MIN_SECONDS": "1",
    "MLREGISTRY_RECONCILE__RETRY_MAX_SECONDS": "15",
    "MLREGISTRY_RECONCILE__SLOW_RETRY_SECONDS": "15",
    "MLREGISTRY_RECONCILE__MIN_RESYNC_SECONDS": "1",
    "MLREGISTRY_WEBHOOK__DRAIN_SECONDS": "0",
}


class OperatorProcess:
    """A handle of one operator: started, stopped, killed, restarted as often as wanted.

    `settings` are environment variables beside, or instead of, those that point it at its cluster and cloud.
    `alone` says that no other replica may hold the lease.
    """

    def __init__(
        self,
        folder: Path,
        plane: ControlPlane,
        cloud: Cloud,
        webhook: WebhookEndpoint,
        *,
        tethered: bool = True,
        settings: Mapping[str, str] | None = None,
        alone: bool = True,
    ) -> None:
        self.server = Server("operator", folder, tethered)
        self.plane, self.cloud, self.webhook = plane, cloud, webhook
        self.settings = dict(settings or {})
        self.alone = alone

    @property
    def runs(self) -> bool:
        return self.server.runs

    @property
    def pid(self) -> int:
        return self.server.pid

    @property
    def log(self) -> Path:
        """All that every process behind this handle has said."""
        return self.server.log

    @property
    def url(self) -> str:
        """Base of its plain HTTP: `/healthz`, `/readyz`, `/metrics`."""
        return f"http://{HOST}:{json.loads(self._port_file.read_text('utf-8'))}"

    def start(self, *, wait: bool = True) -> None:
        """Start it where it does not run, and return when it reconciles. Raises WorldError."""
        if not self.runs:
            self._launch()
        if wait:
            attempts = ATTEMPTS
            while not self._came_up(last=attempts == 1):
                attempts -= 1
                self._launch()

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        self.server.wait_until(self.is_ready, seconds)

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", trust_env=False, timeout=5).is_success
        except (httpx.TransportError, OSError):
            return False

    def stop(self, grace: float = STOP_SECONDS) -> bool:
        """SIGTERM, and SIGKILL where that was not enough. True where it was."""
        return self.server.stop(grace)

    def kill(self) -> None:
        """SIGKILL: what a crash looks like."""
        self.server.kill()

    def restart(self, *, kill: bool = False) -> None:
        """Another process in its place, which reconciles when this returns."""
        if kill:
            self.kill()
        else:
            self.stop()
        self.start()

    def metrics(self) -> str:
        return httpx.get(f"{self.url}/metrics", trust_env=False, timeout=5).raise_for_status().text

    @property
    def _port_file(self) -> Path:
        return self.server.folder / "port.json"

    def _came_up(self, *, last: bool) -> bool:
        """Whether it is ready. False where it ended because somebody took its port: try again then."""
        try:
            self.wait_ready()
        except WorldError:
            if last or self.runs or PORT_TAKEN not in tail(self.log):
                raise
            return False
        return True

    def _launch(self) -> None:
        if self.alone:
            forget_leadership(self.plane)
        port = free_ports(1)[0]
        self._port_file.write_text(json.dumps(port), "utf-8")
        program, found = _program()
        options, told = ["run"], self._identity()
        if os.environ.get(STARTED_AS) == CHART:
            from hack.world.deployments import ShippedDeployment  # noqa: PLC0415 - loads Helm

            shipped = ShippedDeployment(self.cloud, self.webhook)
            shipped.declare(self.plane)
            options, told = shipped.options, shipped.environment
        environment = found | told | self._place(port) | self.settings
        if os.environ.get(STARTED_AS) == FORKED and self.server.tethered:
            self.server.takes(fork(options, self.server.log, clean_environment(environment)))
        else:
            self.server.launch([*program, *options], environment)

    def _place(self, port: int) -> dict[str, str]:
        """Where it runs, and the waits of this machine."""
        kubeconfig = self.plane.service_account_kubeconfig(NAMESPACE, SERVICE_ACCOUNT, TOKEN_HOURS)
        return {
            "KUBECONFIG": str(kubeconfig),
            "MLREGISTRY_SERVER__HOST": HOST,
            "MLREGISTRY_SERVER__PORT": str(port),
            "MLREGISTRY_WEBHOOK__HOST": HOST,
            "MLREGISTRY_WEBHOOK__PORT": str(self.webhook.port),
            **SHORT_RETRIES,
        }

    def _identity(self) -> dict[str, str]:
        """Who it is in Azure, where that is, and its files: what the chart says otherwise."""
        url = self.cloud.url
        return {
            **OPERATOR_IDENTITY,
            "MLREGISTRY_NAMESPACE": NAMESPACE,
            "MLREGISTRY_CLOUD__AUTHORITY_HOST": url,
            "MLREGISTRY_CLOUD__ARM_ENDPOINT": url,
            "MLREGISTRY_CLOUD__ARM_SCOPE": f"{url}/.default",
            "MLREGISTRY_CLOUD__CA_FILE": str(self.cloud.ca),
            "MLREGISTRY_WEBHOOK__CERT_FILE": str(self.webhook.certificate),
            "MLREGISTRY_WEBHOOK__KEY_FILE": str(self.webhook.key),
        }


def _program() -> tuple[list[str | Path], dict[str, str]]:
    """The operator's command without its options, and the variables with which it finds its libraries."""
    module = ["-m", "mlregistry_operator"]
    if os.environ.get(STARTED_AS) not in (IMAGE, CHART):
        return [sys.executable, *module], {}
    from hack.image.docker import ImageError  # noqa: PLC0415 - only where it is asked for
    from hack.image.tree import tree  # noqa: PLC0415

    try:
        shipped = tree(partial(print, file=sys.stderr))
    except ImageError as error:
        raise WorldError(str(error)) from error
    return [shipped.python, *module], shipped.environment


def forget_leadership(plane: ControlPlane) -> None:
    """Take away the lease of a predecessor that is known to be dead: it need not run out."""
    with plane.client() as client:
        client.delete(LEASES).raise_for_status()
