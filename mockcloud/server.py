"""The cloud as a server: in a test's own process, in a thread beside it, or behind the command.

`MockCloud` and `MockCloudThread` are the same cloud, in a thread with an event loop of its own, so that a
blocking client may talk to it from the loop that uses it. `Listener` is the server without a thread.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from aiohttp import web

from mockcloud import defaults
from mockcloud.arm.plane import ResourceManagerPlane
from mockcloud.certificates import Certificates, certificates
from mockcloud.client import MockClient
from mockcloud.data.absent import AbsentPlane
from mockcloud.data.blob.plane import BlobPlane
from mockcloud.data.images.plane import ImagesPlane
from mockcloud.door import Door
from mockcloud.identity.plane import IdentityPlane
from mockcloud.interface.plane import InterfacePlane
from mockcloud.persistence import Keeper
from mockcloud.settings import Settings
from mockcloud.world import World

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

_PATIENCE: Final = 30.0


class Listener:
    """One cloud on one port. `start` and `stop` belong to the same event loop."""

    def __init__(
        self,
        *,
        host: str = defaults.HOST,
        port: int = 0,
        state: Path | None = None,
        subscriptions: Sequence[str] = (defaults.SUBSCRIPTION_ID,),
        names: Sequence[str] = (),
        tenant_id: str = defaults.TENANT_ID,
        settings: dict[str, Any] | None = None,
    ) -> None:
        self._host, self._port, self._names = host, port, tuple(names)
        self._state = state
        self._temporary: Path | None = None
        self._certificates: Certificates | None = None
        self.world = World(
            subscriptions=tuple(subscriptions),
            tenant_id=tenant_id,
            settings=Settings.model_validate(settings or {}),
        )
        self._keeper: Keeper | None = None
        if state is not None:
            self._keeper = Keeper(self.world, state / "state.json")
            self._keeper.load()
        self._runner: web.AppRunner | None = None

    @property
    def ca_file(self) -> Path:
        """What clients have to trust; only after `start`."""
        if self._certificates is None:
            raise RuntimeError("the cloud has no certificates before it is started")
        return self._certificates.ca

    @property
    def url(self) -> str:
        """Where to reach it from this machine; only after `start`."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self._host, self._host)
        return f"https://{f'[{host}]' if ':' in host and '[' not in host else host}:{self._port}"

    async def start(self) -> None:
        """Serve.

        Raises:
            OSError: the port is taken.
        """
        world = self.world
        self._certificates = self._certify()
        planes = (
            ImagesPlane(world),
            IdentityPlane(world),
            ResourceManagerPlane(world),
            BlobPlane(world),
            AbsentPlane(),
        )
        door = Door(world, InterfacePlane(world), planes, self._changed)
        app = web.Application(client_max_size=256 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", door.serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port, ssl_context=self._certificates.context())
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop serving, write what is not yet written, and leave nothing but the state folder."""
        if self._runner is not None:
            await self._hang_up(self._runner)
        if self._keeper is not None:
            self._keeper.close()
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)

    async def _hang_up(self, runner: web.AppRunner) -> None:
        """End every connection: a polite end of TLS waits for the other side, and outlives the loop."""
        server = runner.server
        connections = [one.transport for one in server.connections] if server is not None else []
        await runner.cleanup()
        for transport in connections:
            if transport is not None:
                transport.abort()

    def _certify(self) -> Certificates:
        if self._state is None:
            self._temporary = Path(tempfile.mkdtemp(prefix="mockcloud-"))
        own = () if self._host in {"0.0.0.0", "::"} else (self._host,)
        return certificates(self._state or self._temporary or Path(), (*own, *self._names))

    def _changed(self) -> None:
        if self._keeper is not None:
            self._keeper.changed()


class MockCloudThread:
    """A cloud in a thread of its own: `with MockCloudThread() as cloud: ...`. Arguments as for `Listener`.

    `client` speaks its own interface; `world` may be looked at, and is only safe to change through `client`.
    """

    def __init__(self, **options: Any) -> None:
        self._listener = Listener(**options)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._client: MockClient | None = None

    @property
    def world(self) -> World:
        return self._listener.world

    @property
    def url(self) -> str:
        return self._listener.url

    @property
    def ca_file(self) -> Path:
        return self._listener.ca_file

    @property
    def tenant_id(self) -> str:
        return self.world.tenant_id

    @property
    def subscriptions(self) -> tuple[str, ...]:
        return tuple(self.world.subscriptions.values())

    @property
    def subscription_id(self) -> str:
        """The first one."""
        return self.subscriptions[0]

    @property
    def client(self) -> MockClient:
        if self._client is None:
            self._client = MockClient(self.url, self.ca_file)
        return self._client

    def start(self) -> Self:
        """Serve; raises what `Listener.start` raises."""
        self._loop = loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=loop.run_forever, name="mockcloud", daemon=True)
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._listener.start(), loop).result(_PATIENCE)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End; a cloud without a state folder is gone then."""
        if self._thread is None or self._loop is None:
            return
        asyncio.run_coroutine_threadsafe(self._listener.stop(), self._loop).result(_PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE)
        self._loop.close()
        self._thread = self._loop = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class MockCloud(MockCloudThread):
    """The same for async callers: `async with MockCloud() as cloud: ...`."""

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.start)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self.stop)
