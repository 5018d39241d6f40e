"""The command line: `mlregistry-operator run`, and what helps to run it."""

import asyncio
import os
import sys

import click
from pydantic import BaseModel, ValidationError

from mlregistry_operator import __version__
from mlregistry_operator.settings import PREFIX, Settings, UnknownSettingError, load
from mlregistry_operator.telemetry import logs


@click.group()
@click.version_option(__version__, prog_name="mlregistry-operator")
def main() -> None:
    """The ML registry operator: MLRegistry and MLAsset, converged in Azure.

    Settings come from the environment; `mlregistry-operator settings` lists them all.
    """


@main.command()
def run() -> None:
    """Reconcile until SIGTERM."""
    from mlregistry_operator import app  # noqa: PLC0415 - `--help` must not wait for every SDK to load

    settings = _load()
    logs.configure(settings.log.level, settings.log.format)
    sys.exit(asyncio.run(app.run(settings)))


@main.command("settings")
def show_settings() -> None:
    """List every setting with its meaning and its value in this environment."""
    for name, value, meaning in _rows(PREFIX, _load()):
        click.echo(f"{name}={value}\n    {meaning}")


def _load() -> Settings:
    try:
        return load(os.environ)
    except UnknownSettingError as error:
        raise click.UsageError(str(error)) from error
    except ValidationError as error:
        told = "; ".join(
            f"{_variable(one['loc'])}: {one['msg']}" for one in error.errors(include_input=False)
        )
        raise click.UsageError(told) from error


def _variable(path: tuple[int | str, ...]) -> str:
    return PREFIX + "__".join(str(part).upper() for part in path)


def _rows(prefix: str, section: BaseModel) -> list[tuple[str, object, str]]:
    rows: list[tuple[str, object, str]] = []
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            rows += _rows(f"{prefix}{name.upper()}__", value)
        else:
            rows.append((f"{prefix}{name.upper()}", "" if value is None else value, field.description or ""))
    return rows


if __name__ == "__main__":
    main()
