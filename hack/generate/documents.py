"""The tables that the documentation prints from code, each between two marks in a page that people write."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import yaml

from hack.azurite.differences import DIFFERENCES
from hack.controlplane.runs import ROOT
from hack.generate import azure_roles, charts
from hack.generate.bounds import bounds
from hack.generate.manifests import files_below
from hack.generate.worked.pages import by_condition, by_event, examples_of
from mlregistry_operator.api.advice import ADVICE
from mlregistry_operator.api.author_rules import (
    NAME,
    OBEYED,
    PLURALS,
    Obeyed,
    SecretField,
    secret_fields_of,
    verbs_of,
)
from mlregistry_operator.api.guards import GUARDS
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.api.relations import RELATIONS
from mlregistry_operator.api.rules import RULES
from mlregistry_operator.domain.meanings import MEANINGS
from mlregistry_operator.settings import Settings, rows_of
from mlregistry_operator.telemetry.table import METRICS
from mockcloud.arm.properties import NOTHING, Property
from mockcloud.arm.tables import TABLES as TYPES

ALERTS: Final = Path(__file__).resolve().parents[2] / "helm" / "mlregistry-operator" / "files" / "alerts.yaml"
_HEAD: Final = ("property", "sent", "kept of a caller's", "default", "words", "")
_WHO: Final = "NAMESPACE/NAME"
_WHAT: Final = "WHAT"
_BLOCK: Final = re.compile(r"(<!-- generated: (\S+) -->\n).*?(<!-- /generated -->)", re.DOTALL)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = (head, tuple("---" for _ in head), *rows)
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def reasons() -> str:
    """Every reason with its meaning."""
    return _table(("reason", "meaning"), [(f"`{reason}`", reason.meaning) for reason in Reason])


def rules(kind: str) -> str:
    """Every rule of a kind, with who holds it."""
    rows = [
        (
            f"`{rule.id}`",
            f"`{_place(rule.at, rule.field)}`",
            rule.pattern,
            "CEL, webhook" if rule.cel else "webhook, controller",
        )
        for rule in RULES
        if rule.kind == kind
    ]
    rows += [
        (f"`{one.id}`", f"`{one.field}`", one.told(_WHO, _WHAT), "webhook, controller")
        for one in RELATIONS
        if one.kind == kind and one.refused
    ]
    asked: list[SecretField | Obeyed] = [*secret_fields_of(kind), *verbs_of(kind)]
    rows += [(f"`{one.id}`", f"`{one.field}`", one.sentence.replace(NAME, "NAME"), "policy") for one in asked]
    rows += [
        (f"`{guard.id}`", "deletion", guard.told(_WHO), "webhook, finalizer")
        for guard in GUARDS
        if guard.kind == kind
    ]
    return _table(("rule", "field", "sentence", "held by"), rows)


def advice(kind: str) -> str:
    """Every warning of a kind."""
    rows = [(f"`{note.id}`", note.sentence) for note in ADVICE if note.kind == kind]
    rows += [
        (f"`{one.id}`", one.told(_WHO, _WHAT)) for one in RELATIONS if one.kind == kind and not one.refused
    ]
    return _table(("warning", "sentence"), rows)


def settings() -> str:
    """Every setting with its default and meaning."""
    rows = [
        (f"`{name}`", f"`{value}`" if value != "" else "", meaning)
        for name, value, meaning in rows_of(Settings())
    ]
    return _table(("variable", "default", "meaning"), rows)


def errors() -> str:
    """Every code of Azure that is known, with its treatment."""
    rows = [
        (f"`{code}`", meaning.severity.value, f"`{meaning.reason}`", meaning.remedy)
        for code, meaning in sorted(MEANINGS.items())
    ]
    return _table(("code", "treatment", "reason", "what to do"), rows)


def metrics() -> str:
    """Every metric with its labels."""
    rows = [
        (f"`{one.name}`", one.kind, ", ".join(f"`{label}`" for label in one.labels), one.meaning)
        for one in METRICS
    ]
    return _table(("metric", "type", "labels", "meaning"), rows)


def alerts() -> str:
    """Every alert with what it says and its runbook."""
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    rows = [
        (
            f"[{rule['alert']}](runbooks/{rule['alert']}.md)",
            rule["labels"]["severity"],
            rule.get("for", "at once"),
            f"`{' '.join(rule['expr'].split())}`",
        )
        for group in groups
        for rule in group["rules"]
    ]
    return _table(("alert", "severity", "after", "when"), rows)


def differences() -> str:
    """Every difference between the mock cloud's blob service and Azurite."""
    rows = [(one.what, one.mock, one.azurite, one.why) for one in DIFFERENCES.values()]
    return _table(("request", "mock cloud", "Azurite", "who follows Azure's documentation"), rows)


