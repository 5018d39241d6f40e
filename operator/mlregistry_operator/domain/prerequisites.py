"""What the cluster must offer before reconciliation can begin, and what is said where it does not."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mlregistry_operator.api.group import ASSET_PLURAL, GROUP, REGISTRY_PLURAL, VERSION

# Assets are found by `selectableFields` of their CRD, which older API servers do not know.
LEAST_VERSION: Final = (1, 31)


@dataclass(frozen=True, slots=True)
class Lacking:
    """What is missing, in a sentence; `blocks` where nothing can be done without it."""

    told: str
    blocks: bool = True


def too_old(version: Mapping[str, Any]) -> Lacking | None:
    """What is wrong with an API server that tells this of itself at `/version`."""
    numbers = [re.match(r"\d+", str(version.get(part, ""))) for part in ("major", "minor")]
    if not all(numbers):  # who says nothing is given the benefit of the doubt
        return None
    found = tuple(int(number.group()) for number in numbers if number)
    if found >= LEAST_VERSION:
        return None
    told, least = (".".join(map(str, one)) for one in (found, LEAST_VERSION))
    return Lacking(
        f"the API server is Kubernetes {told}, and {least} or newer is needed: upgrade the cluster"
    )


def lacking_kinds(served: Mapping[str, Collection[str]]) -> Lacking | None:
    """Which of our kinds the API server does not serve, given the verbs of those that it does, by plural.

    A kind whose CRD terminates can no longer be created. Its objects wait for their finalizers, so that work
    begins for them although the other kind may be gone.
    """
    missing = sorted({REGISTRY_PLURAL, ASSET_PLURAL} - set(served))
    if not missing:
        return None
    names = " and ".join(f"{plural}.{GROUP}" for plural in missing)
    told = f"the API server does not serve {names} in {VERSION}: install the CRDs (crds/, or the chart's)"
    return Lacking(told, blocks=not any("create" not in verbs for verbs in served.values()))
