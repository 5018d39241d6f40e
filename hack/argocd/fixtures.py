"""The fixtures of the health scripts: what the API server held while a real operator went through its states.

They are committed; this makes them anew after the conditions have changed. Everything is what `kubectl get -o
yaml` prints, but the fixtures of actions, which are such an object and the same as the action wants it.
"""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import yaml

from hack.argocd.scripts import FOLDER, KINDS
from hack.controlplane.ports import free_ports
from hack.controlplane.runs import ROOT, run_folder
from hack.world.installation import install
from hack.world.places import DEFAULT_MOCKCLOUD_PORT, EXAMPLES, Say
from hack.world.publishing import Publishing
from hack.world.teams import MODEL, RETRAINED, plant
from hack.world.worlds import World
from mlregistry_operator.api.group import ASSET_KIND, RECONCILE_AT, REGISTRY_KIND

DEADLINE: Final = {"MLREGISTRY_RECONCILE__PROGRESS_DEADLINE_SECONDS": "12"}
SLOW: Final = 6  # seconds of an operation in Azure: long enough to be seen at work
LOST: Final = "westus"

REGISTRY: Final = ("mlreg/demo-registry-1", "--namespace=ml-platform")
PAUSED: Final = ("mlreg/demo-registry-2", "--namespace=ml-platform")
MODEL_ASSET: Final = ("mla/taxi-fare-3", "--namespace=team-a")
ENVIRONMENT: Final = ("mla/sklearn-12", "--namespace=team-a")
DATA: Final = ("mla/taxi-rides-7", "--namespace=team-a")
AGAIN: Final = ("mla/taxi-fare-3-again", "--namespace=team-a")

# The health that each state must have, and whose message it shows: a condition's, or the script's own.
_SUSPENDED: Final = "spec.suspend is true: nothing is read, changed or reported until it is false."
EXPECTED: Final = {
    "unseen": ("Progressing", "The operator has not looked at generation 1 yet."),
    "progressing": ("Progressing", "Ready"),
    "waiting": ("Progressing", "Ready"),
    "ready": ("Healthy", "Ready"),
    "edited": ("Progressing", "The operator has not looked at generation 2 yet."),
    "retrying": ("Progressing", "Ready"),
    "stalled": ("Degraded", "Stalled"),
    "suspended_unseen": ("Suspended", _SUSPENDED),
    "suspended": ("Suspended", _SUSPENDED),
    "deleting": ("Progressing", "Ready"),
}

RECONCILING: Final = "condition=Reconciling"
STALLED: Final = "condition=Stalled"
READY: Final = "condition=Ready"


def record(say: Say) -> None:
    """Run through all states in a world of its own and write every fixture."""
    with run_folder("fixtures") as folder:
        world = World(folder, free_ports(1)[0], say)
        world.operator.settings = dict(DEADLINE)
        try:
            world.plane.start()
            world.cloud.start()
            plant(world.cloud.client)
            install(world.plane, world.webhook)
            states = States(world, say)
            for state in (
                states.unseen,
                states.at_work,
                states.edited,
                states.failing,
                states.suspended,
                states.deleting,
            ):
                say(f"==> {state.__name__.replace('_', ' ')}")
                state()
        finally:
            world.stop()
    for kind in KINDS:
        write_expectations(FOLDER / kind)
        write_actions(FOLDER / kind)


