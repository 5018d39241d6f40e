"""The demo's world: `python -m hack.world demo | up | operator | down`."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click
import httpx

from hack.controlplane.binaries import NoBinariesError
from hack.controlplane.locks import locked
from hack.controlplane.plane import ControlPlaneError
from hack.world.demo import demo as run_demo
from hack.world.places import SETTLED, Places, WorldError, wanted_mockcloud_port
from hack.world.worlds import World
from hack.world.worlds import down as take_down


def say(words: str) -> None:
    click.echo(words)


def end_in_order(number: int, _frame: FrameType | None) -> None:
    """A polite request to end takes the same way out as a Ctrl-C: everything is cleaned up."""
    raise SystemExit(128 + number)


@contextmanager
def told_plainly(title: str) -> Iterator[None]:
    """What went wrong is said in a sentence; a traceback is for what nobody thought of."""
    started = time.monotonic()
    say(f"==> {title}")
    try:
        yield
    except (NoBinariesError, ControlPlaneError, WorldError, httpx.HTTPError) as error:
        notes = getattr(error, "__notes__", [])
        sys.exit("\n".join((f"Failed: {error}", *notes)))
    say(f"==> done in {time.monotonic() - started:.1f} s")


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[Places]:
    """A world's places, for one command at a time."""
    places = Places(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with locked(places.lock, "Another command changes this world", say):
        yield places


def world_of(places: Places) -> World:
    return World(places.root, wanted_mockcloud_port(), say, tethered=False)


@click.group(help=__doc__)
@click.option("--folder", type=click.Path(path_type=Path), default=SETTLED, help="Where it keeps its state.")
@click.pass_context
def main(context: click.Context, folder: Path) -> None:
    context.obj = folder.resolve()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end_in_order)


@main.command(help="The main job from end to end, in a world of its own that is gone afterwards.")
def demo() -> None:
    with told_plainly("An ML registry, from `kubectl apply` to Ready, on this machine"):
        run_demo(say)


@main.command(help="Start what does not run, and leave it running.")
@click.pass_obj
def up(folder: Path) -> None:
    with told_plainly("The local world"), one_at_a_time(folder) as places:
        world_of(places).up()
        say(f"  `source {places.env}` says where everything is; `make down` ends it")


@main.command(help="(Re)start the operator alone.")
@click.pass_obj
def operator(folder: Path) -> None:
    with told_plainly("The operator of the local world"), one_at_a_time(folder) as places:
        if not places.state.exists():
            raise WorldError("there is no world: run `make up` first")
        world_of(places).restart_operator()


@main.command(help="Stop everything and forget its state.")
@click.pass_obj
def down(folder: Path) -> None:
    with told_plainly("Down with the local world"), one_at_a_time(folder) as places:
        take_down(places, say)


main()
