"""The operator's view of images: real SDKs, TLS and tokens, against a registry of the mock cloud."""

from collections.abc import AsyncIterator

import pytest
from support.clouds import MockCloud
from support.image_worlds import REGISTRY, ImageWorld

from mlregistry_operator.cloud.azure.endpoints import Endpoints
from mlregistry_operator.cloud.azure.subscriptions import AzureSubscriptions
from mlregistry_operator.domain.identity import SecretIdentity
from mockcloud import defaults


@pytest.fixture
async def world(cloud: MockCloud) -> AsyncIterator[ImageWorld]:
    cloud.put_resource(REGISTRY, {"location": "eastus", "properties": {"regionalEndpoints": "Enabled"}})
    cloud.put_resource(f"{REGISTRY}/replications/westus", {"location": "westus"})
    url = cloud.cloud.url
    endpoints = Endpoints(url, url, f"{url}/.default", cloud.cloud.ca, instance_discovery=False)
    clouds = AzureSubscriptions(endpoints, {})
    identity = SecretIdentity(
        defaults.TENANT_ID, defaults.OPERATOR_CLIENT_ID, client_secret=defaults.OPERATOR_CLIENT_SECRET
    )
    yield ImageWorld(cloud, clouds, await clouds.images(identity, defaults.SUBSCRIPTION_ID))
    await clouds.close()
