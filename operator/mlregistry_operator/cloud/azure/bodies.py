"""How much of an answer is read from Azure, or from whoever stands at an address that an author has named.

An answer that is read whole has a bound of its own; a part of a blob is no longer than was asked for. A list
of blobs is moreover as long as its page: a few bytes of XML become some KiB of objects in the SDK.
"""

import re
from typing import Final
from xml.parsers import expat

import aiohttp
from aiohttp import hdrs
from azure.core.exceptions import AzureError

from mlregistry_operator.answers import IDENTITY, Body, Limit, Watcher, refuse_long, refuse_packed

WHOLE: Final = 8 * 2**20
REFUSAL: Final = 64 * 2**10  # what an error may say where a few bytes were asked for
PAGE: Final = 5000  # Source: List Blobs and List Containers, the service's own bound and default
_ELEMENTS: Final = 200  # of one blob: some fifty of its own, and its metadata
_ROWS_DEPTH: Final = 3  # <EnumerationResults><Blobs><Blob>
_RANGE: Final = re.compile(r"bytes=(\d+)-(\d+)")


class ResponseTooLargeError(AzureError):
    """An answer of which nothing more is read; the message completes "Could not …:"."""


class Rows:
    """Counts the rows of a list while it comes in. What is no XML is the SDK's to refuse."""

    def __init__(self, most: int) -> None:
        self._most, self._depth, self._rows, self._elements = most, 0, 0, 0
        self._parser: expat.XMLParserType | None = expat.ParserCreate()
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end

    def hear(self, data: bytes) -> None:
        if self._parser is None:
            return
        try:
            self._parser.Parse(data, not data)
        except expat.ExpatError:
            self._parser = None

    def _begin(self, _: str, __: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        self._rows += self._depth == _ROWS_DEPTH
        if self._rows > self._most or self._elements > self._most * _ELEMENTS:
            raise ResponseTooLargeError(f"the list has more than the {self._most} rows that were asked for")

    def _end(self, _: str) -> None:
        self._depth -= 1


class _All:
    """Several watchers as one."""

    def __init__(self, *watchers: Watcher) -> None:
        self._watchers = watchers

    def hear(self, data: bytes) -> None:
        for one in self._watchers:
            one.hear(data)


async def bounded(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """An aiohttp middleware, the outermost: what is read of the answer's body has an end.

    Raises:
        ResponseTooLargeError: the answer says itself that it is too long, or is packed. Else the one who
            reads the body meets it.
    """
    request.headers[hdrs.ACCEPT_ENCODING] = IDENTITY
    part = _part(request)
    response = await handler(request)
    if request.method == hdrs.METH_HEAD:
        return response
    if part is None:  # a part of a blob is read as it lies, packed or not
        refuse_packed(response, ResponseTooLargeError)
    most = WHOLE if part is None else max(part, REFUSAL)
    refuse_long(response, most, ResponseTooLargeError)
    limit, rows = Limit(most, ResponseTooLargeError), _rows(request)
    response.content = Body(response.content, _All(limit, rows) if rows else limit)  # type: ignore[assignment]  # in its place
    return response


def _part(request: aiohttp.ClientRequest) -> int | None:
    """How many bytes of a blob were asked for; None where it is no such request."""
    said = request.headers.get("x-ms-range") or request.headers.get(hdrs.RANGE) or ""
    found = _RANGE.fullmatch(said)
    return int(found[2]) - int(found[1]) + 1 if found and request.method == hdrs.METH_GET else None


def _rows(request: aiohttp.ClientRequest) -> Rows | None:
    if request.url.query.get("comp") != "list":
        return None
    asked = request.url.query.get("maxresults", "")
    return Rows(int(asked) if asked.isdigit() else PAGE)