def properties() -> str:
    """What the mock cloud's resource types have, property by property."""
    return "".join(
        f"\n`{table.title}`\n\n{_table(_HEAD, [_row(one) for one in table.rows])}" for table in TYPES
    )


def _row(one: Property) -> tuple[str, ...]:
    told = "" if one.default is NOTHING else f"`{json.dumps(one.default)}`"
    words = " ".join(f"`{word}`" for word in one.words)
    return (f"`{one.path}`", one.sent.value, one.kept.value, told, words, one.note)


def values() -> str:
    """Every value of the chart with its default and meaning."""
    rows = charts.values((ROOT / charts.CHART / "values.yaml").read_text("utf-8"))
    return _table(
        ("value", "default", "meaning"), [(f"`{name}`", f"`{default}`", why) for name, default, why in rows]
    )


def rights() -> str:
    """Every right of the operator in Kubernetes, with its reason."""
    found = [row for name in charts.RIGHTS for row in charts.rights((ROOT / charts.CHART / name).read_text())]
    return _table(
        ("resource", "name", "verbs", "why"),
        [(f"`{what}`", f"`{name}`", verbs, why) for what, name, verbs, why in found],
    )


def annotations() -> str:
    """Every annotation that the operator obeys, with the right that it needs."""
    rows = [(f"`{one.annotation}`", one.kind, _needed(one), one.had_by, f"It {one.does}.") for one in OBEYED]
    return _table(("annotation", "on", "needs", "which have", "why"), rows)


def _needed(one: Obeyed) -> str:
    plural = PLURALS.get(one.kind, f"{one.kind.lower()}s")
    return f"`patch` and `{one.verb}` on {plural}" if one.verb else f"`patch` on {plural}"


def roles() -> str:
    """Every role in Azure with its rights and their reasons."""
    return "\n".join(
        f"## {role.name}\n\n{role.when} Assigned at the {role.scope}; `azure-roles/{role.file}`.\n\n"
        + _table(
            ("action", "why"),
            [(f"`{right.action}`" + (" (data)" if right.data else ""), right.why) for right in role.rights],
        )
        for role in azure_roles.ROLES
    )


def _place(at: str, field: str) -> str:
    """A rule's field as a person reads it: list keys are the schema's matter."""
    whole = at if at.startswith("metadata") else re.sub(r"\[[^\]]*\]", "[]", at)
    return f"{whole}{field}".removeprefix(".")


TABLES: Final[dict[str, Callable[[], str]]] = {
    "reasons": reasons,
    "registry-rules": lambda: rules("MLRegistry"),
    "asset-rules": lambda: rules("MLAsset"),
    "registry-advice": lambda: advice("MLRegistry"),
    "asset-advice": lambda: advice("MLAsset"),
    "settings": settings,
    "errors": errors,
    "metrics": metrics,
    "alerts": alerts,
    "azurite-differences": differences,
    "registry-examples": lambda: examples_of("MLRegistry"),
    "asset-examples": lambda: examples_of("MLAsset"),
    "troubles-by-condition": by_condition,
    "troubles-by-event": by_event,
    "example-files": files_below,
    "bounds": lambda: _table(("at most", "", "held by"), bounds()),
    "mockcloud-properties": properties,
    "values": values,
    "rights": rights,
    "annotations": annotations,
    "azure-roles": roles,
}


def filled(page: str) -> str:
    """The page with every generated block made anew; what people wrote stays."""
    return _BLOCK.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}{found[3]}", page)
