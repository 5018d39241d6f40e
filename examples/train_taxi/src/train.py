"""Learns what a taxi ride costs: a start, and a price for each kilometre, by least squares."""

import argparse
import csv
import json
from pathlib import Path

HERE = Path(__file__).parent


def rides(folder: Path) -> list[tuple[float, float]]:
    """Kilometres and fare of every ride in the folder's CSV files."""
    found: list[tuple[float, float]] = []
    for path in sorted(folder.glob("**/*.csv")):
        with path.open(newline="") as file:
            found += [(float(row["km"]), float(row["fare"])) for row in csv.DictReader(file)]
    return found


def fit(found: list[tuple[float, float]]) -> dict[str, float]:
    """The line that is nearest to the rides."""
    count = len(found)
    mean_km = sum(km for km, _ in found) / count
    mean_fare = sum(fare for _, fare in found) / count
    spread = sum((km - mean_km) ** 2 for km, _ in found)
    per_km = sum((km - mean_km) * (fare - mean_fare) for km, fare in found) / spread
    return {"start": round(mean_fare - per_km * mean_km, 4), "perKm": round(per_km, 4), "rides": count}


def main() -> None:
    """Read rides, write the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rides", type=Path, default=HERE / "sample", help="folder with CSV files: km, fare")
    parser.add_argument("--model", type=Path, default=Path("model"), help="folder to write fare.json into")
    asked = parser.parse_args()
    found = rides(asked.rides)
    if len({km for km, _ in found}) < 2:  # noqa: PLR2004 - a line needs two points
        parser.error(f"{asked.rides} has no two rides of different length")
    asked.model.mkdir(parents=True, exist_ok=True)
    model = fit(found)
    (asked.model / "fare.json").write_text(json.dumps(model) + "\n")
    print(f"learnt from {model['rides']} rides: {model['start']} and {model['perKm']} for each km")


if __name__ == "__main__":
    main()
