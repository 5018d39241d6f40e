"""What a user of the operator sees, from `kubectl apply` to Ready and a little beyond."""

import json
import time

from hack.controlplane.plane import KubectlError
from hack.controlplane.ports import free_ports
from hack.controlplane.runs import run_folder
from hack.world.places import EXAMPLES, Say, WorldError
from hack.world.publishing import Publishing
from hack.world.stages import Stage
from hack.world.worlds import World

REGISTRY = "mlreg/demo-registry-1"
NAMESPACE = "--namespace=ml-platform"
READY_SECONDS = 120


def demo(say: Say) -> None:
    """Run it in a world of its own and leave nothing. Raises WorldError where a promise is not kept."""
    with run_folder("demo") as folder:
        world = World(folder, free_ports(1)[0], say)
        try:
            world.up()
            story, assets = Story(world, say), Publishing(world, say)
            for chapter in (
                story.apply,
                story.look_at_azure,
                story.refuse,
                assets.publish,
                assets.compare,
                assets.promote,
                assets.overwrite,
                assets.count,
                story.settle,
                story.restart,
            ):
                chapter()
        finally:
            world.stop()


class Story(Stage):
    """The chapters about a registry."""

    def apply(self) -> None:
        """The main job: a registry in three regions."""
        self.say("\nOne registry, three regions:")
        manifest = EXAMPLES / "registry.yaml"
        started = time.monotonic()
        self.show("apply", f"--filename={manifest}", shown=f"apply -f examples/{manifest.name}")
        with self.watched("get", REGISTRY, NAMESPACE, "--watch", shown="get mlreg -n ml-platform -w"):
            self.wait("condition=Ready", REGISTRY, NAMESPACE, seconds=READY_SECONDS)
        self.say(f"  Ready after {time.monotonic() - started:.1f} s")
        for row in self.look(REGISTRY, NAMESPACE)["status"]["regions"]:
            account = row.get("storageAccount", {}).get("name", "")
            self.say(f"    {row['location']:<10} {row['role']:<8} {row['state']:<8} {account}")

    def look_at_azure(self) -> None:
        """What is there now, by the cloud's own word and not the operator's."""
        self.say("\nWhat Azure holds:")
        resources = [one for one in self.cloud.client.resources() if one.get("tags")]
        for one in resources:
            kind = one["type"].partition("/")[2]
            self.say(f"    {kind:<24} {one['name']:<28} {one['location']}")
        common = set.intersection(*(set(one["tags"].items()) for one in resources))
        self.say("  each with the tags")
        for name, value in [*sorted(common), ("mlregistry-location", "<its region>")]:
            self.say(f"    {name}: {value}")
        kinds = [one["type"].lower() for one in resources]
        accounts = kinds.count("microsoft.storage/storageaccounts")
        replications = kinds.count("microsoft.containerregistry/registries/replications")
        if (accounts, replications) != (3, 2):
            raise WorldError(f"declared: 3 accounts, 2 replications; made: {accounts} and {replications}")

    def refuse(self) -> None:
        """A mistake that must not pass."""
        self.say("\nThe primary region cannot change:")
        change = json.dumps({"spec": {"location": "westus"}})
        shown = f"patch mlreg demo-registry-1 -n ml-platform --type=merge -p '{change}'"
        try:
            self.show("patch", REGISTRY, NAMESPACE, "--type=merge", f"--patch={change}", shown=shown)
        except KubectlError as refusal:
            self.say(f"    {refusal.said}")
        else:
            raise WorldError("the primary region was changed, and nobody refused it")

    def settle(self) -> None:
        """Idempotence, by the cloud's audit log."""
        self.say("\nThe same again changes nothing:")
        with self.without_writes("after applying it again"):
            self.show(
                "apply", f"--filename={EXAMPLES / 'registry.yaml'}", shown="apply -f examples/registry.yaml"
            )
            self.look_now("again")

    def restart(self) -> None:
        """Nothing is remembered that Azure does not know."""
        with self.without_writes("after a restart of the operator"):
            self.world.operator.restart()
            self.look_now("restarted")

    def look_now(self, token: str) -> None:
        """Have the operator look at the registry, and wait until it has."""
        self.plane.kubectl(
            "annotate", "--overwrite", REGISTRY, NAMESPACE, f"mlregistry.io/reconcile-at={token}"
        )
        self.wait(f"jsonpath={{.status.lastHandledReconcileAt}}={token}", REGISTRY, NAMESPACE, seconds=60)
