"""Every metric of the operator but those of single objects, in one place: names, meanings, labels.

Labels are bounded: kinds, fields and words of fixed sets. Names that users of controller-runtime know mean
here what they mean there; ours begin with `mlregistry_`.
"""

from typing import Final

from mlregistry_operator import __version__
from mlregistry_operator.api.group import ASSET_KIND, REGISTRY_KIND
from mlregistry_operator.api.registry_status import MLRegistryStatus
from mlregistry_operator.domain.drift import new_entries, resource_kind
from mlregistry_operator.telemetry.catalogue import counter, gauge, histogram

_PASS_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_CALL_BUCKETS: Final = (0.05, 0.25, 1.0, 5.0, 30.0)
_ANSWER_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LONG_BUCKETS: Final = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14400.0)

RECONCILES: Final = counter(
    "controller_runtime_reconcile_total",
    "Passes by how they ended: success (nothing is left to do), requeue (again at once), requeue_after"
    " (again after a wait), error (something failed; the object's conditions say what).",
    "controller",
    "result",
)
RECONCILE_ERRORS: Final = counter(
    "controller_runtime_reconcile_errors_total", "Passes that ended with a failure.", "controller"
)
TERMINAL_ERRORS: Final = counter(
    "controller_runtime_terminal_reconcile_errors_total",
    "Passes that ended with a failure which does not pass by itself: a person has to mend something.",
    "controller",
)
RECONCILE_SECONDS: Final = histogram(
    "controller_runtime_reconcile_time_seconds",
    "How long passes took.",
    "controller",
    buckets=_PASS_BUCKETS,
)
ACTIVE_WORKERS: Final = gauge(
    "controller_runtime_active_workers",
    "Passes at this moment; those of both kinds share one limit.",
    "controller",
)
MOST_WORKERS: Final = gauge(
    "controller_runtime_max_concurrent_reconciles",
    "Passes that may run at the same time; both kinds share one limit.",
    "controller",
)
PANICS: Final = counter(
    "controller_runtime_reconcile_panics_total",
    "Passes that a defect of the operator ended; the log has the details.",
    "controller",
)
TIMEOUTS: Final = counter(
    "controller_runtime_reconcile_timeouts_total",
    "Passes that were ended because they took too long.",
    "controller",
)
QUEUE_DEPTH: Final = gauge(
    "workqueue_depth", "Objects whose pass is due and waits for another pass to end.", "controller", "name"
)
QUEUE_ADDS: Final = counter("workqueue_adds_total", "Passes that became due.", "controller", "name")
QUEUE_SECONDS: Final = histogram(
    "workqueue_queue_duration_seconds",
    "How long passes that were due waited for another pass to end.",
    "controller",
    "name",
    buckets=_PASS_BUCKETS,
)
WORK_SECONDS: Final = histogram(
    "workqueue_work_duration_seconds", "How long passes took.", "controller", "name", buckets=_PASS_BUCKETS
)
UNFINISHED_SECONDS: Final = gauge(
    "workqueue_unfinished_work_seconds",
    "How long the passes of this moment have taken so far, together.",
    "controller",
    "name",
)
LONGEST_SECONDS: Final = gauge(
    "workqueue_longest_running_processor_seconds",
    "How long the oldest pass of this moment has taken so far.",
    "controller",
    "name",
)
QUEUE_RETRIES: Final = counter(
    "workqueue_retries_total", "Passes that ended with a failure and are due again.", "controller", "name"
)
WEBHOOK_REQUESTS: Final = counter(
    "controller_runtime_webhook_requests_total",
    "Admission reviews by HTTP status; a refusal of the object is a 200.",
    "webhook",
    "code",
)
WEBHOOK_SECONDS: Final = histogram(
    "controller_runtime_webhook_latency_seconds",
    "How long admission reviews took.",
    "webhook",
    buckets=_ANSWER_BUCKETS,
)
WEBHOOK_IN_FLIGHT: Final = gauge(
    "controller_runtime_webhook_requests_in_flight", "Admission reviews at this moment.", "webhook"
)
KUBERNETES_REQUESTS: Final = counter(
    "rest_client_requests_total",
    "Requests to the API server by method and HTTP status, without kopf's watches; code `none` where no"
    " answer came.",
    "method",
    "code",
)
AZURE_REQUESTS: Final = counter(
    "mlregistry_azure_requests_total",
    "Requests to Azure by kind of resource, HTTP method and HTTP status; code `none` where no answer came.",
    "resource",
    "method",
    "code",
)
AZURE_SECONDS: Final = histogram(
    "mlregistry_azure_request_seconds",
    "How long Azure took to begin its answers, by kind of resource and HTTP method.",
    "resource",
    "method",
    buckets=_CALL_BUCKETS,
)
THROTTLED: Final = counter(
    "mlregistry_azure_throttled_total",
    "How often Azure asked to leave a scope alone, by kind of scope.",
    "scope",
)
HELD_BACK: Final = counter(
    "mlregistry_azure_held_back_total",
    "Requests that were not sent because Azure had asked to wait, by kind of scope; they come back in time.",
    "scope",
)
THROTTLE_SECONDS: Final = counter(
    "mlregistry_azure_throttle_wait_seconds_total",
    "Seconds that requests had to wait because of Azure's limits, by kind of scope.",
    "scope",
)
COPIES: Final = gauge("mlregistry_copies_in_flight", "Server-side copies at this moment.")
COPIED_BYTES: Final = counter(
    "mlregistry_copied_bytes_total", "Bytes that server-side copies have moved between regions."
)
COPY_SECONDS: Final = histogram(
    "mlregistry_copy_seconds",
    "How long single server-side copies took, of a file or of a block of one.",
    buckets=_LONG_BUCKETS,
)
READ_BYTES: Final = counter(
    "mlregistry_read_bytes_total",
    "Bytes of content that the operator itself has read, to publish, to compare or to prove them.",
)
REPLICATION_SECONDS: Final = histogram(
    "mlregistry_replication_seconds",
    "How long it took to bring a version that is made of files to one more region, with the proof.",
    buckets=_LONG_BUCKETS,
)
DRIFT: Final = counter(
    "mlregistry_drift_total",
    "Fields that somebody else had changed in Azure, by kind of resource and field; all tags are one field.",
    "resource",
    "field",
)
STUCK_LOOPS: Final = gauge(
    "mlregistry_stuck_loops",
    "Objects whose loop has stopped; /healthz names one, and Kubernetes restarts the operator.",
    "controller",
)
LEADS: Final = gauge(
    "leader_election_master_status",
    "Whether this replica reconciles: 1, or 0 while another one does, by the lease of that name.",
    "name",
)
BUILD: Final = gauge(
    "mlregistry_build_info", "1; the label says which version of the operator it is.", "version"
)

