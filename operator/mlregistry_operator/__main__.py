"""The command line: `mlregistry-operator run`, and what helps to run it."""

import asyncio
import os
import signal
import sys

import click
from pydantic import ValidationError
from pydantic_settings import SettingsError

from mlregistry_operator import __version__
from mlregistry_operator.settings import PREFIX, Settings, UnknownSettingError, load, rows_of
from mlregistry_operator.telemetry import logs, tracing


@click.group()
@click.version_option(__version__, prog_name="mlregistry-operator")
def main() -> None:
    """The ML registry operator: MLRegistry and MLAsset, converged in Azure.

    Settings come from the environment; `mlregistry-operator settings` lists them all.
    """


@main.command()
def run() -> None:
    """Reconcile until SIGTERM."""
    # Process 1 of a container is deaf to a signal that it has no handler for, and loading takes a moment.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    from mlregistry_operator import app  # noqa: PLC0415 - `--help` must not wait for every SDK to load

    settings = _load()
    logs.configure(settings.log.level, settings.log.format)
    if settings.tracing.enabled:
        try:
            tracing.start()
        except tracing.TracingUnavailableError as error:
            raise click.UsageError(str(error)) from error
    try:
        code = asyncio.run(app.run(settings))
    finally:
        tracing.stop()
    sys.exit(code)


@main.command("settings")
def show_settings() -> None:
    """List every setting with its meaning and its value in this environment."""
    for name, value, meaning in rows_of(_load()):
        click.echo(f"{name}={value}\n    {meaning}")


def _load() -> Settings:
    try:
        return load(os.environ)
    except (UnknownSettingError, SettingsError) as error:  # the latter: a value that is no JSON
        raise click.UsageError(str(error)) from error
    except ValidationError as error:
        told = "; ".join(
            f"{_variable(one['loc'])}: {one['msg']}" for one in error.errors(include_input=False)
        )
        raise click.UsageError(told) from error


def _variable(path: tuple[int | str, ...]) -> str:
    return PREFIX + "__".join(str(part).upper() for part in path)


if __name__ == "__main__":
    main()
