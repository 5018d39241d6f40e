"""A replica that is about to stop loses no review."""

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from mlregistry_operator.doors import sending_away


async def test_whoever_asks_while_a_replica_drains_is_told_that_the_connection_ends() -> None:
    draining = False

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({})

    app = web.Application(middlewares=[sending_away(lambda: draining)])
    app.router.add_post("/validate", answer)
    async with TestServer(app) as server, aiohttp.ClientSession() as client:
        async with client.post(server.make_url("/validate")) as kept:
            assert "Connection" not in kept.headers
        draining = True
        async with client.post(server.make_url("/validate")) as ended:
            assert ended.headers["Connection"] == "close"
