"""Fault points: which call of which scenario fails, the how-manieth of its kind, and how."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from faults.calls import Call
from faults.ways import WAYS, Way


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """One run with one fault. `fresh`: only the first run of a lane makes this call."""

    scenario: str
    call: Call
    occurrence: int
    way_name: str
    fresh: bool = False

    @property
    def way(self) -> Way:
        return WAYS[self.way_name]

    def __str__(self) -> str:
        return f"{self.scenario} | {self.call} | {self.occurrence} | {self.way_name}"

    @classmethod
    def parse(cls, text: str) -> "Point":
        """What `str` gave. Raises ValueError."""
        scenario, told, occurrence, way = (part.strip() for part in text.split("|"))
        method, _, address = told.partition(" ")
        path, _, query = address.partition("?")
        if way not in WAYS:
            raise ValueError(f"{way!r} is no way to fail: {', '.join(WAYS)}")
        return cls(scenario, Call(method, path, query), int(occurrence), way)


def points_of(scenario: str, calls: Mapping[Call, int], *, fresh: bool = False) -> list[Point]:
    """Every call of a scenario, failing once in each way; what lasts, at the first of its kind alone."""
    return [
        Point(scenario, call, occurrence, way.name, fresh)
        for call, times in calls.items()
        for way in WAYS.values()
        if way.fits(call)
        for occurrence in range(1, 2 if way.lasts else times + 1)
    ]


def sample(points: Iterable[Point], size: int, seed: str) -> list[Point]:
    """So many of them; the same seed chooses the same."""
    ordered = sorted(points)
    chosen = random.Random(seed)  # noqa: S311 - guards nothing
    return chosen.sample(ordered, min(size, len(ordered)))
