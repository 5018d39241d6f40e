"""What is shipped for Argo CD: the scripts of each kind, in the layout of Argo CD's own repository."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hack.controlplane.runs import ROOT
from mlregistry_operator.api.group import ASSET_KIND, GROUP, REGISTRY_KIND

FOLDER: Final = ROOT / "argocd" / "resource_customizations" / GROUP
KINDS: Final = (REGISTRY_KIND, ASSET_KIND)


@dataclass(frozen=True, slots=True)
class Scripts:
    """The texts of one kind; `actions` by their name."""

    kind: str
    health: str
    discovery: str
    actions: dict[str, str]

    @property
    def folder(self) -> Path:
        """Where the scripts lie, with their fixtures beside them."""
        return FOLDER / self.kind


def scripts_of(kind: str) -> Scripts:
    """Read the scripts of a kind."""
    folder = FOLDER / kind
    return Scripts(
        kind,
        (folder / "health.lua").read_text("utf-8"),
        (folder / "actions" / "discovery.lua").read_text("utf-8"),
        {path.parent.name: path.read_text("utf-8") for path in sorted(folder.glob("actions/*/action.lua"))},
    )
