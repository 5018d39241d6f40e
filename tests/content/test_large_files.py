"""However large a file is: memory stays within the budget.

The figures are printed: `pytest tests/content/test_large_files.py -s`. How fast it goes, `make bench` tells.
"""

import asyncio
import subprocess
import sys
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest
from support.blob_accounts import CONTRIBUTOR, GROUP, PRIMARY, TEAM, Accounts

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.domain.assets.blocks import MIB
from mlregistry_operator.domain.assets.ids import AssetId
from mlregistry_operator.reconcile.content.capacity import capacity
from mlregistry_operator.reconcile.content.publish import Publication, publish
from mlregistry_operator.reconcile.content.sources import BlobSource
from mockcloud import defaults
from mockcloud.client import MockClient

SIZE = 300 * MIB
BUDGET = 16 * MIB


@pytest.fixture
def distant(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A mock cloud in a process of its own, so that what it holds is not counted here: URL and CA."""
    ca = tmp_path / "ca.pem"
    command = [sys.executable, "-m", "mockcloud", "serve", "--port", "0", "--ca-out", str(ca)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1], ca
        finally:
            process.terminate()


@pytest.fixture
async def far(distant: tuple[str, Path]) -> AsyncIterator[Accounts]:
    url, ca = distant
    accounts = Accounts(MockClient(url, ca), url, str(ca), defaults.TENANT_ID)
    accounts.client.settings(lroSeconds=0)
    accounts.may("Contributor", CONTRIBUTOR)
    accounts.client.put_resource(GROUP, {"location": "eastus"})
    accounts.make(PRIMARY)
    accounts.plant(TEAM, "drop", "model/large.bin", size=SIZE)
    yield accounts
    await accounts.stores.close()
    await asyncio.sleep(0.1)  # TLS says its farewell


async def published(accounts: Accounts, version: str, memory: int) -> None:
    asset = AssetId("DemoRegistry1", AssetType.MODEL, "large", version)
    primary = await accounts.open(PRIMARY)
    source = BlobSource(await accounts.open(TEAM), "drop", "model/large.bin")
    made = await publish(Publication(asset, source), primary, capacity(memory))
    assert made.manifest.size == SIZE


async def test_memory_stays_within_the_budget(far: Accounts) -> None:
    await (await far.open(PRIMARY)).ensure_container("models")  # what the SDK loads is not content
    process, most = psutil.Process(), 0
    resident = process.memory_info().rss

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, process.memory_info().rss)
            await asyncio.sleep(0.005)

    watching = asyncio.create_task(watch())
    tracemalloc.start()
    try:
        await published(far, "1", BUDGET)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        watching.cancel()
    print(  # noqa: T201 - the figures are the point
        f"\n{SIZE // MIB} MiB with a budget of {BUDGET // MIB} MiB: at most {peak / MIB:.1f} MiB allocated,"
        f" resident memory grew by {(most - resident) / MIB:.1f} MiB"
    )
    assert peak < BUDGET + 8 * MIB, "the budget, and what connections buffer"
    assert (
        far.committed(PRIMARY)["models/large/1/files/large.bin"]
        == far.committed(TEAM)["drop/model/large.bin"]
    )
