"""The demo's world: `python -m hack.world demo | up | operator | down`."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
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

PLACES = Places(SETTLED)


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
def the_settled_world() -> Iterator[World]:
    """The world of this checkout, for one command at a time."""
    SETTLED.mkdir(exist_ok=True)
    with locked(PLACES.lock, "Another command changes this world", say):
        yield World(SETTLED, wanted_mockcloud_port(), say, tethered=False)


@click.group(help=__doc__)
def main() -> None:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end_in_order)


@main.command(help="The main job from end to end, in a world of its own that is gone afterwards.")
def demo() -> None:
    with told_plainly("An ML registry, from `kubectl apply` to Ready, on this machine"):
        run_demo(say)


@main.command(help="Start what does not run, and leave it running.")
def up() -> None:
    with told_plainly("The local world"), the_settled_world() as world:
        world.up()
        say(f"  source {PLACES.env} says where everything is; `make down` ends it")


@main.command(help="(Re)start the operator alone.")
def operator() -> None:
    with told_plainly("The operator of the local world"), the_settled_world() as world:
        world.restart_operator()


@main.command(help="Stop everything and forget its state.")
def down() -> None:
    with told_plainly("Down with the local world"):
        SETTLED.mkdir(exist_ok=True)
        with locked(PLACES.lock, "Another command changes this world", say):
            take_down(PLACES, say)


main()
