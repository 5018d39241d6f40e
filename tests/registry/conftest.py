"""What every test of the registry's life is judged by, beside what it says itself: all that was ever written.

Each version of each registry that the API server held is collected, and in every one of them the conditions
must be sane, and kstatus must say what they say.
"""

from collections.abc import Iterator

import pytest
from support.clusters import Cluster, condition
from support.conditions import assert_conditions_sane
from support.kstatus import Status, kstatus
from support.manifests import Manifest
from support.watches import History, RegistryWatch

from hack.controlplane.plane import ControlPlane


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
