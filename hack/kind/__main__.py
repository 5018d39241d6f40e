"""`python -m hack.kind`: the images, the chart and the cluster tests on a real kind cluster."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click

from hack.controlplane.binaries import NoBinariesError
from hack.controlplane.plane import ControlPlaneError
from hack.controlplane.runs import ROOT
from hack.image.building import build
from hack.image.docker import Docker, ImageError
from hack.kind.azure import ClusterCloud
from hack.kind.clusters import STOCK, KindCluster, Way, built
from hack.kind.daemons import OwnDaemon
from hack.kind.nodes import kind_program, node_image
from hack.world.places import WorldError

T = TypeVar("T")
FOLDER = ROOT / ".run" / "kind"


def say(words: str) -> None:
    click.echo(words)


@click.group(help=__doc__)
def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)


@main.command(help="All of it: images, cluster, chart, cluster tests; nothing is left but caches.")
@click.option("--keep", is_flag=True, help="Leave the cluster for a look; `down` ends it.")
@click.argument("pytest_arguments", nargs=-1)
def e2e(*, keep: bool, pytest_arguments: tuple[str, ...]) -> None:
    started = time.monotonic()
    say("==> The operator on a real cluster")
    with told_plainly(), docker_of_the_run(keep=keep) as docker:
        way = way_of(docker)
        say(f"  {way.title}")
        for name in way.left_out:
            say(f"    left out: {name}")
        images = step("images", lambda: build(docker, os.environ.get("BASE") or None, say))
        cluster = KindCluster(kind_program(say), docker, FOLDER, say)
        try:
            step("cluster", lambda: cluster.create(way))
            step("images loaded", lambda: cluster.load(images))
            step("mock cloud in the cluster", ClusterCloud(cluster).start)
            result = run_tests(docker, way, pytest_arguments)
        finally:
            if not keep:
                step("cluster deleted", cluster.delete)
    say(f"==> {'done' if result == 0 else 'FAILED'} in {time.monotonic() - started:.0f} s")
    sys.exit(result)


@main.command(help="End the cluster that `e2e --keep` left, and the Docker of our own.")
def down() -> None:
    with told_plainly():
        daemon = OwnDaemon(FOLDER)
        docker = daemon.docker if daemon.docker.answers() else Docker()
        KindCluster(kind_program(say), docker, FOLDER, say).delete()
        daemon.stop()


def way_of(docker: Docker) -> Way:
    """Stock kind where its image can be had, else the image that is built here."""
    return STOCK if docker.can_pull(STOCK.image) else built(node_image(docker, say))


@contextmanager
def docker_of_the_run(*, keep: bool) -> Iterator[Docker]:
    """The Docker that answers, else one of our own that ends with the run."""
    if Docker().answers():
        yield Docker()
        return
    daemon = OwnDaemon(FOLDER)
    daemon.start(say)
    try:
        yield daemon.docker
    finally:
        if not keep:
            daemon.stop()


def run_tests(docker: Docker, way: Way, arguments: tuple[str, ...]) -> int:
    """The cluster tests, in a process of their own; its exit code."""
    environment = (docker.environment or dict(os.environ)) | {
        "E2E_FOLDER": str(FOLDER),
        "E2E_NODES": "3" if way is STOCK else "1",
    }
    command = [sys.executable, "-m", "pytest", "tests/e2e", "-x", "-s", "-v", "--timeout=900", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def step(what: str, action: Callable[[], T]) -> T:
    started = time.monotonic()
    done = action()
    say(f"  {what}: {time.monotonic() - started:.1f} s")
    return done


@contextmanager
def told_plainly() -> Iterator[None]:
    """What went wrong is said in a sentence; a traceback is for what nobody thought of."""
    try:
        yield
    except (ImageError, WorldError, NoBinariesError, ControlPlaneError) as error:
        sys.exit(f"Failed: {error}")


main()
