"""What every test may ask for: a real API server, a cloud, an operator."""

from collections.abc import Iterator

import pytest

from hack.controlplane.plane import ControlPlane, control_plane


@pytest.fixture(scope="session")
def plane() -> Iterator[ControlPlane]:
    """A real API server for the whole session, started when the first test asks for it."""
    with control_plane() as plane:
        yield plane
