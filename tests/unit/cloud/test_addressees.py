"""The identity's token goes to Azure's storage service, whatever host an asset names."""

import pytest

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.azure.blobs.addressees import refuse_strangers
from mlregistry_operator.cloud.azure.blobs.stores import AzureBlobStores
from mlregistry_operator.cloud.azure.endpoints import Endpoints
from mlregistry_operator.cloud.content import SasAccess
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.identity import FederatedIdentity, OwnIdentity, SecretIdentity
from mlregistry_operator.domain.storage_service import StorageService

PUBLIC = "https://management.azure.com"


@pytest.mark.parametrize(
    ("endpoint", "arm"),
    [
        pytest.param("https://team.blob.core.windows.net", PUBLIC, id="an account"),
        pytest.param("https://team-secondary.blob.core.windows.net", PUBLIC, id="its secondary"),
        pytest.param("https://team.z12.blob.storage.azure.net", PUBLIC, id="one in a DNS zone"),
        pytest.param("https://TEAM.BLOB.CORE.WINDOWS.NET", PUBLIC, id="in capitals"),
        pytest.param(
            "https://team.blob.core.usgovcloudapi.net",
            "https://management.usgovcloudapi.net",
            id="of a sovereign cloud",
        ),
        pytest.param(
            "https://team.blob.local.example",
            "https://management.local.example",
            id="of a cloud of one's own",
        ),
        pytest.param(
            "https://127.0.0.1:18443/team", "https://127.0.0.1:18443", id="on Resource Manager's host"
        ),
    ],
)
def test_the_storage_service_is_shown_the_identity(endpoint: str, arm: str) -> None:
    refuse_strangers(endpoint, StorageService(arm))


@pytest.mark.promise(13)
@pytest.mark.parametrize(
    "endpoint",
    [
        "https://attacker.example",
        "https://team.blob.core.windows.net.attacker.example",
        "https://blob.core.windows.net",
        "https://teamblob.core.windows.net",
        "https://169.254.169.254/metadata",
        "https://kubernetes.default.svc/api",
        "https://127.0.0.1:8443/team",
        "https://team.blob.core.windows.net:8443",
        "https://team.blob.core.windows.net.",
        "https://%74eam.blob.core.windows.net",
        "https://team.blob.core.windows.net@attacker.example",
        "https://team.dfs.core.windows.net",
        "https://team.blob.core.chinacloudapi.cn",
        "https://management.azure.com/team",
        "http://team.blob.core.windows.net",
    ],
)
def test_nobody_else_is(endpoint: str) -> None:
    with pytest.raises(CloudError) as refused:
        refuse_strangers(endpoint, StorageService(PUBLIC))
    assert refused.value.failure.reason is Reason.INVALID_SPEC
    assert "address of a storage account" in refused.value.failure.remedy


@pytest.mark.promise(13)
async def test_no_account_of_a_stranger_is_opened_with_an_identity() -> None:
    stores = AzureBlobStores(Endpoints(PUBLIC, PUBLIC, "scope"), {})
    identities = (OwnIdentity(), SecretIdentity("t", "c", "s3cr3t"), FederatedIdentity("t", "c"))
    for identity in identities:
        with pytest.raises(CloudError) as refused:
            await stores.open(identity, "https://attacker.example/team")
        assert refused.value.failure.reason is Reason.INVALID_SPEC
    assert await stores.open(SasAccess("sig=theirs"), "https://attacker.example/team"), "it is theirs anyway"
    await stores.close()


async def test_an_account_is_opened_anew_with_a_secret_that_was_rotated_and_with_no_other() -> None:
    stores = AzureBlobStores(Endpoints(PUBLIC, PUBLIC, "scope"), {})
    address = "https://team.blob.core.windows.net"
    before, after = SecretIdentity("t", "c", "old"), SecretIdentity("t", "c", "new")

    assert await stores.open(before, address) is await stores.open(before, f"{address}/")
    assert await stores.open(after, address) is not await stores.open(before, address)
    for one, other in ((before, after), (SasAccess("sig=a"), SasAccess("sig=b"))):
        assert await stores.open(one, address) is not await stores.open(other, address)
    await stores.close()
