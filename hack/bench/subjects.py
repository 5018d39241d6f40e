"""What is measured: a world without latency, and registries made in it."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from hack.controlplane.ports import free_ports
from hack.controlplane.runs import run_folder
from hack.world.places import WorldError
from hack.world.worlds import World
from mlregistry_operator.api.group import CONFIRM_DELETE
from mockcloud import defaults

NAMESPACE = "bench"
REGISTRIES = f"/apis/mlregistry.io/v1alpha1/namespaces/{NAMESPACE}/mlregistries"
ASSETS = f"/apis/mlregistry.io/v1alpha1/namespaces/{NAMESPACE}/mlassets"
MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}
GROUP = f"/subscriptions/{defaults.SUBSCRIPTION_ID}/resourceGroups/{NAMESPACE}"
PATIENCE_SECONDS = 120.0
POLL_SECONDS = 0.01
SELDOM_SECONDS = 0.1  # a list of many objects costs the machine that is measured
FEW = 3
MIB = 2**20

# The mock knows Azure's public regions by name; these have paired up in the seed's manner.
LOCATIONS = (
    "eastus", "eastus2", "westus", "westus2", "westus3",
    "centralus", "northeurope", "westeurope", "uksouth", "swedencentral",
)  # fmt: skip


class Bench:
    """A running world, and a namespace for what is made in it."""

    def __init__(self, world: World, api: httpx.Client) -> None:
        self.world = world
        self.cloud = world.cloud.client
        self.cloud.put_resource(GROUP, {"location": "eastus"})
        self._api = api
        self.namespace(NAMESPACE)

    def settings(self, **settings: float) -> None:
        """Turn the mock cloud's knobs."""
        self.cloud.settings(**settings)

    def create(self, name: str, regions: int) -> float:
        """Declare a registry in so many regions; the moment (epoch seconds) just before."""
        return self.post(REGISTRIES, registry(name, LOCATIONS[:regions]))

    def create_asset(self, name: str, registry_name: str, url: str) -> float:
        """Declare a data set from blobs; the moment (epoch seconds) just before."""
        return self.post(ASSETS, data_set(name, registry_name, {"blob": {"url": url}}))

    def post(self, kind: str, manifest: dict[str, Any]) -> float:
        """Create an object; the moment (epoch seconds) just before."""
        now = time.time()
        self._api.post(kind, json=manifest).raise_for_status()
        return now

    def namespace(self, name: str) -> None:
        """Make a namespace."""
        self._api.post("/api/v1/namespaces", json={"metadata": {"name": name}}).raise_for_status()

    def delete(self, kind: str, name: str) -> None:
        """Ask for an object to go."""
        self._api.delete(f"{kind}/{name}").raise_for_status()

    def has_any(self, kind: str) -> bool:
        """Whether there still is an object of a kind."""
        page = self._api.get(kind, params={"limit": "1"}).raise_for_status().json()
        return bool(page["items"])

    def wait_ready(self, names: Iterable[str], kind: str = REGISTRIES) -> float:
        """The moment (epoch seconds) when all are seen Ready. Raises WorldError when it takes too long."""
        waiting, deadline = set(names), time.monotonic() + PATIENCE_SECONDS
        while waiting:
            if time.monotonic() > deadline:
                raise WorldError(f"not Ready after {PATIENCE_SECONDS:.0f} s: {', '.join(sorted(waiting))}")
            waiting -= {item["metadata"]["name"] for item in self.list(kind) if is_ready(item)}
            time.sleep(POLL_SECONDS if kind == REGISTRIES and len(waiting) <= FEW else SELDOM_SECONDS)
        return time.time()

    def moments_of_ready(self, names: Mapping[str, str]) -> dict[str, float]:
        """The moment (epoch seconds) when each is seen Ready, one name of a kind. Raises as `wait_ready`."""
        seen: dict[str, float] = {}

        def all_seen() -> bool:
            for kind in names.keys() - seen.keys():
                if is_ready(self._api.get(f"{kind}/{names[kind]}").raise_for_status().json()):
                    seen[kind] = time.time()
            return len(seen) == len(names)

        self.wait_until(all_seen, f"all are Ready: {', '.join(names.values())}")
        return seen

    def wait_until(self, fact: Callable[[], bool], because: str) -> None:
        """Look until it is so. Raises WorldError when it takes too long."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not fact():
            if time.monotonic() > deadline:
                raise WorldError(f"not so after {PATIENCE_SECONDS:.0f} s: {because}")
            time.sleep(POLL_SECONDS)

    def look_now(self, names: Iterable[str], token: str, kind: str = ASSETS) -> None:
        """Have each object looked at once, and return when all were. Raises WorldError as `wait_ready`."""
        waiting, deadline = set(names), time.monotonic() + PATIENCE_SECONDS
        change = {"metadata": {"annotations": {"mlregistry.io/reconcile-at": token}}}
        for name in waiting:
            self._api.patch(f"{kind}/{name}", json=change, headers=MERGE_PATCH).raise_for_status()
        while waiting:
            if time.monotonic() > deadline:
                raise WorldError(f"not looked at: {', '.join(sorted(waiting))}")
            waiting -= {
                item["metadata"]["name"]
                for item in self.list(kind)
                if item["status"].get("lastHandledReconcileAt") == token
            }
            time.sleep(SELDOM_SECONDS)

    def list(self, kind: str) -> Sequence[dict[str, Any]]:
        """Every object of a kind."""
        found: Sequence[dict[str, Any]] = self._api.get(kind).raise_for_status().json()["items"]
        return found

    def unseen(self, kind: str, condition: str, names: Iterable[str]) -> set[str]:
        """The objects that do not say yet whether a condition holds; asked for a few at a time."""
        waiting, token = set(names), ""
        while True:
            query = {"limit": "50"} | ({"continue": token} if token else {})
            page = self._api.get(kind, params=query).raise_for_status().json()
            for item in page["items"]:
                if any(one["type"] == condition for one in item.get("status", {}).get("conditions", ())):
                    waiting.discard(item["metadata"]["name"])
            if not (token := page["metadata"].get("continue", "")):
                return waiting

    def remove(self, names: Iterable[str], kind: str = REGISTRIES, seconds: float = PATIENCE_SECONDS) -> None:
        """Delete objects and wait until they are gone. Raises WorldError when it takes too long."""
        leaving, deadline = set(names), time.monotonic() + seconds
        for name in leaving:
            if kind.endswith("/mlregistries"):  # retained content goes with it
                change = {"metadata": {"annotations": {CONFIRM_DELETE: name}}}
                self._api.patch(f"{kind}/{name}", json=change, headers=MERGE_PATCH).raise_for_status()
            self._api.delete(f"{kind}/{name}").raise_for_status()
        while leaving & {item["metadata"]["name"] for item in self.list(kind)}:
            if time.monotonic() > deadline:
                raise WorldError("deleted objects do not go")
            time.sleep(POLL_SECONDS if kind == REGISTRIES else SELDOM_SECONDS)

    def requests(self, since: int) -> Sequence[dict[str, Any]]:
        """What the operator has asked the cloud after a request's number, tokens left out."""
        return [
            one
            for one in self.cloud.requests(since)
            if one["principalId"] == defaults.OPERATOR_PRINCIPAL_ID and "/oauth2/" not in one["path"]
        ]

    def accounts(self, registry_name: str) -> dict[str, str]:
        """The names of a registry's storage accounts by location."""
        return {
            one["location"]: one["name"]
            for one in self.cloud.resources("Microsoft.Storage/storageAccounts")
            if one.get("tags", {}).get("mlregistry-registry") == registry_name
        }

    def first_write(self, since: float) -> float:
        """The moment (epoch seconds) of the first ARM write after another moment."""
        moments = [one["time"] for one in self.cloud.arm_writes() if one["time"] >= since]
        if not moments:
            raise WorldError("the operator wrote nothing to the cloud")
        return float(min(moments))

    def cpu_seconds(self) -> float:
        """Processor time that the operator's process has taken."""
        times = psutil.Process(self.world.operator.pid).cpu_times()
        return float(times.user + times.system)

    def memory(self) -> float:
        """Resident memory of the operator's process in MiB."""
        return float(psutil.Process(self.world.operator.pid).memory_info().rss) / MIB

    def most_memory(self) -> float:
        """The most that its resident memory ever was, in MiB, as the kernel has seen it."""
        told = Path(f"/proc/{self.world.operator.pid}/status").read_text("utf-8")
        kibibytes = next(line.split()[1] for line in told.splitlines() if line.startswith("VmHWM"))
        return int(kibibytes) / 1024


