"""What documentation and chart take from each other and from the code: values, rights, settings."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from mlregistry_operator.settings import Settings

CHART: Final = Path("helm/mlregistry-operator")
RIGHTS: Final = ("files/rbac.yaml", "files/rbac-namespace.yaml")
# Sections that have values of their own in the chart, by which it also opens ports and mounts files.
_BY_THE_CHART: Final = frozenset({"identity", "leader_election", "log", "server", "tracing", "webhook"})
_IN_CLOUD: Final = frozenset({"authority_host", "arm_endpoint", "arm_scope", "ca_file"})
_KEPT: Final = (
    "type",
    "description",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "enum",
    "items",
    "maxItems",
)
_LINE: Final = re.compile(r"^(?P<indent> *)(?P<key>\w+):(?: (?P<value>.+))?$")


def with_settings(schema: str) -> str:
    """The schema of the values, with what `settings` may hold."""
    document = json.loads(schema)
    document["properties"]["settings"] = _settings()
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _settings() -> dict[str, Any]:
    sections = {
        to_camel(name): _section(field.annotation, _IN_CLOUD if name == "cloud" else frozenset())
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type)
        and issubclass(field.annotation, BaseModel)
        and name not in _BY_THE_CHART
    }
    return _closed(sections)


def _section(model: type[BaseModel], left_out: frozenset[str]) -> dict[str, Any]:
    fields = model.model_json_schema()["properties"]
    return _closed({to_camel(name): _value(one) for name, one in fields.items() if name not in left_out})


def _value(field: dict[str, Any]) -> dict[str, Any]:
    """A field as JSON schema draft 7 has it; what may be absent is so by being left out."""
    given: dict[str, Any] = next((one for one in field.get("anyOf", []) if one["type"] != "null"), {})
    return {key: value for key, value in (field | given).items() if key in _KEPT}


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def values(text: str) -> Iterator[tuple[str, str, str]]:
    """Every value of values.yaml that has a comment: its path, its default as written, what it means."""
    lines, path, comment = text.splitlines(), list[tuple[int, str]](), list[str]()
    for number, line in enumerate(lines):
        if line.strip().startswith("#"):
            comment.append(line.strip().removeprefix("#").strip())
            continue
        if (found := _LINE.match(line)) is not None:
            indent = len(found["indent"])
            path = [step for step in path if step[0] < indent] + [(indent, found["key"])]
            if comment:
                default = found["value"] or _block(lines[number + 1 :], indent)
                yield ".".join(key for _, key in path), default, " ".join(comment)
        comment = []


def _block(lines: list[str], indent: int) -> str:
    """A default of several lines, as one."""
    inside = []
    for line in lines:
        if not line.startswith(" " * (indent + 1)):
            break
        inside.append(line)
    return json.dumps(yaml.safe_load("\n".join(inside)))


def rights(text: str) -> Iterator[tuple[str, str, str, str]]:
    """Every rule of a file with roles: what, of which name, which verbs, and the comment above it: why."""
    for part in re.split(r"^---$", text, flags=re.MULTILINE):
        document = yaml.safe_load(part)
        reasons = _reasons(part)
        for rule, why in zip(document["rules"], reasons, strict=True):
            group = rule["apiGroups"][0]
            what = ", ".join(f"{resource}.{group}" if group else resource for resource in rule["resources"])
            names = ", ".join(rule.get("resourceNames", [])) or "any"
            yield what, names, ", ".join(rule["verbs"]), why


def _reasons(text: str) -> list[str]:
    """The comment before each rule."""
    found = re.findall(r"((?:^# .*\n)+)- apiGroups:", text, re.MULTILINE)
    return [" ".join(line.removeprefix("# ") for line in one.splitlines()) for one in found]
