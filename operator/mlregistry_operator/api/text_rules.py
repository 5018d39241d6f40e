"""How much text one object may hold: 64 KiB of UTF-8 in the spec, beside an inline document.

The schema counts characters of one string, and each of them can take four bytes. So what has many strings,
or long ones, has a bound for all of its text together. These bounds stand in no model: the operator reads
what was stored before they came. Each rule stands on what it bounds: a map or list that was stored before the
rule came, and is left as it is, is not judged again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import Enum
from typing import Final

from mlregistry_operator.api.base import ApiModel
from mlregistry_operator.api.group import ASSET_KIND, REGISTRY_KIND
from mlregistry_operator.api.registry import AllowedSource
from mlregistry_operator.api.rule import FieldReason, Rule, child

_BYTES_OF_MAP: Final = "{map}.map(k, bytes(k).size() + bytes({map}[k]).size()).sum()"
_SELF_AS_MAP: Final = _BYTES_OF_MAP.format(map="self")
_LINEAGE: Final = ("workspace", "jobName", "experiment", "gitCommit", "dataset", "createdBy")
_ROUTES: Final = ("livenessRoute", "readinessRoute", "scoringRoute")
_LABELS: Final = (
    "(has(self.matchLabels) ? " + _BYTES_OF_MAP.format(map="self.matchLabels") + " : 0)"
    " + (has(self.matchExpressions) ? self.matchExpressions.map(e, bytes(e.key).size()"
    " + (has(e.values) ? e.values.map(v, bytes(v).size()).sum() : 0)).sum() : 0)"
)

# What stands in JSON around a source, a requirement, a label and a value, rounded up: with so many of them it
# is more than their text.
_SOURCE, _REQUIREMENT, _LABEL, _VALUE = 128, 64, 8, 4
_SOURCES: Final = (
    f"self.map(s, {_SOURCE} + bytes(s.url).size()"
    " + (has(s.namespaces) && has(s.namespaces.selector) && has(s.namespaces.selector.matchLabels)"
    f" ? s.namespaces.selector.matchLabels.map(k, {_LABEL} + bytes(k).size()"
    " + bytes(s.namespaces.selector.matchLabels[k]).size()).sum() : 0)"
    " + (has(s.namespaces) && has(s.namespaces.selector) && has(s.namespaces.selector.matchExpressions)"
    f" ? s.namespaces.selector.matchExpressions.map(e, {_REQUIREMENT} + bytes(e.key).size()"
    f" + (has(e.values) ? e.values.map(v, {_VALUE} + bytes(v).size()).sum() : 0)).sum() : 0)).sum()"
)

DESCRIPTION_BYTES: Final = 6 * 1024
TAGS_BYTES: Final = 16 * 1024  # 40 tags, as long as they can be in ASCII
LINEAGE_BYTES: Final = 6 * 1024
FLAVORS_BYTES: Final = 6 * 1024
ROUTES_BYTES: Final = 3 * 1024
REFERENCES_BYTES: Final = 8 * 1024
URL_BYTES: Final = 2 * 1024
SELECTOR_BYTES: Final = 4 * 1024
SOURCES_BYTES: Final = 12 * 1024


def text_bytes(value: object) -> int:
    """The bytes of all strings in a value, names of maps included; words of fixed sets are none."""
    match value:
        case None | Enum():
            return 0
        case str():
            return len(value.encode())
        case Mapping():
            return sum(text_bytes(name) + text_bytes(held) for name, held in value.items())
        case tuple() | list():
            return sum(text_bytes(one) for one in value)
        case ApiModel():
            return sum(text_bytes(getattr(value, name)) for name in type(value).model_fields)
        case _:
            return 0


def sources_bytes(sources: Iterable[AllowedSource]) -> int:
    """The bytes of allowed sources, with what stands around each part."""
    return sum(_SOURCE + text_bytes(one.url) + _selector_bytes(one) for one in sources)


def _selector_bytes(source: AllowedSource) -> int:
    selector = source.namespaces.selector if source.namespaces is not None else None
    if selector is None:
        return 0
    labels = _LABEL * len(selector.match_labels) + text_bytes(selector.match_labels)
    return labels + sum(
        _REQUIREMENT + _VALUE * len(one.values) + text_bytes(one) for one in selector.match_expressions
    )


def bounded_text(rule_id: str, kind: str, at: str, *, most: int, cel: str, remedy: str) -> Rule:
    """A bound on all text of the field at `at`; `cel` counts its bytes, where `self` is the field."""
    return Rule(
        id=rule_id,
        kind=kind,
        at=at,
        field="",
        cel=f"{cel} <= {most}",
        reason=FieldReason.INVALID,
        sentence=f"must be at most {most // 1024} KiB of UTF-8 in all; {remedy}",
        holds=lambda _, new: text_bytes(new) <= most,
        most_bytes=most,
    )


def _bounded_string(rule_id: str, kind: str, at: str, name: str, *, most: int, remedy: str) -> Rule:
    """The same for one string. It stands on the object around it: the API server repeats a string's value."""
    return replace(
        bounded_text(rule_id, kind, at, most=most, cel=f"bytes(self.{name}).size()", remedy=remedy),
        field=f".{name}",
        cel=f"!has(self.{name}) || bytes(self.{name}).size() <= {most}",
        holds=lambda _, new: text_bytes(child(new, name)) <= most,
    )


