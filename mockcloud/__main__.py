"""`mlregistry-mockcloud serve`: the mock cloud as a program."""

from __future__ import annotations

import asyncio
import shutil
import signal
from pathlib import Path

import click

from mockcloud import defaults
from mockcloud.server import Listener


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
def main() -> None:
    """A local Azure over HTTPS: tokens, resource manager, storage accounts, container registries.

    Nothing leaves this machine, and nothing needs an account.
    """


@main.command()
@click.option("--host", default=defaults.HOST, help="Address to listen on.")
@click.option(
    "--port", default=defaults.PORT, type=click.IntRange(0, 65535), help="Port; 0 takes a free one."
)
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that keeps the cloud over a restart. Without it, the cloud ends with the program.",
)
@click.option(
    "--ca-out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the certificate authority that clients have to trust (PEM).",
)
@click.option(
    "--subscription",
    "subscriptions",
    multiple=True,
    default=[defaults.SUBSCRIPTION_ID],
    help="A subscription that exists; give it again for more.",
)
@click.option(
    "--name",
    "names",
    multiple=True,
    help="A name or address by which clients reach it, beside those of this machine; again for more.",
)
@click.option("--tenant", default=defaults.TENANT_ID, help="The one tenant.")
@click.option("--lro-seconds", type=click.FloatRange(min=0), help="How long a long operation takes.")
def serve(
    *,
    host: str,
    port: int,
    state: Path | None,
    ca_out: Path | None,
    subscriptions: tuple[str, ...],
    names: tuple[str, ...],
    tenant: str,
    lro_seconds: float | None,
) -> None:
    """Serve until the program is told to end (SIGINT or SIGTERM)."""
    listener = Listener(
        host=host, port=port, state=state, subscriptions=subscriptions, names=names, tenant_id=tenant
    )
    if lro_seconds is not None:
        listener.world.settings = listener.world.settings.patched({"lroSeconds": lro_seconds})
    asyncio.run(_serve(listener, ca_out))


async def _serve(listener: Listener, ca_out: Path | None) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    try:
        await listener.start()
    except OSError as error:
        await listener.stop()
        raise click.ClickException(f"cannot listen: {error}") from error
    ca_file = listener.ca_file
    if ca_out is not None:
        ca_out.parent.mkdir(parents=True, exist_ok=True)
        ca_file = Path(shutil.copyfile(listener.ca_file, ca_out))
    click.echo(f"mock cloud at {listener.url}")
    click.echo(f"certificate authority: {ca_file}")
    click.echo(f"tenant: {listener.world.tenant_id}")
    click.echo(f"subscriptions: {', '.join(listener.world.subscriptions.values())}")
    click.echo(f"owner: client id {defaults.OWNER_CLIENT_ID}, secret {defaults.OWNER_CLIENT_SECRET}")
    await ended.wait()
    await listener.stop()


if __name__ == "__main__":
    main()
