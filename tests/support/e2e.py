"""The kind cluster as a test sees it: kubectl, the cloud inside it, the release, and how long things took."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from hack.controlplane.plane import KubectlError
from hack.image.docker import Docker
from hack.kind.azure import URL, ClusterCloud
from hack.kind.clusters import KindCluster
from hack.kind.nodes import kind_program
from hack.kind.releases import Release
from hack.world.places import DEFAULT_MOCKCLOUD_PORT, EXAMPLES
from mockcloud import defaults
from mockcloud.client import is_write

Manifest = dict[str, Any]

PLATFORM, TEAM = "--namespace=ml-platform", "--namespace=team-a"
REGISTRY = "mlreg/demo-registry-1"
PREVIOUS_CHART = Path(__file__).parents[1] / "chart" / "fixtures" / "mlregistry-operator-0.1.0.tgz"


class Stage:
    """Everything that the tests act on and look at."""

    def __init__(self, folder: Path) -> None:
        self.cluster = KindCluster(kind_program(print), Docker(), folder, print)
        self.cloud = ClusterCloud(self.cluster)
        self.release = Release(self.cluster)
        self.kubectl = self.cluster.kubectl

    def apply_example(self, *names: str) -> None:
        """Examples as they lie in the repository; what they name on this machine lies in the cluster here."""
        texts = [(EXAMPLES / name).read_text("utf-8") for name in names]
        text = "---\n".join(texts).replace(f"https://127.0.0.1:{DEFAULT_MOCKCLOUD_PORT}", URL)
        self.kubectl("apply", "--server-side", "--filename=-", stdin=text)

    def apply(self, *manifests: Manifest) -> None:
        text = yaml.safe_dump_all(manifests, sort_keys=False)
        self.kubectl("apply", "--server-side", "--filename=-", stdin=text)

    def refusal(self, *arguments: str) -> str:
        """What kubectl complains about. Fails where it doesn't."""
        try:
            said = self.kubectl(*arguments)
        except KubectlError as error:
            return error.said
        raise AssertionError(f"nobody refused it: {said}")

    def look(self, *arguments: str) -> Manifest:
        found: Manifest = json.loads(self.kubectl("get", *arguments, "--output=json"))
        return found

    def wait(self, fact: str, *what: str, seconds: int = 180) -> None:
        self.kubectl("wait", f"--for={fact}", *what, f"--timeout={seconds}s", seconds=seconds + 20)

    def until(self, holds: Callable[[], object], what: str, seconds: float = 120) -> None:
        """Wait until it holds. Fails with `what`."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"after {seconds:.0f} s still not so: {what}"
            time.sleep(0.2)

    def conditions(self) -> dict[str, str]:
        """Ready of every object of ours, with the time it became so."""
        found = self.look("mlregistries,mlassets", "--all-namespaces")["items"]
        return {
            f"{one['kind']} {one['metadata']['namespace']}/{one['metadata']['name']}": "".join(
                f"{condition['status']} since {condition['lastTransitionTime']}"
                for condition in one.get("status", {}).get("conditions", [])
                if condition["type"] == "Ready"
            )
            for one in found
        }

    def look_now(self, token: str) -> None:
        """Have the operator look at every registry and asset, and wait until it has."""
        for place in (PLATFORM, TEAM):
            for kind in ("mlregistries", "mlassets"):
                if self.look(kind, place)["items"]:
                    wanted = f"mlregistry.io/reconcile-at={token}"
                    self.kubectl("annotate", "--overwrite", kind, "--all", place, wanted)
                    handled = f"jsonpath={{.status.lastHandledReconcileAt}}={token}"
                    self.wait(handled, kind, "--all", place)

    @contextmanager
    def silence(self) -> Iterator[None]:
        """Nothing is written to Azure while the body runs, by its own audit log."""
        mark = self.cloud.client.last_request()
        yield
        written = [
            f"{one['method']} {one['path']}"
            for one in self.cloud.client.requests(mark)
            if one["principalId"] == defaults.OPERATOR_PRINCIPAL_ID
            and is_write(one)
            and "/oauth2/" not in one["path"]
        ]
        assert written == []

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Say how long it took; `make e2e` shows it."""
        started = time.monotonic()
        yield
        print(f"\n    {what}: {time.monotonic() - started:.1f} s")  # noqa: T201 - a figure for a person
