"""The blob services that the contract is tried on: the mock cloud, and with `--azurite` Azurite too."""

import asyncio
import base64
import json
import ssl
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import jwt
import pytest
from support.blob_contract import EAST, WEST, Contract, Place, now
from support.waiting import until

from hack.azurite.server import Azurite
from mockcloud import defaults
from mockcloud.server import MockCloudThread

STORAGE = "https://storage.azure.com"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test of the contract runs once for each service."""
    if "place" in metafunc.fixturenames:
        names = ["mock", "azurite"] if metafunc.config.getoption("--azurite") else ["mock"]
        metafunc.parametrize("place", names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def place(request: pytest.FixtureRequest) -> Place:
    """The service that the parameter names; one of each kind serves the whole session."""
    found: Place = request.getfixturevalue(f"{request.param}_place")
    return found


@pytest.fixture(scope="session")
def mock_place() -> Iterator[Place]:
    with MockCloudThread(settings={"lroSeconds": 0}) as cloud:
        group = f"/subscriptions/{cloud.subscription_id}/resourceGroups/contract"
        keys = {}
        for name in (EAST, WEST):
            account = f"{group}/providers/Microsoft.Storage/storageAccounts/{name}"
            cloud.client.put_resource(account, {"location": "eastus"})
            keys[name] = str(cloud.world.store.get(account).hidden["keys"]["key1"]["value"])
        yield Place("mock", cloud.url, cloud.ca_file, keys, mock_token(cloud))


def mock_token(cloud: MockCloudThread) -> str:
    """The operator's, who has the data roles."""
    form = {
        "grant_type": "client_credentials",
        "client_id": defaults.OPERATOR_CLIENT_ID,
        "client_secret": defaults.OPERATOR_CLIENT_SECRET,
        "scope": f"{STORAGE}/.default",
    }
    url = f"{cloud.url}/{cloud.tenant_id}/oauth2/v2.0/token"
    context = ssl.create_default_context(cafile=str(cloud.ca_file))
    with urllib.request.urlopen(url, urllib.parse.urlencode(form).encode(), context=context) as answer:
        return str(json.load(answer)["access_token"])


@pytest.fixture(scope="session")
def azurite_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    keys = {name: base64.b64encode(name.encode() * 8).decode() for name in (EAST, WEST)}
    azurite = Azurite(tmp_path_factory.mktemp("azurite"), keys)
    try:
        azurite.start()
        yield Place("azurite", azurite.url, azurite.ca_file, keys, azurite_token())
    finally:
        azurite.stop()


def azurite_token() -> str:
    """Azurite looks at the claims and at no signature."""
    at = int(now().timestamp())
    claims = {
        "aud": STORAGE,
        "iss": f"https://sts.windows.net/{defaults.TENANT_ID}/",
        "tid": defaults.TENANT_ID,
        "oid": defaults.OPERATOR_PRINCIPAL_ID,
        "iat": at - 60,
        "nbf": at - 60,
        "exp": at + 6 * 3600,
    }
    return jwt.encode(claims, "a secret that nobody checks, of sufficient length", algorithm="HS256")


@pytest.fixture
async def contract(place: Place) -> AsyncIterator[Contract]:
    async with AsyncExitStack() as stack:
        yield await Contract.at(place, stack)
    await leave()


async def leave() -> None:
    """Wait until no connection is open: of one that the service ends first, the client awaits no end, and
    Python warns of it when the loop is gone. The loop's own pipe stays.
    """
    open_ = asyncio.get_running_loop()._selector.get_map()  # type: ignore[attr-defined]

    async def alone() -> bool | None:
        return len(open_) <= 1 or None

    await until(alone)
