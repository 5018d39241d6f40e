"""An API server's answer leads the operator's token nowhere, and its lists come to an end."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from kubernetes.aio import client
from kubernetes.aio.config import kube_config

from mlregistry_operator.domain.leadership import endless
from mlregistry_operator.kube.client import configuration, watch_session
from mlregistry_operator.kube.neighbours import KubernetesNeighbours
from mlregistry_operator.kube.ports import ClusterError
from mlregistry_operator.kube.rest import Rest

WAYS = ["/moved-301", "/moved-302", "/moved-303", "/moved-307", "/moved-308"]


@dataclass
class Server:
    """An API server that sends its callers elsewhere; `heard` are the paths that it was asked for."""

    url: str = ""
    heard: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.heard.append(request.path)
        if "moved" in request.path:
            return web.Response(status=int(request.path[-3:]), headers={"Location": f"{self.url}/elsewhere"})
        going_on = "same"
        return web.json_response({"items": [], "metadata": {"continue": going_on}})


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server, app = Server(), web.Application()
    app.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


@pytest.fixture
async def loaded(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> client.Configuration:
    named = {"name": "here", "cluster": {"server": server.url}}
    user = {"name": "operator", "user": {"token": "secret"}}
    context = {"name": "here", "context": {"cluster": "here", "user": "operator"}}
    file = tmp_path / "kubeconfig"
    file.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [named],
                "users": [user],
                "contexts": [context],
                "current-context": "here",
            }
        )
    )
    # The library looks at the environment once, when it is loaded.
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(file))
    monkeypatch.setenv("KUBECONFIG", str(file))
    found: client.Configuration = await configuration()
    return found


@pytest.mark.promise(16)
@pytest.mark.parametrize("path", WAYS)
async def test_no_redirect_of_the_api_server_is_followed(
    server: Server, loaded: client.Configuration, path: str
) -> None:
    async with client.ApiClient(loaded) as api, watch_session(loaded, endless()) as watching:
        with pytest.raises(aiohttp.ClientConnectionError, match="no redirect is followed"):
            await Rest(api).get(path)
        with pytest.raises(aiohttp.ClientConnectionError, match="no redirect is followed"):
            await watching.get(f"{server.url}{path}")

    assert server.heard == [path, path]


@pytest.mark.promise(17)
async def test_a_list_that_leads_to_itself_is_a_failure(server: Server, loaded: client.Configuration) -> None:
    async with client.ApiClient(loaded) as api:
        with pytest.raises(ClusterError, match="does not end"):
            _ = [one async for one in KubernetesNeighbours(Rest(api)).registries()]

    assert len(server.heard) == 2
