"""What the text of a component needs is known as soon as the text is published."""

import pytest
from support.asset_twins import ASSET, AssetTwins
from support.worlds import PATIENCE

from mlregistry_operator.reconcile.assets.memory import AssetMemory
from mlregistry_operator.reconcile.assets.reconciling import reconcile_asset

FROM_BLOBS = {"blob": {"url": "https://team.blob.core.windows.net/drop/component"}}


@pytest.mark.promise(18)
async def test_a_text_that_has_just_been_published_is_read_at_once() -> None:
    twins, memory = AssetTwins(), AssetMemory(PATIENCE)
    await twins.begin(ASSET.of_type("Component").with_spec(source=FROM_BLOBS))
    del twins.twins.cluster.objects[twins.key]["status"]
    memory.begin_pass()

    await reconcile_asset(twins.key, memory, twins.twins.world, twins.twins.content)
    assert twins.asset.status.digest == twins.digest
    assert memory.wake.is_set(), "it says what the version needs"

    memory.begin_pass()
    await reconcile_asset(twins.key, memory, twins.twins.world, twins.twins.content)
    assert memory.wording is not None
    assert not memory.wake.is_set(), "and that once"
