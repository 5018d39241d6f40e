"""Builds the two images, from a base that can be pulled or from one that is made here."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hack.controlplane.runs import ROOT
from hack.image.docker import Docker, ImageError, Say
from hack.image.roots import PYTHON, python_root
from hack.image.wheels import CONTEXT, wheels
from mlregistry_operator import __version__

DEFAULT_BASE = "docker.io/library/python:3.13-slim-bookworm"  # also the Dockerfile's
TARGETS = ("operator", "mockcloud")


def image(target: str) -> str:
    """The name of an image of ours."""
    return f"mlregistry-{target}:{__version__}"


def build(docker: Docker, base: str | None, say: Say) -> list[str]:
    """Build both; their names. `base` None: the default one, or one made here. Raises ImageError."""
    if not docker.answers():
        raise ImageError("no Docker answers: start it, or set DOCKER_HOST to one that runs")
    with _base(docker, base, say) as options:
        for target in TARGETS:
            docker("build", *options, *_labels(), f"--target={target}", f"--tag={image(target)}", ROOT)
            say(f"  {image(target)}: {docker.size(image(target)) / 1e6:.0f} MB")
    return [image(target) for target in TARGETS]


@contextmanager
def _base(docker: Docker, base: str | None, say: Say) -> Iterator[list[str]]:
    """The options of a build: from a base that brings pip and has a network, or from here alone."""
    if base is not None or docker.can_pull(DEFAULT_BASE):
        say(f"  base: {base or DEFAULT_BASE}; libraries from pip's index")
        yield [f"--build-arg=BASE={base or DEFAULT_BASE}"]
        return
    say(f"  base: a root of Debian packages, as {DEFAULT_BASE} cannot be pulled")
    say("  libraries: from wheels that are fetched beforehand; the build has no network")
    root, fetched = python_root(docker, say), wheels(PYTHON, say)
    with _in_context(fetched):
        offline = "--build-arg=PIP_OPTIONS=--no-index --find-links=/build/wheels"
        yield [f"--build-arg=BASE={root}", offline, "--network=none"]


@contextmanager
def _in_context(fetched: Path) -> Iterator[None]:
    shutil.rmtree(CONTEXT, ignore_errors=True)
    shutil.copytree(fetched, CONTEXT, copy_function=os.link)
    try:
        yield
    finally:
        shutil.rmtree(CONTEXT, ignore_errors=True)


def _labels() -> list[str]:
    described = {"version": __version__, "licenses": "Apache-2.0", "revision": _revision()}
    return [f"--label=org.opencontainers.image.{name}={value}" for name, value in described.items() if value]


def _revision() -> str:
    """The commit, where there is one."""
    command = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
