"""What a person wants to see beside a failed test: the ends of the logs, the last requests to the cloud."""

from typing import Any

import pytest
from support.clouds import MockCloud

from hack.controlplane.plane import API, ControlPlane
from hack.controlplane.processes import tail
from hack.world.operators import OperatorProcess

OPERATOR_LINES = 60
API_LINES = 15
REQUESTS = 30


def add_logs(report: pytest.TestReport, fixtures: dict[str, Any]) -> None:
    """Add to a failed test's report what its fixtures know."""
    for fixture in {id(fixture): fixture for fixture in fixtures.values()}.values():  # some have two names
        if isinstance(fixture, OperatorProcess):
            report.sections.append((f"operator, {fixture.log}", tail(fixture.log, OPERATOR_LINES)))
        elif isinstance(fixture, ControlPlane):
            log = fixture.at.log(API)
            report.sections.append((f"{API}, {log}", tail(log, API_LINES)))
        elif isinstance(fixture, MockCloud):
            report.sections.append(("last requests to the cloud", _last_requests(fixture)))


def _last_requests(cloud: MockCloud) -> str:
    try:
        entries = cloud.requests()[-REQUESTS:]
    except OSError as error:
        return f"  (the cloud does not answer: {error})"
    return "\n".join(
        f"  {entry['time']:.3f} {entry['status']} {entry['method']} {entry['path']}" for entry in entries
    )
