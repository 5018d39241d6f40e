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
_CHARSETS: Final = frozenset({"utf-8", "utf8", "us-ascii"})
_RANGE: Final = re.compile(r"bytes=(\d+)-(\d+)")


class ResponseTooLargeError(AzureError):
    """An answer of which nothing more is read; the message completes "Could not …:"."""


class UnsoundError(AzureError):
    """An answer that no service of Azure gives, and that would do harm; the message as above."""


class Prologue:
    """Reads what comes before the first element of an XML answer, as the SDK's parser will, and no further.

    A document type may declare entities: 8 MiB that refer to one of them become 700 MiB of text. What cannot
    be read here is refused as well: the SDK puts other characters in the place of bytes that are no UTF-8.
    """

    def __init__(self) -> None:
        self._parser: expat.XMLParserType | None = expat.ParserCreate("utf-8")
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.StartElementHandler = self._begin
        self._is_over = False

    def hear(self, data: bytes) -> None:
        if self._parser is None:
            return
        try:
            self._parser.Parse(data, False)
        except expat.ExpatError as error:
            if not self._is_over:
                raise UnsoundError("the answer says that it is XML, and cannot be read as such") from error
        if self._is_over:
            self._parser = None

    def _begin(self, _: str, __: dict[str, str]) -> None:
        self._is_over = True

    def _refuse(self, *_: object) -> None:
        raise UnsoundError("the answer is XML with a document type (DOCTYPE)")


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
        UnsoundError: likewise, for XML that would do harm.
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
    wanted = (Limit(most, ResponseTooLargeError), _prologue(response, part), _rows(request))
    watchers = [one for one in wanted if one is not None]
    response.content = Body(response.content, _All(*watchers))  # type: ignore[assignment]  # in its place
    return response


def _prologue(response: aiohttp.ClientResponse, part: int | None) -> Prologue | None:
    """For what the SDK reads as XML. A blob may be XML of any sort: it is not read, but published."""
    is_content = part is not None and response.ok
    if is_content or "xml" not in response.content_type:
        return None
    if (response.charset or "utf-8").lower() not in _CHARSETS:
        response.close()
        raise UnsoundError("the answer is XML in another character set than UTF-8")
    return Prologue()


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
