"""What arrives of lists and watches, slimmed before anybody keeps it.

Whoever watches holds the last body of every object, and at a start all of them at once, each waiting for its
turn. So the texts go while the bytes come in: a page or an event is in memory once, and soon gone.
"""

import json
from collections.abc import AsyncIterator
from typing import Any, Final

import aiohttp
from aiohttp import hdrs

from mlregistry_operator.answers import IDENTITY, Body, Limit, refuse_long, refuse_packed
from mlregistry_operator.kube.slimming import without_text

PAGE: Final = 16  # objects of a list that is watched; etcd holds at most 1.5 MiB of each
WHOLE: Final = 32 * 2**20  # more than such a page can have
EVENT: Final = 8 * 2**20  # more than one object can have
_LINE: Final = b"\n"


class LargeAnswerError(aiohttp.ClientPayloadError):
    """An answer of the API server of which nothing more is read; it is asked again later."""


class _Heard:
    """A watch goes on without an end: what is bounded is one event."""

    def hear(self, data: bytes) -> None:
        """Nothing is counted here."""


class SlimList(Body):
    """A list, or whatever else is read whole."""

    async def read(self, n: int = -1) -> bytes:
        data = await super().read(n)
        return _slimmed_list(data) if n < 0 else data


class SlimEvents(Body):
    """The events of a watch, a line each."""

    def __init__(self, stream: aiohttp.StreamReader) -> None:
        super().__init__(stream, _Heard())

    async def iter_chunked(self, n: int) -> AsyncIterator[bytes]:  # noqa: ARG002 - a line is never divided
        """Each event as a line of its own.

        Raises:
            LargeAnswerError: an event is larger than any object can be.
        """
        pieces: list[bytes] = []
        held = 0
        async for data in self._pieces():
            *ended, rest = data.split(_LINE)
            for end in ended:
                yield _slimmed_event(b"".join([*pieces, end])) + _LINE
                pieces, held = [], 0
            pieces.append(rest)
            held += len(rest)
            if held > EVENT:
                raise LargeAnswerError("an event is larger than any object can be")
        if held:
            yield _slimmed_event(b"".join(pieces)) + _LINE


async def slimmed(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """An aiohttp middleware: lists and watches without the texts of their objects."""
    response = await bounded(request, handler)
    if request.method == hdrs.METH_GET and response.ok:
        if request.url.query.get("watch") == "true":
            response.content = SlimEvents(response.content)  # type: ignore[assignment]  # in its place
        elif isinstance(response.content, Body):
            response.content = SlimList(response.content, _Heard())  # type: ignore[assignment]
    return response


async def bounded(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """An aiohttp middleware: nothing packed, and nothing larger than a page of the largest objects.

    Raises:
        LargeAnswerError: the answer says itself that it is. Else the one who reads the body meets it.
    """
    request.headers[hdrs.ACCEPT_ENCODING] = IDENTITY
    response = await handler(request)
    refuse_packed(response, LargeAnswerError)
    if request.url.query.get("watch") is None:
        refuse_long(response, WHOLE, LargeAnswerError)
        limit = Limit(WHOLE, LargeAnswerError)
        response.content = Body(response.content, limit)  # type: ignore[assignment]  # in its place
    return response


def _slimmed_list(data: bytes) -> bytes:
    found = _parsed(data)
    if not isinstance(items := found.get("items"), list):
        return data
    found["items"] = [without_text(one) for one in items]
    return json.dumps(found).encode()


def _slimmed_event(line: bytes) -> bytes:
    event = _parsed(line)
    shown = event.get("object")
    if not isinstance(shown, dict) or "spec" not in shown:  # a bookmark, or an error
        return line
    return json.dumps({**event, "object": without_text(shown)}).encode()


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except ValueError:  # whoever reads it says so
        return {}
    return found if isinstance(found, dict) else {}
