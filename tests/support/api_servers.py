"""A double of a server, the API server or Azure: it answers what the test says and keeps what it is asked."""

import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web


@dataclass
class Asked:
    """One request, with its body where that was JSON."""

    method: str
    path: str
    body: Any = None
    query: str = ""


@dataclass
class ApiServer:
    """`heard` is what has arrived; `answers` makes the answer, an empty object where nothing else is said."""

    answers: Callable[[Asked], web.Response] = lambda _: web.json_response({})
    heard: list[Asked] = field(default_factory=list)
    url: str = ""

    async def _hear(self, request: web.Request) -> web.Response:
        text = await request.text()
        asked = Asked(
            request.method, request.path, json.loads(text) if text else None, request.rel_url.raw_query_string
        )
        self.heard.append(asked)
        return self.answers(asked)


@asynccontextmanager
async def served(server: ApiServer, context: ssl.SSLContext | None = None) -> AsyncIterator[ApiServer]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server._hear)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    server.url = f"{'https' if context else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()


def kubeconfig(url: str, folder: Path) -> Path:
    """A file that leads to the API server at that address."""
    file = folder / "kubeconfig"
    file.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "here", "cluster": {"server": url}}],
                "users": [{"name": "operator", "user": {"token": "secret"}}],
                "contexts": [{"name": "here", "context": {"cluster": "here", "user": "operator"}}],
                "current-context": "here",
            }
        ),
        "utf-8",
    )
    return file
