"""Where Azure is: every address is configuration, so that no cloud, sovereign or mock, is code."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Endpoints:
    """One Azure cloud. URLs have no trailing slash; `ca_file` is a PEM bundle, None for the system's own.

    `read_seconds` is how long its answers may take.
    """

    authority_host: str
    arm_endpoint: str
    arm_scope: str
    ca_file: Path | None = None
    instance_discovery: bool = True
    read_seconds: float = 60.0
