"""A process that is asked to stop: it says so where it is asked whether it is ready, and answers on."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from support.api_servers import ApiServer, kubeconfig, served

from hack.controlplane.ports import free_ports
from hack.world.webhooks import webhook_endpoint

HOST = "127.0.0.1"
DRAIN_SECONDS = 60  # longer than the test looks: it ends the process itself


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    """An API server that is not well: the process waits for it, and is otherwise complete."""
    async with served(ApiServer(lambda _: web.Response(status=503))) as server:
        yield server


async def told(http: httpx.AsyncClient, url: str, text: str) -> httpx.Response:
    """The first answer that says this."""
    async with asyncio.timeout(30):
        while True:
            try:
                answer = await http.get(url)
            except httpx.TransportError:
                pass
            else:
                if text in answer.text:
                    return answer
            await asyncio.sleep(0.05)


@pytest.mark.promise(13)
async def test_a_process_that_stops_is_not_ready_and_says_why_while_it_drains(
    server: ApiServer, tmp_path: Path
) -> None:
    (port,) = free_ports(1)
    webhook = webhook_endpoint(tmp_path / "webhook")
    told_to_it = {
        "KUBECONFIG": str(kubeconfig(server.url, tmp_path)),
        "MLREGISTRY_SERVER__HOST": HOST,
        "MLREGISTRY_SERVER__PORT": str(port),
        "MLREGISTRY_WEBHOOK__HOST": HOST,
        "MLREGISTRY_WEBHOOK__PORT": str(webhook.port),
        "MLREGISTRY_WEBHOOK__CERT_FILE": str(webhook.certificate),
        "MLREGISTRY_WEBHOOK__KEY_FILE": str(webhook.key),
        "MLREGISTRY_WEBHOOK__DRAIN_SECONDS": str(DRAIN_SECONDS),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "mlregistry_operator", "run", env={**os.environ, **told_to_it}
    )
    try:
        async with httpx.AsyncClient(trust_env=False) as http:
            url = f"http://{HOST}:{port}"
            before = await told(http, f"{url}/readyz", "503")
            assert "stopping" not in before.text, "it waits for the API server"

            process.terminate()
            after = await told(http, f"{url}/readyz", "the process is stopping")

            assert after.status_code == 503
            assert (await http.get(f"{url}/healthz")).status_code == 200, "nobody kills what drains"
    finally:
        process.kill()
        await process.wait()
