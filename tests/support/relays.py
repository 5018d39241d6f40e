"""A TCP relay between two parties: it sends each connection to one of several servers, and can be cut."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterable
from typing import Self

Choose = Callable[[], Iterable[int]]
_BYTES = 64 * 1024


class Relay:
    """Listens on loopback and relays to the first port that takes the connection.

    `choose` is asked for every connection. While it is cut, connections stay open and no byte passes, as when
    packets are lost on their way.
    """

    def __init__(self, choose: Choose) -> None:
        self.port = 0
        self._choose = choose
        self._passes = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10), "the relay listens"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def cut(self) -> None:
        self._loop.call_soon_threadsafe(self._passes.clear)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._relay, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._passes.set()
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._loop.run_until_complete(self._end())
        self._loop.close()

    async def _end(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.CancelledError):
            for port in self._choose():
                with contextlib.suppress(OSError):
                    other_reader, other_writer = await asyncio.open_connection("127.0.0.1", port)
                    self._writers.update((writer, other_writer))
                    await asyncio.gather(
                        self._pass_on(reader, other_writer), self._pass_on(other_reader, writer)
                    )
                    break
        writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Byte by byte until either side ends; then the other side ends too."""
        with contextlib.suppress(OSError):
            while data := await reader.read(_BYTES):
                await self._passes.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
