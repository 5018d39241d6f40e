"""What is read of an answer has an end, whoever answers."""

import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp import web
from azure.core.rest import HttpRequest

from mlregistry_operator.cloud.azure.bodies import REFUSAL, WHOLE, ResponseTooLargeError, UnsoundError
from mlregistry_operator.cloud.azure.endpoints import Endpoints
from mlregistry_operator.cloud.azure.transport import Connections

ENDPOINTS = Endpoints("https://entra.example", "https://arm.example", "scope")
PIECE = 2**16
ROW = b"<Blob><Name>a</Name></Blob>"


@dataclass
class Service:
    """Answers as it is told to, in pieces of unknown number where it is told nothing of a length."""

    url: str = ""
    body: bytes = b""
    coding: str | None = None
    content_type: str = "application/octet-stream"
    status: int = 200
    in_pieces: bool = False
    asked_for: str | None = None
    sent: int = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked_for, self.sent = request.headers.get("Accept-Encoding"), 0
        headers = {"Content-Encoding": self.coding} if self.coding else {}
        headers["Content-Type"] = self.content_type
        if not self.in_pieces:
            return web.Response(body=self.body, headers=headers, status=self.status)
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        for start in range(0, len(self.body), PIECE):
            await response.write(self.body[start : start + PIECE])
            self.sent += PIECE
        return response


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    service = Service()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", service.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    service.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield service
    await runner.cleanup()


@pytest.fixture
async def connections() -> AsyncIterator[Connections]:
    connections = Connections(ENDPOINTS)
    yield connections
    await connections.close()


async def read(connections: Connections, request: HttpRequest, *, streamed: bool = False) -> bytes:
    """The body as the SDK's clients read it, whole or in pieces."""
    answer = await connections.transport().send(request, stream=streamed)
    if streamed:
        return b"".join([piece async for piece in answer.iter_bytes()])
    body: bytes = await answer.read()
    return body


@pytest.mark.promise(17)
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("in_pieces", [False, True], ids=["with a length", "in pieces"])
async def test_an_answer_is_read_up_to_the_bound_and_no_further(
    service: Service, connections: Connections, *, in_pieces: bool, streamed: bool
) -> None:
    service.in_pieces = in_pieces
    service.body = b"x" * WHOLE
    assert len(await read(connections, HttpRequest("GET", service.url), streamed=streamed)) == WHOLE

    service.body = b"x" * (WHOLE * 8)
    with pytest.raises(ResponseTooLargeError, match="larger than 8 MiB"):
        await read(connections, HttpRequest("GET", service.url), streamed=streamed)

    assert service.sent < WHOLE * 4, "the rest was not even sent"


@pytest.mark.promise(17)
async def test_nothing_packed_is_asked_for_nor_unpacked(service: Service, connections: Connections) -> None:
    service.body, service.coding = gzip.compress(b" " * WHOLE * 4), "gzip"

    with pytest.raises(ResponseTooLargeError, match="packed"):
        await read(connections, HttpRequest("GET", service.url, headers={"Accept-Encoding": "gzip"}))

    assert service.asked_for == "identity"


@pytest.mark.promise(17)
async def test_a_part_of_a_blob_is_no_longer_than_was_asked_for(
    service: Service, connections: Connections
) -> None:
    """And it is read as it lies there: a packed blob is content as any other."""
    part = HttpRequest("GET", service.url, headers={"x-ms-range": f"bytes=0-{2 * WHOLE - 1}"})
    service.body, service.coding, service.in_pieces = b"x" * 2 * WHOLE, "gzip", True
    answer = await connections.transport().send(part, stream=True)
    assert sum([len(piece) async for piece in answer.iter_raw()]) == 2 * WHOLE

    service.body += b"x"
    answer = await connections.transport().send(part, stream=True)
    with pytest.raises(ResponseTooLargeError, match="larger than 16 MiB"):
        [piece async for piece in answer.iter_raw()]

    service.body, service.coding = b"x" * (REFUSAL + 1), None
    few = HttpRequest("GET", service.url, headers={"x-ms-range": "bytes=0-9"})
    with pytest.raises(ResponseTooLargeError, match="larger than 64 KiB"):
        await read(connections, few)


