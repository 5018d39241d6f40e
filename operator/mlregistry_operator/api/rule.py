"""What a rule is: one sentence that the API server, the webhook and the documentation say alike.

A rule stands on one object of the schema. There the CRD carries it as CEL, and `holds` decides the same in
Python for whoever has no API server to ask. Rules without CEL are those that CEL cannot express or afford.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from mlregistry_operator.api.base import ApiModel

Model = TypeVar("Model", bound=ApiModel)


class FieldReason(StrEnum):
    """Why a field's value is refused, in the words that CEL rules and `metav1.StatusCause` share."""

    INVALID = "FieldValueInvalid"
    FORBIDDEN = "FieldValueForbidden"
    REQUIRED = "FieldValueRequired"


@dataclass(frozen=True, slots=True)
class Place:
    """An object within a resource that a rule speaks of, and what stood there before, if anything did."""

    path: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that must hold of every object of a kind.

    `at` is the schema location: fields joined by dots; the keys of a list in brackets where its items
    correlate by them (`spec.replicationLocations[location]`), empty brackets where they do not. `field` is
    the path, below that, of what the sentence is about. `holds(old, new)` sees what CEL calls `oldSelf` and
    `self`; a transition is only asked when both exist. A rule without CEL may choose its places by `select`.
    `told(old, new)` is the sentence where it depends on what was written, `cel_told` the same in CEL; where
    that gives none, it is `sentence`, in which words in braces stand for what `told` puts there.
    `most_bytes` is how much text the place may hold, where that is what the rule is about; with `whole`, how
    much JSON.
    """

    id: str
    kind: str
    at: str
    field: str
    cel: str | None
    reason: FieldReason
    sentence: str
    holds: Callable[[Any, Any], bool]
    transition: bool = False
    select: Callable[[Any, Any], Iterable[Place]] | None = None
    told: Callable[[Any, Any], str] | None = None
    cel_told: str | None = None
    most_bytes: int | None = None
    whole: bool = False

    def broken_in(self, old: ApiModel | None, new: ApiModel) -> "Iterator[Violation]":
        """Every place where the rule does not hold, given whole objects."""
        chosen = self.select(old, new) if self.select else places(self.at, old, new)
        for place in chosen:
            if self.transition and place.old is None:
                continue
            if not self.holds(place.old, place.new):
                said = self.told(place.old, place.new) if self.told is not None else self.sentence
                yield Violation(self, f"{place.path}{self.field}".removeprefix("."), said)

    @property
    def pattern(self) -> str:
        """The sentence for any place, with a name in capitals for what differs between them."""
        return re.sub(r"\{(\w+)\}", lambda found: found[1].upper(), self.sentence)


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that does not hold, where, and what is said of it."""

    rule: Rule
    path: str
    sentence: str

    def __str__(self) -> str:
        """The refusal as the webhook says it."""
        return f"{self.path}: {self.sentence}"


def places(at: str, old: ApiModel | None, new: ApiModel) -> Iterator[Place]:
    """Walk to every object that stands at a schema location, in the new resource's order."""
    found = [Place("", old, new)]
    for segment in filter(None, at.split(".")):
        found = [deeper for place in found for deeper in _step(place, segment)]
    yield from found


def _step(place: Place, segment: str) -> Iterator[Place]:
    name, is_list, keys = segment.removesuffix("]").partition("[")
    new, old = child(place.new, name), child(place.old, name)
    path = f"{place.path}.{name}"
    if not is_list:
        if new is not None:
            yield Place(path, old, new)
        return
    before = {_key(item, keys): item for item in old or ()} if keys else {}
    for index, item in enumerate(new or ()):
        yield Place(f"{path}[{index}]", before.get(_key(item, keys)) if keys else None, item)


def _key(item: ApiModel, keys: str) -> tuple[Any, ...]:
    return tuple(child(item, key) for key in keys.split(","))


def child(value: Any, name: str) -> Any:
    """What stands below a model under the name that the schema has for it; None below nothing."""
    return None if value is None else getattr(value, _attribute(type(value), name))


def _attribute(model: type[ApiModel], name: str) -> str:
    return next(
        attribute for attribute, field in model.model_fields.items() if name in (field.alias, attribute)
    )


def as_written(value: Any) -> Any:
    """A value as the API server compares it: what was said explicitly, under the schema's names, and lists of
    objects without order.
    """
    match value:
        case ApiModel():
            fields = type(value).model_fields
            return {
                str(fields[name].alias): as_written(getattr(value, name))
                for name in sorted(value.model_fields_set & fields.keys())
            }
        case tuple() if value and isinstance(value[0], ApiModel):
            return sorted((as_written(item) for item in value), key=repr)
        case _:
            return value


def unchanged(name: str) -> str:
    """CEL for a field that can neither be set later nor changed nor removed.

    It stands on the object that has the field: a rule on an optional field itself is not asked when the field
    comes or goes. Equality of optionals would be shorter, but the API server takes its cost for unbounded.
    """
    return f"has(self.{name}) == has(oldSelf.{name}) && (!has(self.{name}) || self.{name} == oldSelf.{name})"


def bounded_keys(rule_id: str, kind: str, at: str, field: str, *, limit: int) -> Rule:
    """A bound on the length of a map's keys, which the schema language cannot give."""
    name = field.removeprefix(".")
    return Rule(
        id=rule_id,
        kind=kind,
        at=at,
        field=field,
        cel=f"!has(self.{name}) || self.{name}.all(k, size(k) >= 1 && size(k) <= {limit})",
        reason=FieldReason.INVALID,
        sentence=f"names in it must have 1 to {limit} characters",
        holds=lambda _, new: all(1 <= len(key) <= limit for key in child(new, name)),
    )
