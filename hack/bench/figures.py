"""A measured figure, what it should be, and the command that measures it again."""

import json
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

PEER = "Azure Service Operator, measured elsewhere"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `limit` is the most it should be, `least` the least; None where it is only told.

    `peer` is what was measured elsewhere, of Azure Service Operator.
    """

    name: str
    value: float
    unit: str
    limit: float | None
    command: str
    least: float | None = None
    peer: str = ""

    @property
    def verdict(self) -> str:
        if self.limit is not None and self.value > self.limit:
            return "OVER"
        if self.least is not None and self.value < self.least:
            return "UNDER"
        return "" if self.limit is None and self.least is None else "ok"

    @property
    def wanted(self) -> str:
        """What it should be, in words."""
        bounds = (("at most", self.limit), ("at least", self.least))
        return ", ".join(
            f"{word} {bound:g} {self.unit}".rstrip() for word, bound in bounds if bound is not None
        )


def table(figures: Sequence[Figure]) -> str:
    """The figures as text, a line each."""
    rows = [("figure", "measured", "wanted", "", PEER, "command")]
    rows += [
        (one.name, f"{one.value:.3g} {one.unit}".rstrip(), one.wanted, one.verdict, one.peer, one.command)
        for one in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def save(figures: Sequence[Figure], path: Path) -> None:
    """Write the figures and the machine they hold for as JSON."""
    machine = {
        "system": platform.platform(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    }
    document = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": machine,
        "figures": [asdict(one) | {"verdict": one.verdict} for one in figures],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
