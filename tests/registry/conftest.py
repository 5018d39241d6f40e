"""What every test of the registry's life is judged by, beside what it says itself: all that was ever written.

Each version of each registry that the API server held is collected. In every one of them conditions must be
sane, and kstatus must say what they say; from one to the next a condition's time moves with its status alone.
"""

import os
import random
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from support.clusters import Cluster, condition
from support.conditions import assert_conditions_sane
from support.events import Told, told_by_events
from support.kstatus import Status, kstatus
from support.manifests import Manifest
from support.watches import History, RegistryWatch

from hack.controlplane.plane import ControlPlane
from hack.world.operators import OperatorProcess
from mockcloud import defaults

IMPATIENT = {
    "MLREGISTRY_RECONCILE__RETRY_MIN_SECONDS": "0.5",
    "MLREGISTRY_RECONCILE__RETRY_MAX_SECONDS": "2",
    "MLREGISTRY_RECONCILE__SLOW_RETRY_SECONDS": "2",
}


@pytest.fixture(scope="session")
def registry_watch(installed: ControlPlane) -> Iterator[RegistryWatch]:
    watch = RegistryWatch(installed)
    watch.start()
    yield watch
    watch.stop()


@pytest.fixture(autouse=True)
def history(cluster: Cluster, registry_watch: RegistryWatch) -> Iterator[History]:
    """What the test's registries were, version by version; judged when the test's operator has ended."""
    history = History(registry_watch, len(registry_watch))
    yield history
    for version in history.versions():
        assert_conditions_sane(version)
        assert kstatus(version) is told_by(version), f"kstatus reads {version.get('status')} otherwise"
    for before, after in history.steps():
        assert_times_tell_of_transitions(before, after)


@pytest.fixture
def moments(record_property: Callable[[str, object], None]) -> random.Random:
    """Chance that can be repeated: a failed test shows its seed, and `TEST_SEED` gives it back."""
    seed = int(os.environ.get("TEST_SEED") or random.randrange(2**32))  # noqa: S311 - guards nothing
    record_property("seed", seed)
    print(f"TEST_SEED={seed} repeats the moments of this test")  # noqa: T201 - shown when it fails
    return random.Random(seed)  # noqa: S311 - as above


@pytest.fixture
def told(cluster: Cluster, history: History) -> Told:
    return partial(told_by_events, cluster, history)


@pytest.fixture
def idle_operator(idle_operator: OperatorProcess) -> Iterator[OperatorProcess]:
    """An operator that tries again so soon that a test can wait for it; its log tells no secret."""
    idle_operator.settings.update(IMPATIENT)
    yield idle_operator
    log = idle_operator.log.read_text("utf-8") if idle_operator.log.exists() else ""
    for secret in (defaults.OPERATOR_CLIENT_SECRET, defaults.OWNER_CLIENT_SECRET, "Bearer ey"):
        assert secret not in log


def told_by(version: Manifest) -> Status:
    """The state that an object's own conditions claim, by what the kinds' documentation promises."""
    generation = version["metadata"]["generation"]
    if version["metadata"].get("deletionTimestamp"):
        return Status.TERMINATING
    if version.get("status", {}).get("observedGeneration") != generation:
        return Status.IN_PROGRESS
    if condition(version, "Stalled"):
        return Status.FAILED
    return Status.CURRENT if condition(version, "Ready")["status"] == "True" else Status.IN_PROGRESS


def assert_times_tell_of_transitions(before: Manifest, after: Manifest) -> None:
    """A condition that was true and is true has been so since the same moment."""
    old = {one["type"]: one for one in before.get("status", {}).get("conditions", [])}
    for new in after.get("status", {}).get("conditions", []):
        known = old.get(new["type"], new)
        if known["status"] == new["status"]:
            assert known["lastTransitionTime"] == new["lastTransitionTime"], f"{new['type']} has not changed"
        else:
            assert known["lastTransitionTime"] <= new["lastTransitionTime"]
