"""Two storage accounts in two regions, and the real blob client for whoever calls."""

from collections.abc import AsyncIterator

import pytest
from support.blob_service import CONTAINER, EAST, WEST, Blobs

from mockcloud.server import MockCloudThread


@pytest.fixture
async def blobs(cloud: MockCloudThread) -> AsyncIterator[Blobs]:
    """Each account has the container `models`, made in the control plane."""
    blobs = Blobs(cloud)
    for name, location in ((EAST, "eastus"), (WEST, "westus")):
        blobs.mock.put_resource(blobs.account_id(name), {"location": location})
        blobs.mock.put_resource(f"{blobs.account_id(name)}/blobServices/default/containers/{CONTAINER}")
    async with blobs.stack:
        yield blobs
