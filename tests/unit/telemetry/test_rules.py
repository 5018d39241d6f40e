"""The table of metrics, alerts, runbooks and the dashboard speak of the same things."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser as promql
import pytest
import yaml
from prometheus_client import REGISTRY
from support.promql import names_in

from hack.world.places import CHART_FILES
from mlregistry_operator.telemetry.table import METRICS

ROOT = Path(__file__).parents[3]
RUNBOOKS = ROOT / "docs" / "runbooks"
GROUPS = yaml.safe_load((CHART_FILES / "alerts.yaml").read_text("utf-8"))["groups"]
ALERTS: dict[str, dict[str, Any]] = {rule["alert"]: rule for group in GROUPS for rule in group["rules"]}
DASHBOARD = json.loads((CHART_FILES / "dashboard.json").read_text("utf-8"))
# What Prometheus adds when it scrapes a pod.
OF_THE_TARGET = {"instance", "job", "pod", "namespace"}
PER_OBJECT = {"namespace", "name"}


def known() -> dict[str, set[str]]:
    """Every series that can be, with its labels."""
    found: dict[str, set[str]] = {}
    for one in METRICS:
        if one.kind == "histogram":
            found |= {f"{one.name}_{part}": set(one.labels) for part in ("sum", "count")}
            found[f"{one.name}_bucket"] = {*one.labels, "le"}
        else:
            found[one.name] = set(one.labels)
    return found


def unknown_in(query: str) -> Iterator[str]:
    for name, labels in names_in(promql.parse(query)):
        if name not in known():
            yield name
        else:
            yield from (f"{name}{{{label}}}" for label in labels - known()[name] - OF_THE_TARGET)


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_asks_for_metrics_and_labels_that_exist(alert: str) -> None:
    assert list(unknown_in(ALERTS[alert]["expr"])) == []


def test_a_query_for_what_does_not_exist_is_noticed() -> None:
    assert list(unknown_in('sum by (pod) (rate(mlregistry_gone_total{code="1"}[5m]))')) == [
        "mlregistry_gone_total"
    ]
    assert list(unknown_in("sum by (version) (workqueue_depth)")) == ["workqueue_depth{version}"]


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_says_what_a_person_on_duty_needs(alert: str) -> None:
    rule = ALERTS[alert]
    assert re.fullmatch(r"ML(Registry|Asset)([A-Z][a-z]+)+", alert)
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    notes = rule["annotations"]
    assert notes.keys() == {"summary", "description", "runbook_url"}
    assert all(notes[name].endswith(".") for name in ("summary", "description"))
    assert notes["runbook_url"].endswith(f"/runbooks/{alert}/")
    page = (RUNBOOKS / f"{alert}.md").read_text("utf-8")
    assert re.findall(r"^#+ .*$", page, re.MULTILINE) == [
        f"# {alert}",
        "## What it means",
        "## How to look",
        "## What to do",
    ]


def test_every_runbook_is_of_an_alert() -> None:
    assert {page.stem for page in RUNBOOKS.glob("*.md")} == set(ALERTS)


def test_the_dashboard_asks_for_metrics_that_exist() -> None:
    queries = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    assert queries
    for query in queries:
        assert list(unknown_in(query.replace("$__rate_interval", "5m"))) == [], query


def test_every_metric_of_ours_has_a_panel_or_an_alert() -> None:
    queries = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    queries += [rule["expr"] for rule in ALERTS.values()]
    asked = {
        name
        for query in queries
        for name, _ in names_in(promql.parse(query.replace("$__rate_interval", "5m")))
    }
    ours = {one.name for one in METRICS if one.name.startswith("mlregistry_")}
    unasked = {name for name in ours if not any(found.startswith(name) for found in asked)}
    assert unasked <= {"mlregistry_last_successful_pass_timestamp_seconds"}


def test_panels_lie_beside_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells


def test_the_table_has_what_the_process_shows_and_nothing_else() -> None:
    shown = {
        f"{family.name}_total" if family.type == "counter" else family.name: family.type
        for family in REGISTRY.collect()
    }
    assert {one.name: one.kind for one in METRICS} == shown


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_has_a_sentence_a_unit_and_bounded_labels(metric: Any) -> None:
    assert metric.meaning.endswith(".")
    assert (metric.kind == "counter") == metric.name.endswith("_total")
    if metric.kind == "histogram":
        assert metric.name.endswith("_seconds")
    if not metric.name.startswith(("workqueue_", "leader_election_", "python_", "mlregistry_build_info")):
        assert not {"version", "asset", "digest", "uid", "path", "url"} & set(metric.labels)
        assert ("name" in metric.labels) == (set(metric.labels) >= PER_OBJECT), (
            "a name stands with its namespace"
        )
