"""Bodies of HTTP answers, bounded: who answers does not decide how much memory that takes.

Nothing is unpacked. Every request asks for bytes as they are (`Accept-Encoding: identity`, RFC 9110, section
12.5.3), and a packed body is refused: 200 kB of gzip can become 200 MB.
"""

from collections.abc import AsyncIterator, Callable
from typing import Any, Final, Protocol

import aiohttp
from aiohttp import hdrs

IDENTITY: Final = "identity"


class Watcher(Protocol):
    """Hears the bytes of a body as they come. Raises where it has heard enough."""

    def hear(self, data: bytes) -> None: ...


class Body:
    """An answer's body in place of aiohttp's own. Every byte that is read passes the watcher first."""

    def __init__(self, stream: aiohttp.StreamReader, watcher: Watcher) -> None:
        self._stream, self._watcher = stream, watcher

    async def read(self, n: int = -1) -> bytes:
        """As `aiohttp.StreamReader.read`; raises what the watcher raises."""
        if n < 0:
            return b"".join([data async for data in self._pieces()])
        return self._heard(await self._stream.read(n))

    async def readany(self) -> bytes:
        return self._heard(await self._stream.readany())

    async def readline(self) -> bytes:
        return self._heard(await self._stream.readline())

    async def iter_chunked(self, n: int) -> AsyncIterator[bytes]:
        while data := await self.read(n):
            yield data

    async def _pieces(self) -> AsyncIterator[bytes]:
        while data := await self.readany():
            yield data

    def _heard(self, data: bytes) -> bytes:
        self._watcher.hear(data)
        return data

    def __getattr__(self, name: str) -> Any:
        """Whatever else aiohttp asks of its stream, such as how it has ended."""
        return getattr(self._stream, name)


class Limit:
    """Lets so many bytes pass. `refused` makes the error that is raised instead of the next one."""

    def __init__(self, most: int, refused: Callable[[str], Exception]) -> None:
        self._most, self._left, self._refused = most, most, refused

    def hear(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            raise self._refused(f"the answer is larger than {told_size(self._most)}")


def told_size(count: int) -> str:
    """A number of bytes as a sentence has it."""
    return f"{count // 2**20} MiB" if count >= 2**20 else f"{count // 2**10} KiB"


def refuse_packed(response: aiohttp.ClientResponse, refused: Callable[[str], Exception]) -> None:
    """Raise where the body is packed; the connection is closed, and nothing of it is read."""
    coding = response.headers.get(hdrs.CONTENT_ENCODING, IDENTITY).strip().lower()
    if coding not in {"", IDENTITY}:
        response.close()
        raise refused(f"the answer is packed ({coding[:20]}), and only plain answers were asked for")


def refuse_long(response: aiohttp.ClientResponse, most: int, refused: Callable[[str], Exception]) -> None:
    """Raise where the answer says itself that it is longer than so many bytes."""
    if (response.content_length or 0) > most:
        response.close()
        raise refused(f"the answer is larger than {told_size(most)}")
