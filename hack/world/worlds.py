"""A whole world on this machine: control plane, mock cloud, operator; what runs is not started again."""

import shlex
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hack.controlplane.binaries import find_binaries
from hack.controlplane.plane import ControlPlane
from hack.controlplane.processes import Process
from hack.world.clouds import CloudProcess
from hack.world.installation import install
from hack.world.operators import OperatorProcess
from hack.world.places import NAMESPACE, SERVICE_ACCOUNT, Places, Say, WorldError
from hack.world.teams import plant
from hack.world.webhooks import webhook_endpoint
from mockcloud import defaults


class World:
    """The parts of one world, and the order in which they come and go."""

    def __init__(self, root: Path, mockcloud_port: int, say: Say, *, tethered: bool = True) -> None:
        self.places = Places(root)
        self.say = say
        self.plane = ControlPlane(self.places.controlplane, find_binaries(say), tethered=tethered)
        self.cloud = CloudProcess(self.places.mockcloud, mockcloud_port, tethered=tethered)
        self.webhook = webhook_endpoint(self.places.state / "webhook")
        self.operator = OperatorProcess(
            self.places.operator, self.plane, self.cloud.cloud, self.webhook, tethered=tethered
        )

    def up(self) -> None:
        """Start what does not run; the operator reconciles then. Raises WorldError, ControlPlaneError."""
        with self._step("control plane", self.plane.runs()):
            before = self.plane.kubeconfig.read_bytes() if self.plane.kubeconfig.exists() else None
            self.plane.start()
            if (
                before != self.plane.kubeconfig.read_bytes()
            ):  # an operator that runs would look for the old place
                self.operator.stop()
        with self._step("mock cloud", self.cloud.server.runs):
            self.cloud.start()
            plant(self.cloud.client)
        with self._step("kinds, rights and webhook"):
            install(self.plane, self.webhook)
        with self._step("operator", self.operator.runs):
            self.operator.start()
        self.write_env()

    def restart_operator(self) -> None:
        """Another operator in the place of whatever there is. Raises WorldError where its world is not up."""
        if not (self.plane.runs() and self.cloud.server.runs):
            raise WorldError("the world is not up: run `make up` first")
        with self._step("operator"):
            if self.operator.runs and not self.operator.stop():
                self.say("    it did not end when asked to: killed")
            self.webhook = self.operator.webhook = self.webhook.on_free_port()
            install(self.plane, self.webhook)
            self.operator.start()
        self.write_env()

    def stop(self) -> None:
        """End every process, each after those that need it."""
        self.operator.stop()
        self.cloud.stop()
        self.plane.stop()

    def write_env(self) -> None:
        """Say where everything is, in one file that is always whole."""
        operator = self.operator
        facts = {
            "KUBECONFIG": self.plane.kubeconfig,
            "KUBECTL": self.plane.binaries.kubectl,
            "MOCKCLOUD_URL": self.cloud.cloud.url,
            "MOCKCLOUD_CA": self.cloud.cloud.ca,
            "AZURE_TENANT_ID": defaults.TENANT_ID,
            "AZURE_CLIENT_ID": defaults.OWNER_CLIENT_ID,
            "AZURE_CLIENT_SECRET": defaults.OWNER_CLIENT_SECRET,
            "AZURE_SUBSCRIPTION_ID": defaults.SUBSCRIPTION_ID,
            "OPERATOR_PID": operator.pid,
            "OPERATOR_LOG": operator.log,
            "OPERATOR_PRINCIPAL_ID": defaults.OPERATOR_PRINCIPAL_ID,
            "OPERATOR_NAMESPACE": NAMESPACE,
            "OPERATOR_SERVICE_ACCOUNT": SERVICE_ACCOUNT,
            "METRICS_URL": operator.url,
            "HEALTH_URL": operator.url,
            "WEBHOOK_URL": self.webhook.url,
        }
        unfinished = self.places.env.with_name(".env.unfinished")
        unfinished.write_text(
            "".join(f"{name}={shlex.quote(str(fact))}\n" for name, fact in facts.items()), "utf-8"
        )
        unfinished.replace(self.places.env)

    @contextmanager
    def _step(self, what: str, already: bool = False) -> Iterator[None]:  # noqa: FBT001, FBT002 a word beside a name
        started = time.monotonic()
        yield
        took = "runs already" if already else f"{time.monotonic() - started:.1f} s"
        self.say(f"  {what}: {took}")


def down(places: Places, say: Say) -> None:
    """End every process of a world and forget all of its state, however broken it is."""
    order = ("operator", "mockcloud", "kube-controller-manager", "kube-apiserver", "etcd")
    found = {path.stem: process for path in places.state.rglob("*.pid") if (process := Process.load(path))}
    for name in (name for name in order if name in found):
        if found[name].alive:
            ended = found[name].stop(3 if name == "kube-apiserver" else 10)
            say(f"  {name}: {'ended' if ended else 'killed'}")
    shutil.rmtree(places.state, ignore_errors=True)
    for file in (places.env, places.lock):
        file.unlink(missing_ok=True)
