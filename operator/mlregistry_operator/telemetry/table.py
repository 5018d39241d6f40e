"""Every metric that this process can show: importing this imports all that declares one."""

from typing import Final

from mlregistry_operator.telemetry import metrics, objects, passes
from mlregistry_operator.telemetry.catalogue import CATALOGUE, LIBRARY, Entry

_DECLARE: Final = (metrics, objects, passes)

METRICS: Final[tuple[Entry, ...]] = (*CATALOGUE, *LIBRARY)
