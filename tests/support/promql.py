"""As much of PromQL as our alerts speak, evaluated over what was scraped.

Parsed by Prometheus's grammar; `make alerts` has the same rules judged by promtool. `increase` adds up what
is seen and does not extrapolate; a series that the last scrape lacks is gone.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Any, Final

import promql_parser as promql
from prometheus_client import REGISTRY, generate_latest
from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]
Value = float | Vector

_ARITHMETIC: Final[Mapping[str, Callable[[float, float], float]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda one, other: one / other if other else float("nan"),
}
_COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
_FOLDS: Final[Mapping[str, Callable[[list[float]], float]]] = {"sum": sum, "max": max, "min": min}


@dataclass(slots=True)
class Scrapes:
    """What was seen at times, in seconds, oldest first."""

    seen: list[tuple[float, dict[str, Vector]]] = field(default_factory=list)

    def scrape(self, at: float, text: str | None = None) -> None:
        """Take in an exposition, by default this process's own."""
        families = text_string_to_metric_families(
            generate_latest(REGISTRY).decode() if text is None else text
        )
        found: dict[str, Vector] = {}
        for sample in (sample for family in families for sample in family.samples):
            found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
        self.seen.append((at, found))

    def firing(self, rule: Mapping[str, Any], at: float) -> list[dict[str, str]]:
        """The label sets for which an alert fires: its expression has held at every scrape of its time."""
        expression, wait = promql.parse(rule["expr"]), _seconds(rule.get("for", "0s"))
        moments = [moment for moment, _ in self.seen if at - wait <= moment <= at]
        assert moments, "nothing was scraped in that time"
        assert min(moments) <= at - wait, "too little was scraped for the alert's time"
        held = [_vector(self.evaluate(expression, moment)) for moment in moments]
        return [dict(labels) for labels in held[-1] if all(labels in one for one in held)]

    def evaluate(self, expression: Any, at: float) -> Value:
        """The value of a parsed expression at a time."""
        match expression:
            case promql.NumberLiteral():
                return float(expression.val)
            case promql.ParenExpr():
                return self.evaluate(expression.expr, at)
            case promql.VectorSelector():
                return self._instant(expression, at)
            case promql.AggregateExpr():
                return _aggregate(expression, _vector(self.evaluate(expression.expr, at)))
            case promql.Call():
                return self._call(expression, at)
            case promql.BinaryExpr():
                return _binary(
                    expression, self.evaluate(expression.lhs, at), self.evaluate(expression.rhs, at)
                )
        raise ValueError(f"{type(expression).__name__} is used by none of the rules: {expression}")

    def _instant(self, selector: Any, at: float) -> Vector:
        return _selected(selector, [found for moment, found in self.seen if moment <= at][-1])

    def _call(self, call: Any, at: float) -> Value:
        name, arguments = call.func.name, call.args
        if name == "time":
            return at
        if name in {"rate", "increase"}:
            seconds = arguments[0].range.total_seconds()
            grown = self._increase(arguments[0].vector_selector, at, seconds)
            return {key: one / seconds for key, one in grown.items()} if name == "rate" else grown
        if name == "absent":
            return {} if _vector(self.evaluate(arguments[0], at)) else {frozenset(): 1.0}
        if name == "histogram_quantile":
            quantile = self.evaluate(arguments[0], at)
            assert isinstance(quantile, float)
            return _quantile(quantile, _vector(self.evaluate(arguments[1], at)))
        raise ValueError(f"{name} is none of the functions that the rules use")

    def _increase(self, selector: Any, at: float, seconds: float) -> Vector:
        """How much each series has grown between the scrapes of that time; a fall is a new beginning."""
        window = [_selected(selector, found) for moment, found in self.seen if at - seconds <= moment <= at]
        grown: Vector = {}
        for before, after in pairwise(window):
            for key, value in after.items():
                if key in before:
                    step = value - before[key] if value >= before[key] else value
                    grown[key] = grown.get(key, 0.0) + step
        return grown


