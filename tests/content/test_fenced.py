"""Everything that the process writes, it writes while it leads: the ports as the process wires them."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from kubernetes.aio import client
from support.api_servers import ApiServer, served
from support.blob_accounts import GROUP, PRIMARY, REPLICA, TEAM, Accounts
from support.image_worlds import an_import

from mlregistry_operator import app
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.cloud.content import BlobRef, WrittenAs
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.events import event
from mlregistry_operator.domain.identity import OwnIdentity
from mlregistry_operator.domain.leadership import endless
from mlregistry_operator.domain.plan import Action, ActionKind
from mlregistry_operator.kube.ports import REGISTRIES, ClusterError
from mlregistry_operator.settings import CloudSettings, Settings
from mlregistry_operator.telemetry.probes import Pulse
from mockcloud import defaults

KEY = ObjectKey("default", "registry")
BLOB, OTHER = BlobRef("models", "a/1/manifest.json"), BlobRef("models", "b/1/manifest.json")
ACCOUNTS = f"{GROUP}/providers/Microsoft.Storage/storageAccounts"
BODY = {"metadata": {"name": KEY.name, "namespace": KEY.namespace, "uid": "u", "resourceVersion": "1"}}


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with served(ApiServer()) as server:
        yield server


@pytest.fixture
def settings(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("AZURE_TENANT_ID", accounts.tenant_id)
    monkeypatch.setenv("AZURE_CLIENT_ID", defaults.OPERATOR_CLIENT_ID)
    monkeypatch.setenv("AZURE_CLIENT_SECRET", defaults.OPERATOR_CLIENT_SECRET)
    cloud = CloudSettings(
        authority_host=accounts.url,
        arm_endpoint=accounts.url,
        arm_scope=f"{accounts.url}/.default",
        ca_file=Path(accounts.ca_file),
        instance_discovery=False,
    )
    return Settings(cloud=cloud)


def deletion(account: str) -> Action:
    return Action(ActionKind.DELETE_STORAGE_ACCOUNT, ArmId(f"{ACCOUNTS}/{account}"), "It is to go.")


@pytest.mark.promise(4)
async def test_no_port_of_the_process_writes_after_its_reign_and_each_may_look_on(
    accounts: Accounts, settings: Settings, server: ApiServer
) -> None:
    loaded, reign = client.Configuration(), endless()
    loaded.host = server.url
    wanted = an_import()
    note = event("Normal", "Reason", "Act", "Told.")
    async with app._ports(settings, loaded, Pulse(), reign) as (world, content):
        cloud = await world.clouds.open(OwnIdentity(), defaults.SUBSCRIPTION_ID)
        images = await content.images.images(OwnIdentity(), defaults.SUBSCRIPTION_ID)
        store = await content.stores.open(OwnIdentity(), f"{accounts.url}/{PRIMARY}")
        await store.ensure_container("models")
        await store.put(BLOB, b"{}", WrittenAs())
        await cloud.perform(deletion(TEAM))
        await world.cluster.write_status(REGISTRIES, KEY, "1", {"assets": 1})
        await world.cluster.record(REGISTRIES, BODY, note)
        assert [asked.method for asked in server.heard] == ["PATCH", "POST"], "while it leads"

        reign.end()
        mark = accounts.client.last_request()
        for attempt in (
            cloud.perform(deletion(REPLICA)),
            images.import_image(wanted),
            store.put(OTHER, b"{}", WrittenAs()),
            store.delete(BLOB),
            store.stage(OTHER, "block", b"x", hashlib.md5(b"x", usedforsecurity=False).digest()),
            store.ensure_container("data"),
            world.cluster.write_status(REGISTRIES, KEY, "1", {"assets": 2}),
        ):
            with pytest.raises((CloudError, ClusterError), match="another replica"):
                await attempt
        await world.cluster.record(REGISTRIES, BODY, note)

        assert await cloud.storage_account(ArmId(f"{ACCOUNTS}/{REPLICA}"), "westus")
        assert await store.facts(BLOB)
        assert await world.cluster.read(REGISTRIES, KEY) == {}
    written = [one for one in accounts.client.requests(mark) if one["method"] not in {"GET", "HEAD"}]
    assert written == []
    assert [asked.method for asked in server.heard[2:]] == ["GET"]
