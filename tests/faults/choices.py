"""What the environment asks for: all points, one of them, or a sample that is another one each day."""

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from faults.points import Point, sample
from faults.scenarios import CYCLES, SCENARIOS

SAMPLE = 70
SAMPLE_LANES = 2
LANES = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """`FAULTS=all`, `FAULT_POINT=<a point>`, or a sample by `FAULT_SEED`, today's date unless given."""

    seed: str
    everything: bool = False
    point: Point | None = None

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Raises ValueError where the point is none."""
        seed = environment.get("FAULT_SEED") or dt.datetime.now(dt.UTC).date().isoformat()
        wanted = environment.get("FAULT_POINT")
        return cls(seed, environment.get("FAULTS") == "all", Point.parse(wanted) if wanted else None)

    def __str__(self) -> str:
        if self.point is not None:
            return f"the fault point {self.point}"
        return (
            "all fault points"
            if self.everything
            else f"a sample of the fault points (FAULT_SEED={self.seed})"
        )

    def scenarios(self) -> list[str]:
        """Those that are run."""
        return [self.point.scenario] if self.point is not None else list(SCENARIOS)

    def lanes(self) -> dict[str, int]:
        """How many for each cycle."""
        if self.point is not None:
            return {SCENARIOS[self.point.scenario].name: SAMPLE_LANES}
        return dict.fromkeys(CYCLES, LANES if self.everything else SAMPLE_LANES)

    def points(self, counted: list[Point]) -> list[Point]:
        """Of those that clean runs have counted, in an order that mixes long ones with short ones."""
        if self.point is not None:
            return [next((one for one in counted if str(one) == str(self.point)), self.point)]
        return sample(counted, len(counted) if self.everything else SAMPLE, self.seed)
