"""An API server's answer leads the operator's token nowhere, and its lists come to an end."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from kubernetes.aio import client
from kubernetes.aio.config import kube_config
from support.api_servers import ApiServer, Asked, kubeconfig, served

from mlregistry_operator.domain.leadership import endless
from mlregistry_operator.kube.client import configuration, watch_session
from mlregistry_operator.kube.neighbours import KubernetesNeighbours
from mlregistry_operator.kube.ports import ClusterError
from mlregistry_operator.kube.rest import Rest

WAYS = ["/moved-301", "/moved-302", "/moved-303", "/moved-307", "/moved-308"]


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    """An API server that sends its callers elsewhere."""
    server = ApiServer()

    def answer(asked: Asked) -> web.Response:
        if "moved" in asked.path:
            headers = {"Location": f"{server.url}/elsewhere"}
            return web.Response(status=int(asked.path[-3:]), headers=headers)
        return web.json_response({"items": [], "metadata": {"continue": "same"}})

    server.answers = answer
    async with served(server):
        yield server


@pytest.fixture
async def loaded(server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> client.Configuration:
    file = kubeconfig(server.url, tmp_path)
    # The library looks at the environment once, when it is loaded.
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(file))
    monkeypatch.setenv("KUBECONFIG", str(file))
    found: client.Configuration = await configuration()
    return found


@pytest.mark.promise(16)
@pytest.mark.parametrize("path", WAYS)
async def test_no_redirect_of_the_api_server_is_followed(
    server: ApiServer, loaded: client.Configuration, path: str
) -> None:
    async with client.ApiClient(loaded) as api, watch_session(loaded, endless()) as watching:
        with pytest.raises(aiohttp.ClientConnectionError, match="no redirect is followed"):
            await Rest(api).get(path)
        with pytest.raises(aiohttp.ClientConnectionError, match="no redirect is followed"):
            await watching.get(f"{server.url}{path}")

    assert [asked.path for asked in server.heard] == [path, path]


@pytest.mark.promise(17)
async def test_a_list_that_leads_to_itself_is_a_failure(
    server: ApiServer, loaded: client.Configuration
) -> None:
    async with client.ApiClient(loaded) as api:
        with pytest.raises(ClusterError, match="does not end"):
            _ = [one async for one in KubernetesNeighbours(Rest(api)).registries()]

    assert len(server.heard) == 2