class States(Publishing):
    """The states of both kinds, in the order in which one world goes through them."""

    def unseen(self) -> None:
        """Before any operator has run."""
        for path in (EXAMPLES / "registry.yaml", *sorted((EXAMPLES / "assets").glob("[em]*.yaml"))):
            self._apply(self.example(path))
        self._keep(REGISTRY_KIND, REGISTRY, "unseen")
        self._keep(ASSET_KIND, MODEL_ASSET, "unseen")

    def at_work(self) -> None:
        """The first pass, while Azure takes its time; then done."""
        self.cloud.client.settings(lroSeconds=SLOW)
        self.world.operator.start()
        self.wait(RECONCILING, *REGISTRY)
        self._keep(REGISTRY_KIND, REGISTRY, "progressing")
        self.wait(RECONCILING, *MODEL_ASSET)
        self._keep(ASSET_KIND, MODEL_ASSET, "waiting")
        for kind, what in ((REGISTRY_KIND, REGISTRY), (ASSET_KIND, MODEL_ASSET)):
            self.wait(READY, *what)
            self._keep(kind, what, "ready")

    def edited(self) -> None:
        """An edit that nobody has looked at: what the status says is of the generation before."""
        self.world.operator.stop()
        for kind, what in ((REGISTRY_KIND, REGISTRY), (ASSET_KIND, MODEL_ASSET)):
            self._patch(what, {"spec": {"description": "Edited while no operator runs"}})
            self._keep(kind, what, "edited")
        self.world.operator.start()
        for what in (REGISTRY, MODEL_ASSET):
            self.wait(READY, *what)

    def failing(self) -> None:
        """A region that is lost: tried again, then given up; and a version that is taken."""
        self.cloud.client.region(LOST, available=False)
        self._patch(REGISTRY, {"metadata": {"annotations": {RECONCILE_AT: "lost"}}})
        self.wait(RECONCILING, *REGISTRY)
        self._keep(REGISTRY_KIND, REGISTRY, "retrying")
        self._apply(self.example(EXAMPLES / "assets" / "data.yaml"))
        self.wait("jsonpath={.status.readyRegions}=2/3", *DATA)
        self.wait(RECONCILING, *DATA)
        self._keep(ASSET_KIND, DATA, "retrying")
        again = list(yaml.safe_load_all(self.example(EXAMPLES / "assets" / "model.yaml")))[-1]
        again["metadata"]["name"] = AGAIN[0].partition("/")[2]
        source = again["spec"]["source"]["blob"]
        source["url"] = source["url"].replace(MODEL, RETRAINED)
        self._apply(yaml.safe_dump(again))
        for kind, what in ((ASSET_KIND, AGAIN), (REGISTRY_KIND, REGISTRY)):
            self.wait(STALLED, *what)
            self._keep(kind, what, "stalled")
        self.cloud.client.region(LOST, available=True)
        for what in (REGISTRY, DATA):
            self.wait(READY, *what)

    def suspended(self) -> None:
        """Suspended after it was ready, and from the beginning."""
        paused = list(yaml.safe_load_all(self.example(EXAMPLES / "registry-storage.yaml")))[-1]
        paused["spec"]["suspend"] = True
        self._apply(yaml.safe_dump(paused))
        self.wait("jsonpath={.status.conditions[0].reason}=Suspended", *PAUSED)
        self._keep(REGISTRY_KIND, PAUSED, "suspended_unseen")
        for kind, what in ((REGISTRY_KIND, REGISTRY), (ASSET_KIND, MODEL_ASSET)):
            self._patch(what, {"spec": {"suspend": True}})
            self._keep(kind, what, "suspended")
            self._patch(what, {"spec": {"suspend": False}})
            self.wait(READY, *what)

    def deleting(self) -> None:
        """A deletion that admission was not asked about, held up by who still uses the object."""
        self.world.operator.stop()
        for what in (REGISTRY, ENVIRONMENT):
            self.plane.kubectl("delete", "--wait=false", *what)
        self.world.operator.start()
        for kind, what in ((REGISTRY_KIND, REGISTRY), (ASSET_KIND, ENVIRONMENT)):
            self.wait('jsonpath={.status.conditions[?(@.type=="Ready")].reason}=InUse', *what)
            self._keep(kind, what, "deleting")

    def _apply(self, text: str) -> None:
        self.plane.kubectl("apply", "--server-side", "--filename=-", stdin=text)

    def _patch(self, what: tuple[str, ...], change: dict[str, Any]) -> None:
        self.plane.kubectl("patch", *what, "--type=merge", f"--patch={json.dumps(change)}")

    def _keep(self, kind: str, what: tuple[str, ...], state: str) -> None:
        text = self.plane.kubectl("get", *what, "--output=yaml")
        path = FOLDER / kind / "testdata" / f"{state}.yaml"
        path.write_text(text.replace(f":{self.cloud.port}", f":{DEFAULT_MOCKCLOUD_PORT}"), "utf-8")
        self.say(f"  wrote {path.relative_to(ROOT)}")


def write_expectations(folder: Path) -> None:
    """What Argo CD must make of each state of a kind, in the format of its own tests."""
    tests = []
    for state, (status, shown) in EXPECTED.items():
        path = folder / "testdata" / f"{state}.yaml"
        if path.exists():
            conditions = yaml.safe_load(path.read_text("utf-8"))["status"].get("conditions", [])
            message = next((one["message"] for one in conditions if one["type"] == shown), shown)
            health = {"status": status, "message": message}
            tests.append({"healthStatus": health, "inputPath": f"testdata/{state}.yaml"})
    text = yaml.safe_dump({"tests": tests}, sort_keys=False, width=110)
    (folder / "health_test.yaml").write_text(text, "utf-8")


def write_actions(folder: Path) -> None:
    """The fixtures of a kind's actions: two of its states, and what each action makes of them."""
    states, target = folder / "testdata", folder / "actions" / "testdata"
    ready = yaml.safe_load((states / "ready.yaml").read_text("utf-8"))
    suspended = yaml.safe_load((states / "suspended.yaml").read_text("utf-8"))
    asked, stopped, resumed = deepcopy(ready), deepcopy(ready), deepcopy(suspended)
    token = f"argocd-{ready['metadata']['resourceVersion']}"
    asked["metadata"].setdefault("annotations", {})[RECONCILE_AT] = token
    stopped["spec"]["suspend"] = True
    resumed["spec"]["suspend"] = False
    for name, thing in {
        "ready": ready,
        "ready_reconcile": asked,
        "ready_suspend": stopped,
        "suspended": suspended,
        "suspended_resume": resumed,
    }.items():
        (target / f"{name}.yaml").write_text(yaml.safe_dump(thing, sort_keys=False), "utf-8")