LISTS = {
    "as many rows as were asked for": (ROW * 100, None),
    "one row more": (ROW * 101, "more than the 100 rows"),
    "empty rows": (b"<Blob/>" * 101, "more than the 100 rows"),
    "rows of another name": (b"<x/>" * 101, "more than the 100 rows"),
    "a row of many elements": (b"<Blob>" + b"<a/>" * 20_001 + b"</Blob>", "more than the 100 rows"),
    "no XML": (b"<<<<", None),
}


@pytest.mark.promise(17)
@pytest.mark.parametrize("name", LISTS)
async def test_a_list_has_no_more_rows_than_were_asked_for(
    service: Service, connections: Connections, name: str
) -> None:
    rows, refusal = LISTS[name]
    service.body = b"<EnumerationResults><Blobs>" + rows + b"</Blobs></EnumerationResults>"
    request = HttpRequest("GET", f"{service.url}/models?comp=list&maxresults=100")

    if refusal is None:
        assert await read(connections, request) == service.body
        return
    with pytest.raises(ResponseTooLargeError, match=refusal):
        await read(connections, request)


BEGIN = b'<?xml version="1.0"?>'
LIST = b"<EnumerationResults><Blobs/></EnumerationResults>"
# As much as the parser's own bound on amplification lets pass: 100 times what was read before.
ENTITIES = b'<!DOCTYPE a [<!ENTITY e "' + b"x" * 80_000 + b'">]>' + b"<!--" + b"p" * (7 * 2**20) + b"-->"
BOMB = BEGIN + ENTITIES + b"<EnumerationResults>" + b"&e;" * 8_000 + b"</EnumerationResults>"
XML = {
    "a list": (BEGIN + LIST, "application/xml", None),
    "with a mark of its encoding": (b"\xef\xbb\xbf" + BEGIN + LIST, "application/xml; charset=utf-8", None),
    "entities": (BOMB, "application/xml", "document type"),
    "entities of another type of XML": (BOMB, "text/foo+xml", "document type"),
    "a document elsewhere": (b'<!DOCTYPE a SYSTEM "http://h/">' + LIST, "text/xml", "document type"),
    "behind what is no UTF-8": (b"<!--\xff-->" + BOMB[len(BEGIN) :], "application/xml", "cannot be read"),
    "in another encoding": ("<!DOCTYPE a []><a/>".encode("utf-16"), "application/xml", "document type"),
    "of another character set": (BEGIN + LIST, "application/xml; charset=utf-7", "another character set"),
}


@pytest.mark.promise(17)
@pytest.mark.parametrize("status", [200, 404])
@pytest.mark.parametrize("name", XML)
async def test_xml_that_would_become_more_than_it_is_never_comes_to_the_parser(
    service: Service, connections: Connections, name: str, status: int
) -> None:
    service.body, service.content_type, refusal = XML[name]
    service.status = status
    requests = [HttpRequest("GET", f"{service.url}/models?comp=list")]
    if status != 200:
        requests.append(HttpRequest("GET", service.url, headers={"x-ms-range": f"bytes=0-{WHOLE}"}))

    for request in requests:
        if refusal is None:
            assert await read(connections, request) == service.body
        else:
            with pytest.raises(UnsoundError, match=refusal):
                await read(connections, request)


@pytest.mark.promise(3)
async def test_a_blob_is_read_whatever_xml_it_is(service: Service, connections: Connections) -> None:
    service.body, service.content_type = BOMB, "application/xml"
    part = HttpRequest("GET", service.url, headers={"x-ms-range": f"bytes=0-{len(BOMB) - 1}"})

    assert await read(connections, part) == BOMB
