"""The Grafana dashboard, from a table of panels: what a person on duty looks at, from whole to part."""

import json
from dataclasses import dataclass
from typing import Any, Final

WIDTH: Final = 24
HEIGHT: Final = 8


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture. `queries` are pairs of PromQL and legend; `unit` is Grafana's word."""

    title: str
    queries: tuple[tuple[str, str], ...]
    unit: str = "short"
    kind: str = "timeseries"
    width: int = 8


_RATE: Final = "[$__rate_interval]"


def _by(metric: str, *labels: str, where: str = "") -> str:
    return f"sum by ({', '.join(labels)}) (rate({metric}{where}{_RATE}))"


def _quantile(metric: str, *labels: str, q: float = 0.99) -> str:
    by = ", ".join(("le", *labels))
    return f"histogram_quantile({q}, sum by ({by}) (rate({metric}_bucket{_RATE})))"


PANELS: Final = (
    Panel(
        "Objects that are ready",
        (('sum by (kind) (mlregistry_condition{type="Ready",status="True"})', "{{kind}}"),),
        kind="stat",
        width=6,
    ),
    Panel(
        "Objects that are not ready",
        (('sum by (kind) (mlregistry_condition{type="Ready",status!="True"})', "{{kind}}"),),
        kind="stat",
        width=6,
    ),
    Panel(
        "Stalled objects",
        (('sum by (kind) (mlregistry_condition{type="Stalled",status="True"})', "{{kind}}"),),
        kind="stat",
        width=6,
    ),
    Panel(
        "Who reconciles",
        (("leader_election_master_status", "{{pod}}"), ("sum(mlregistry_stuck_loops)", "stopped loops")),
        kind="stat",
        width=6,
    ),
    Panel(
        "Objects in trouble",
        (
            (
                'mlregistry_condition{type="Ready",status!="True"} == 1',
                "{{kind}} {{namespace}}/{{name}} {{status}}",
            ),
            ("mlregistry_unreadable_object", "{{kind}} {{namespace}}/{{name}} cannot be read"),
        ),
        kind="table",
        width=12,
    ),
    Panel(
        "Drift that is not put right",
        (
            (
                "time() - mlregistry_drift_uncorrected_since_timestamp_seconds",
                "{{namespace}}/{{name}}",
            ),
            (
                "sum by (resource, field) (increase(mlregistry_drift_total[1d]))",
                "{{resource}} {{field}}, a day",
            ),
        ),
        unit="s",
        width=12,
    ),
    Panel(
        "Passes",
        ((_by("controller_runtime_reconcile_total", "controller", "result"), "{{controller}} {{result}}"),),
    ),
    Panel(
        "Failed passes",
        (
            (_by("controller_runtime_reconcile_errors_total", "controller"), "{{controller}}"),
            (
                _by("controller_runtime_terminal_reconcile_errors_total", "controller"),
                "{{controller}}, for a person",
            ),
            (_by("controller_runtime_reconcile_panics_total", "controller"), "{{controller}}, defects"),
            (_by("controller_runtime_reconcile_timeouts_total", "controller"), "{{controller}}, too long"),
        ),
    ),
    Panel(
        "Time of a pass, 99 of 100",
        ((_quantile("controller_runtime_reconcile_time_seconds", "controller"), "{{controller}}"),),
        unit="s",
    ),
    Panel(
        "Passes at work and waiting",
        (
            ("sum by (controller) (controller_runtime_active_workers)", "{{controller}}"),
            ('sum by (controller) (workqueue_depth{name=~"mlregistry|mlasset"})', "{{controller}}, waiting"),
            ("max(controller_runtime_max_concurrent_reconciles)", "limit"),
        ),
    ),
    Panel(
        "Time in the queue, 99 of 100",
        ((_quantile("workqueue_queue_duration_seconds", "controller"), "{{controller}}"),),
        unit="s",
    ),
    Panel(
        "Oldest pass of this moment",
        (("max by (controller) (workqueue_longest_running_processor_seconds)", "{{controller}}"),),
        unit="s",
    ),
    Panel(
        "Requests to Azure",
        ((_by("mlregistry_azure_requests_total", "resource"), "{{resource}}"),),
        unit="reqps",
    ),
    Panel(
        "Refusals and silence of Azure",
        (
            (
                _by("mlregistry_azure_requests_total", "resource", "code", where='{code!~"2.."}'),
                "{{resource}} {{code}}",
            ),
        ),
        unit="reqps",
    ),
    Panel(
        "Time of a request to Azure, 99 of 100",
        ((_quantile("mlregistry_azure_request_seconds", "resource"), "{{resource}}"),),
        unit="s",
    ),
    Panel(
        "Azure's limits",
        (
            (_by("mlregistry_azure_throttled_total", "scope"), "{{scope}}, refused"),
            (_by("mlregistry_azure_held_back_total", "scope"), "{{scope}}, held back"),
            (_by("mlregistry_azure_throttle_wait_seconds_total", "scope"), "{{scope}}, seconds waited"),
        ),
    ),
    Panel(
        "Bytes of content",
        (
            (f"sum(rate(mlregistry_copied_bytes_total{_RATE}))", "copied by Azure"),
            (f"sum(rate(mlregistry_read_bytes_total{_RATE}))", "read by the operator"),
        ),
        unit="Bps",
    ),
    Panel(
        "Copies",
        (
            ("sum(mlregistry_copies_in_flight)", "in flight"),
            (_quantile("mlregistry_copy_seconds"), "seconds of one, 99 of 100"),
            (_quantile("mlregistry_replication_seconds"), "seconds to one region, 99 of 100"),
        ),
    ),
    Panel(
        "Admission reviews",
        ((_by("controller_runtime_webhook_requests_total", "code"), "{{code}}"),),
        unit="reqps",
    ),
    Panel(
        "Time of an admission review, 99 of 100",
        ((_quantile("controller_runtime_webhook_latency_seconds"), "{{webhook}}"),),
        unit="s",
    ),
    Panel(
        "Requests to the API server",
        ((_by("rest_client_requests_total", "method", "code"), "{{method}} {{code}}"),),
        unit="reqps",
    ),
    Panel(
        "Oldest look at content, by region",
        (("time() - mlregistry_region_verified_timestamp_seconds", "{{namespace}}/{{name}} {{location}}"),),
        unit="s",
    ),
    Panel(
        "Memory",
        (("process_resident_memory_bytes and on (instance) mlregistry_build_info", "{{pod}}"),),
        unit="bytes",
    ),
    Panel(
        "Processor",
        ((f"rate(process_cpu_seconds_total{_RATE}) and on (instance) mlregistry_build_info", "{{pod}}"),),
    ),
)


def dashboard() -> str:
    """The file that Grafana imports; it asks for the data source."""
    source = {"type": "prometheus", "uid": "${datasource}"}
    panels, x, y = [], 0, 0
    for number, panel in enumerate(PANELS, start=1):
        if x + panel.width > WIDTH:
            x, y = 0, y + HEIGHT
        panels.append(
            _panel(number, panel, source) | {"gridPos": {"h": HEIGHT, "w": panel.width, "x": x, "y": y}}
        )
        x += panel.width
    whole = {
        "uid": "mlregistry-operator",
        "title": "ML registry operator",
        "tags": ["mlregistry"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [
                {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}
            ]
        },
        "panels": panels,
    }
    return json.dumps(whole, indent=1) + "\n"


def _panel(number: int, panel: Panel, source: dict[str, str]) -> dict[str, Any]:
    return {
        "id": number,
        "title": panel.title,
        "type": panel.kind,
        "datasource": source,
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + place), "datasource": source, "expr": query, "legendFormat": legend}
            | ({"format": "table", "instant": True} if panel.kind == "table" else {})
            for place, (query, legend) in enumerate(panel.queries)
        ],
    }