CONTROLLERS: Final = (REGISTRY_KIND.lower(), ASSET_KIND.lower())
WEBHOOK: Final = "/validate"


def count_drift(before: MLRegistryStatus, after: MLRegistryStatus) -> None:
    """Count what a look has found."""
    for entry in new_entries(before.drift, after.drift):
        DRIFT.labels(resource_kind(entry.target), entry.field.partition("[")[0]).inc()


def _begin_at_zero() -> None:
    """A counter that appears with its first event hides that event from `increase`."""
    BUILD.labels(__version__).set(1)
    WEBHOOK_REQUESTS.labels(WEBHOOK, "200")
    WEBHOOK_SECONDS.labels(WEBHOOK)
    WEBHOOK_IN_FLIGHT.labels(WEBHOOK)
    for controller in CONTROLLERS:
        for family in (RECONCILE_ERRORS, TERMINAL_ERRORS, PANICS, TIMEOUTS, ACTIVE_WORKERS, STUCK_LOOPS):
            family.labels(controller)
        for result in ("success", "requeue", "requeue_after", "error"):
            RECONCILES.labels(controller, result)
        for queue in (QUEUE_DEPTH, QUEUE_ADDS, QUEUE_RETRIES):
            queue.labels(controller, controller)


_begin_at_zero()