@contextmanager
def bench() -> Iterator[Bench]:
    """A world of its own, gone afterwards; its cloud answers at once and its operations take no time."""
    with run_folder("bench") as folder:
        world = World(folder, free_ports(1)[0], lambda _: None)
        try:
            world.up()
            with world.plane.client() as api:
                subject = Bench(world, api)
                subject.settings(latencySeconds=0, lroSeconds=0)
                yield subject
        finally:
            world.stop()


def registry(name: str, locations: Iterable[str], namespace: str = NAMESPACE) -> dict[str, Any]:
    rows = [{"location": location} for location in locations]
    azure = {"subscriptionId": defaults.SUBSCRIPTION_ID, "resourceGroup": NAMESPACE}
    spec = {"location": rows[0]["location"], "replicationLocations": rows, "azure": azure}
    return {
        "apiVersion": "mlregistry.io/v1alpha1",
        "kind": "MLRegistry",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec | {"deletionPolicy": "Delete"},
    }


def data_set(
    name: str, registry_name: str, source: dict[str, Any], namespace: str = NAMESPACE
) -> dict[str, Any]:
    spec = {"registryRef": {"name": registry_name}, "type": "Data", "assetName": name, "version": "1"}
    return {
        "apiVersion": "mlregistry.io/v1alpha1",
        "kind": "MLAsset",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec | {"source": source, "data": {"format": "UriFolder"}},
    }


def is_ready(item: dict[str, Any]) -> bool:
    conditions = item.get("status", {}).get("conditions", [])
    return any(
        one["type"] == "Ready"
        and one["status"] == "True"
        and one["observedGeneration"] == item["metadata"]["generation"]
        for one in conditions
    )