def names_in(expression: Any) -> Iterator[tuple[str, set[str]]]:
    """Every metric that an expression names, with the labels that it asks for there."""
    if isinstance(expression, promql.VectorSelector):
        yield expression.name, {one.name for one in expression.matchers.matchers}
        return
    kept: set[str] = set()
    if isinstance(expression, promql.AggregateExpr) and expression.modifier is not None:
        kept = set(expression.modifier.labels)
    for part in _parts(expression):
        for name, labels in names_in(part):
            yield name, labels | kept


def _parts(expression: Any) -> tuple[Any, ...]:
    match expression:
        case promql.MatrixSelector():
            return (expression.vector_selector,)
        case promql.Call():
            return tuple(expression.args)
        case promql.BinaryExpr():
            return expression.lhs, expression.rhs
        case promql.AggregateExpr() | promql.ParenExpr() | promql.UnaryExpr():
            return (expression.expr,)
    return ()


def _vector(value: Value) -> Vector:
    assert isinstance(value, dict), "a vector stands here, no number"
    return value


def _seconds(text: str) -> float:
    units = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
    parts = {units[unit]: int(number) for number, unit in re.findall(r"(\d+)([smhd])", text)}
    return timedelta(**parts).total_seconds()


def _selected(selector: Any, found: Mapping[str, Vector]) -> Vector:
    matchers = selector.matchers.matchers
    return {
        labels: value
        for labels, value in found.get(selector.name, {}).items()
        if all(_matches(one, dict(labels).get(one.name, "")) for one in matchers)
    }


def _matches(matcher: Any, value: str) -> bool:
    match matcher.op:
        case promql.MatchOp.Equal:
            return bool(value == matcher.value)
        case promql.MatchOp.NotEqual:
            return bool(value != matcher.value)
        case promql.MatchOp.Re:
            return re.fullmatch(matcher.value, value) is not None
        case _:
            return re.fullmatch(matcher.value, value) is None


def _aggregate(expression: Any, vector: Vector) -> Vector:
    kept = set(expression.modifier.labels) if expression.modifier is not None else set()
    groups: dict[Labels, list[float]] = {}
    for labels, value in vector.items():
        groups.setdefault(frozenset(one for one in labels if one[0] in kept), []).append(value)
    fold = _FOLDS[str(expression.op)]
    return {labels: fold(values) for labels, values in groups.items()}


def _binary(expression: Any, left: Value, right: Value) -> Value:
    sign = str(expression.op)
    if sign == "and":
        return {labels: value for labels, value in _vector(left).items() if labels in _vector(right)}
    if sign == "or":
        return {**_vector(right), **_vector(left)}
    if isinstance(left, float) and isinstance(right, float):
        return _ARITHMETIC[sign](left, right)
    pairs = _paired(left, right)
    if sign in _COMPARISONS:
        return {labels: one for labels, (one, other) in pairs.items() if _COMPARISONS[sign](one, other)}
    return {labels: _ARITHMETIC[sign](one, other) for labels, (one, other) in pairs.items()}


def _paired(left: Value, right: Value) -> dict[Labels, tuple[float, float]]:
    if isinstance(left, float):
        return {labels: (left, other) for labels, other in _vector(right).items()}
    if isinstance(right, float):
        return {labels: (one, right) for labels, one in left.items()}
    return {labels: (one, right[labels]) for labels, one in left.items() if labels in right}


def _quantile(quantile: float, buckets: Vector) -> Vector:
    """The upper bound of the bucket in which it lies: coarser than Prometheus, never lower."""
    groups: dict[Labels, list[tuple[float, float]]] = {}
    for labels, value in buckets.items():
        bound = float(dict(labels)["le"])
        groups.setdefault(frozenset(one for one in labels if one[0] != "le"), []).append((bound, value))
    found: Vector = {}
    for labels, counts in groups.items():
        total = max(value for _, value in counts)
        if total > 0:
            found[labels] = min(bound for bound, value in counts if value >= quantile * total)
    return found