def _description(kind: str) -> Rule:
    return _bounded_string(
        f"{kind.removeprefix('ML').lower()}-description-size",
        kind,
        "spec",
        "description",
        most=DESCRIPTION_BYTES,
        remedy="shorten it, and link to a page that says more",
    )


def _tags(kind: str) -> Rule:
    return bounded_text(
        f"{kind.removeprefix('ML').lower()}-tags-size",
        kind,
        "spec.tags",
        most=TAGS_BYTES,
        cel=_SELF_AS_MAP,
        remedy="shorten names or values, or remove tags",
    )


RULES: Final = (
    _description(REGISTRY_KIND),
    _tags(REGISTRY_KIND),
    bounded_text(
        "selector-size",
        REGISTRY_KIND,
        "spec.allowedNamespaces.selector",
        most=SELECTOR_BYTES,
        cel=_LABELS,
        remedy="give the namespaces a label of their own, and select that",
    ),
    Rule(
        id="sources-size",
        kind=REGISTRY_KIND,
        at="spec.allowedSources",
        field="",
        cel=f"{_SOURCES} <= {SOURCES_BYTES}",
        reason=FieldReason.INVALID,
        sentence=f"must be at most {SOURCES_BYTES // 1024} KiB in all; name a storage account or a container"
        " instead of its folders, and select namespaces by a label of their own",
        holds=lambda _, new: sources_bytes(new or ()) <= SOURCES_BYTES,
        most_bytes=SOURCES_BYTES,
        whole=True,
    ),
    _description(ASSET_KIND),
    _tags(ASSET_KIND),
    _bounded_string(
        "blob-url-size",
        ASSET_KIND,
        "spec.source.blob",
        "url",
        most=URL_BYTES,
        remedy="choose a shorter path",
    ),
    bounded_text(
        "flavors-size",
        ASSET_KIND,
        "spec.model.flavors",
        most=FLAVORS_BYTES,
        cel="self.map(f, bytes(f.name).size() + (has(f.properties) ? "
        + _BYTES_OF_MAP.format(map="f.properties")
        + " : 0)).sum()",
        remedy="leave out what the model's own files say as well",
    ),
    bounded_text(
        "routes-size",
        ASSET_KIND,
        "spec.environment.inferenceConfig",
        most=ROUTES_BYTES,
        cel="["
        + ", ".join(f"has(self.{name}) ? bytes(self.{name}.path).size() : 0" for name in _ROUTES)
        + "].sum()",
        remedy="shorten the paths",
    ),
    bounded_text(
        "references-size",
        ASSET_KIND,
        "spec.references",
        most=REFERENCES_BYTES,
        cel="self.map(r, bytes(r.assetName).size() + bytes(r.version).size()).sum()",
        remedy="refer to fewer versions, or to one that needs the others",
    ),
    bounded_text(
        "lineage-size",
        ASSET_KIND,
        "spec.lineage",
        most=LINEAGE_BYTES,
        cel="["
        + ", ".join(f"has(self.{name}) ? bytes(self.{name}).size() : 0" for name in _LINEAGE)
        + "].sum()",
        remedy="shorten it, and link to what says more",
    ),
)
