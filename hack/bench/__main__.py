"""`python -m hack.bench`: the measured figures of the project: a table, and `.run/bench.json`."""

import os
import sys
from collections.abc import Callable, Iterator

import click
import httpx

from hack.bench import assets, bounds, fairness, fleet, handover, registries
from hack.bench.figures import Figure, save, table
from hack.bench.subjects import Bench, bench
from hack.controlplane.binaries import NoBinariesError
from hack.controlplane.plane import ControlPlaneError
from hack.world.operators import IMAGE, STARTED_AS
from hack.world.places import SETTLED, WorldError

Measurement = Callable[[Bench, str], Iterator[Figure]]

MEASUREMENTS: dict[str, Measurement] = {
    "memory": registries.memory,  # first: an operator that has done much has grown
    "fleet": fleet.fleet,
    "crash": fleet.crash,
    "first-write": registries.first_write,
    "three-regions": registries.three_regions,
    "ten-regions": registries.ten_regions,
    "many-assets": assets.many_assets,
    "copies-in-flight": assets.copies_in_flight,
    "large-asset": assets.large_asset,
    "bounds": bounds.bounds,
    "handover": handover.handover,
    "fairness": fairness.fairness,
}


@click.command(help=__doc__)
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(list(MEASUREMENTS)),
    help="Measure this alone and write no file; repeatable.",
)
def main(only: tuple[str, ...]) -> None:
    os.environ.setdefault(STARTED_AS, IMAGE)
    figures: list[Figure] = []
    try:
        with bench() as subject:
            for name in only or MEASUREMENTS:
                click.echo(f"==> {name}", err=True)
                figures.extend(MEASUREMENTS[name](subject, f"python -m hack.bench --only {name}"))
    except (NoBinariesError, ControlPlaneError, WorldError, httpx.HTTPError) as error:
        click.echo(table(figures), err=True)
        sys.exit("\n".join((f"Failed: {error}", *getattr(error, "__notes__", []))))
    click.echo(table(figures))
    if not only:
        save(figures, SETTLED / "bench.json")


main()
