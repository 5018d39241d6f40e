"""`python -m hack.controlplane binaries`: find or build the programs, and say nothing when they are there."""

import sys

import click

from hack.controlplane.binaries import NoBinariesError, find_binaries


@click.group(help=__doc__)
def main() -> None:
    pass


@main.command(help="Find or build kube-apiserver, etcd, kube-controller-manager and kubectl.")
@click.option("--show", is_flag=True, help="Print where they are.")
def binaries(*, show: bool) -> None:
    try:
        found = find_binaries(lambda words: click.echo(words, err=True))
    except NoBinariesError as error:
        sys.exit(str(error))
    if show:
        for path in (found.kube_apiserver, found.etcd, found.kube_controller_manager, found.kubectl):
            click.echo(path)


main()
