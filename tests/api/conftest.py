"""The API as shipped, on the session's API server."""

from pathlib import Path

import pytest

from hack.controlplane.plane import ControlPlane

CRDS = Path(__file__).resolve().parents[2] / "crds"


@pytest.fixture(scope="session")
def installed(plane: ControlPlane) -> None:
    """The CRDs, applied and served."""
    plane.kubectl("apply", "--server-side", "--force-conflicts", "-f", CRDS)
    plane.kubectl("wait", "--for=condition=Established", "--timeout=30s", "-f", CRDS)
