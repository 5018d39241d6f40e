"""What the cluster must offer before reconciliation can begin, and what is said where it does not."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from mlregistry_operator.api.group import ASSET_PLURAL, GROUP, REGISTRY_PLURAL, VERSION

# Assets are found by `selectableFields` of their CRD, which older API servers do not know.
LEAST_VERSION: Final = (1, 31)


def too_old(version: Mapping[str, Any]) -> str | None:
    """What is wrong with an API server that tells this of itself at `/version`."""
    numbers = [re.match(r"\d+", str(version.get(part, ""))) for part in ("major", "minor")]
    if not all(numbers):  # who says nothing is given the benefit of the doubt
        return None
    found = tuple(int(number.group()) for number in numbers if number)
    if found >= LEAST_VERSION:
        return None
    told, least = (".".join(map(str, one)) for one in (found, LEAST_VERSION))
    return f"the API server is Kubernetes {told}, and {least} or newer is needed: upgrade the cluster"


def missing_kinds(served: Iterable[str]) -> str | None:
    """Which of our kinds the API server does not serve, by the plurals that it does."""
    missing = sorted({REGISTRY_PLURAL, ASSET_PLURAL} - set(served))
    if not missing:
        return None
    names = " and ".join(f"{plural}.{GROUP}" for plural in missing)
    return f"the API server does not serve {names} in {VERSION}: install the CRDs (crds/, or the chart's)"
