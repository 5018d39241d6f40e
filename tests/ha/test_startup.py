"""What is missing when the operator starts is said, and taken up when it comes: no restart, no hand."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.clouds import MockCloud
from support.clusters import Cluster, condition
from support.manifests import a_registry
from support.soon import soon

from hack.controlplane.plane import ControlPlane, control_plane
from hack.world.installation import apply, install, rights
from hack.world.operators import OperatorProcess
from hack.world.webhooks import WebhookEndpoint

PATIENCE_SECONDS = 120.0


@pytest.fixture(scope="module")
def bare_plane() -> Iterator[ControlPlane]:
    """An API server with the operator's rights, and without its kinds."""
    with control_plane() as plane:
        apply(plane, rights())
        yield plane


def readiness(operator: OperatorProcess) -> str:
    """What `/readyz` says."""
    try:
        return httpx.get(f"{operator.url}/readyz", trust_env=False, timeout=5).text
    except httpx.TransportError:
        return ""


def test_missing_kinds_are_named_and_work_begins_when_they_are_installed(
    bare_plane: ControlPlane, cloud: MockCloud, webhook: WebhookEndpoint, tmp_path: Path
) -> None:
    operator = OperatorProcess(tmp_path / "operator", bare_plane, cloud.cloud, webhook)
    operator.start(wait=False)
    try:
        soon(
            lambda: "does not serve mlassets.mlregistry.io and mlregistries" in readiness(operator),
            because="readyz says what to install",
        )
        assert httpx.get(f"{operator.url}/healthz", trust_env=False).is_success, "a restart would not help"
        assert "install the CRDs" in operator.log.read_text("utf-8")
        pid = operator.pid

        install(bare_plane, webhook)
        operator.wait_ready()
        cluster = Cluster(bare_plane)
        cluster.apply(a_registry())
        cluster.ready(a_registry())
        cluster.close()

        assert operator.pid == pid
    finally:
        operator.stop()


def test_without_an_azure_identity_it_comes_up_and_says_so(
    cluster: Cluster, cloud: MockCloud, idle_operator: OperatorProcess
) -> None:
    nobody = dict.fromkeys(("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"), "")
    idle_operator.settings |= nobody
    idle_operator.start()
    registry = a_registry()
    cluster.apply(registry)

    stalled = cluster.wait(
        registry,
        lambda seen: condition(seen, "Stalled").get("reason") == "CredentialsUnavailable",
        because="the registry says what is missing",
        seconds=PATIENCE_SECONDS,
    )

    assert "No Azure identity" in condition(stalled, "Stalled")["message"]
    assert "the operator has no Azure identity of its own" in idle_operator.log.read_text("utf-8")
    assert cloud.arm_requests() == []
