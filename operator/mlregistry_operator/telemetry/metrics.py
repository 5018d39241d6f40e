"""Every metric of the operator, in one place: names, meanings, labels.

Labels are bounded: kinds, fields and words of fixed sets. A series of one object bears its namespace and
name, and goes with the object.
"""

from typing import Final

from prometheus_client import Counter, Gauge

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.registry_status import MLRegistryStatus
from mlregistry_operator.domain.drift import new_entries, open_since, resource_kind

DRIFT: Final = Counter(
    "mlregistry_drift_total",
    "Fields that somebody else had changed in Azure, by kind of resource and field; all tags are one field.",
    ("resource", "field"),
)
DRIFT_SINCE: Final = Gauge(
    "mlregistry_drift_uncorrected_since_timestamp_seconds",
    "When the oldest drift was seen that is not put right; no series where there is none.",
    ("namespace", "name"),
)


def tell_drift(key: ObjectKey, before: MLRegistryStatus, after: MLRegistryStatus) -> None:
    """Count what a look has found, and note since when something is not as declared."""
    for entry in new_entries(before.drift, after.drift):
        DRIFT.labels(resource_kind(entry.target), entry.field.partition("[")[0]).inc()
    since = open_since(after.drift)
    if since is None:
        forget_registry(key)
    else:
        DRIFT_SINCE.labels(key.namespace, key.name).set(since.timestamp())


def forget_registry(key: ObjectKey) -> None:
    """The object is gone, or its drift is: its series go with it."""
    DRIFT_SINCE.remove_by_labels({"namespace": key.namespace, "name": key.name})
