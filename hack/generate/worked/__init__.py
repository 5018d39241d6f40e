"""A worked example for every reason of every condition, as the documentation shows them."""

from typing import Final

from hack.generate.worked.cases import Case
from hack.generate.worked.of_assets import ASSET_CASES
from hack.generate.worked.of_registries import REGISTRY_CASES

CASES: Final[dict[str, tuple[Case, ...]]] = {"MLRegistry": REGISTRY_CASES, "MLAsset": ASSET_CASES}
