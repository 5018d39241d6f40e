"""Nothing is written to Azure once another replica may write: asked in the very last moment."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from azure.core.exceptions import AzureError
from azure.core.rest import HttpRequest

from mlregistry_operator.cloud.azure import transport
from mlregistry_operator.cloud.azure.endpoints import Endpoints
from mlregistry_operator.cloud.azure.transport import Connections, FencedError

ENDPOINTS = Endpoints("https://entra.example", "https://arm.example", "scope")
WRITES = ["PUT", "PATCH", "POST", "DELETE"]


@dataclass
class Service:
    """A service that hears what arrives, and answers a GET of /slow when it is told to."""

    url: str = ""
    arrived: list[str] = field(default_factory=list)
    whole: list[bytes] = field(default_factory=list)
    answers: asyncio.Event = field(default_factory=asyncio.Event)

    async def hear(self, request: web.Request) -> web.Response:
        self.arrived.append(request.method)
        if request.path == "/slow":
            await self.answers.wait()
        self.whole.append(await request.read())
        return web.Response()


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    service = Service()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", service.hear)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    service.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield service
    await runner.cleanup()


@dataclass
class Sender:
    """What the SDK's clients send through; `leads` is whether this replica does."""

    connections: Connections
    leads: bool = True

    async def send(self, method: str, url: str, **body: object) -> int:
        answer = await self.connections.transport().send(HttpRequest(method, url, **body))  # type: ignore[arg-type]
        return answer.status_code


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    sender = Sender(Connections(ENDPOINTS, lambda: sender.leads))
    yield sender
    await sender.connections.close()


@pytest.mark.promise(4)
@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("body", [{}, {"content": b"x"}], ids=["bare", "with a body"])
async def test_no_write_leaves_a_replica_that_does_not_lead(
    service: Service, sender: Sender, method: str, body: dict[str, object]
) -> None:
    assert await sender.send(method, service.url, **body) == 200
    sender.leads = False

    with pytest.raises(FencedError):
        await sender.send(method, service.url, **body)

    assert service.arrived == [method]


async def test_it_may_look_on(service: Service, sender: Sender) -> None:
    sender.leads = False

    assert await sender.send("GET", service.url) == 200


@pytest.mark.promise(4)
async def test_a_write_that_waited_for_a_connection_is_asked_about_when_it_has_one(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "CONNECTIONS_PER_HOST", 1)
    sender = Sender(Connections(ENDPOINTS, lambda: sender.leads))
    looking = asyncio.create_task(sender.send("GET", f"{service.url}/slow"))
    while not service.arrived:  # noqa: ASYNC110 - the server runs in this loop
        await asyncio.sleep(0)
    writing = asyncio.create_task(sender.send("PUT", service.url, content=b"x"))
    await asyncio.sleep(0)

    sender.leads = False
    service.answers.set()

    assert await looking == 200
    with pytest.raises(FencedError):
        await writing
    assert service.arrived == ["GET"]
    await sender.connections.close()


@pytest.mark.promise(4)
async def test_a_body_that_is_being_sent_ends_with_the_reign(service: Service, sender: Sender) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"while it leads"
        sender.leads = False
        yield b"after that"

    with pytest.raises(AzureError):
        await sender.send("PUT", service.url, content=pieces())

    assert service.whole == [], "no request was ever whole"
