"""`python -m hack.image`: the operator's image and the mock cloud's."""

import sys
import time

import click

from hack.image.building import build
from hack.image.docker import Docker, ImageError


@click.command(help=__doc__)
@click.option("--base", help="A root with Python 3.11 or newer and pip, instead of the default one.")
def main(base: str | None) -> None:
    started = time.monotonic()
    click.echo("==> The images")
    try:
        build(Docker(), base or None, click.echo)
    except ImageError as error:
        sys.exit(f"Failed: {error}")
    click.echo(f"==> done in {time.monotonic() - started:.1f} s")


main()
