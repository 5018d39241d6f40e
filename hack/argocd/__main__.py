"""`python -m hack.argocd`: find or build Argo CD; make the fixtures of its health scripts from a real run."""

import sys

import click

from hack.argocd.binaries import NoArgoCDError, find_programs
from hack.argocd.fixtures import record


@click.group(help=__doc__)
def main() -> None:
    pass


@main.command(help="Find or build Argo CD, and say nothing when it is there.")
def binaries() -> None:
    try:
        find_programs(lambda words: click.echo(words, err=True))
    except NoArgoCDError as error:
        sys.exit(str(error))


@main.command(help="Run the operator through its states and write what the API server held as testdata.")
def fixtures() -> None:
    record(click.echo)


main()
