"""Where a local world keeps its parts, and the names that everything in it goes by."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hack.controlplane.runs import ROOT

NAMESPACE: Final = "mlregistry-system"
SERVICE_ACCOUNT: Final = "mlregistry-operator"

DEFAULT_MOCKCLOUD_PORT: Final = 18443  # so that examples can name it
SETTLED: Final = ROOT / ".run"  # the world of `make up`

CRDS: Final = ROOT / "crds"
CHART_FILES: Final = ROOT / "helm" / "mlregistry-operator" / "files"
EXAMPLES: Final = ROOT / "examples"

Say = Callable[[str], None]


class WorldError(Exception):
    """The world, or a part of it, cannot be had; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Places:
    """The folders and files of one world."""

    root: Path

    @property
    def state(self) -> Path:
        """All that `down` forgets."""
        return self.root / "world"

    @property
    def env(self) -> Path:
        return self.root / "env"

    @property
    def lock(self) -> Path:
        return self.root / "world.lock"

    @property
    def controlplane(self) -> Path:
        return self.state / "controlplane"

    @property
    def mockcloud(self) -> Path:
        return self.state / "mockcloud"

    @property
    def operator(self) -> Path:
        return self.state / "operator"


def wanted_mockcloud_port() -> int:
    """`MOCKCLOUD_PORT`, else the port that the examples name. Raises WorldError."""
    text = os.environ.get("MOCKCLOUD_PORT") or str(DEFAULT_MOCKCLOUD_PORT)
    if not text.isdigit() or not 0 < int(text) < 65536:  # noqa: PLR2004 the size of a TCP port
        raise WorldError(f"MOCKCLOUD_PORT is {text!r}: give a port number")
    return int(text)
