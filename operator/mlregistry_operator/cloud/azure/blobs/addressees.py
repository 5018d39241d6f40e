"""To whom the identity's token may be sent: Azure's storage service, and nobody else.

Whoever writes an MLAsset names the host that is read from. A token for the storage service opens every
account that the identity may use, so that a host of somebody's own would be given all of them.
"""

from typing import Final
from urllib.parse import urlsplit

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.failures import Failure, Severity

# Source: Azure Storage endpoints, standard and with DNS zones, of the public, government and China clouds.
_SUFFIXES: Final = (
    ".blob.core.windows.net",
    ".blob.storage.azure.net",
    ".blob.core.usgovcloudapi.net",
    ".blob.core.chinacloudapi.cn",
)


def refuse_strangers(endpoint: str, arm_endpoint: str) -> None:
    """Let pass what is the storage service of a cloud of Azure, or of the one that is configured.

    A cloud of one's own has its accounts beside Resource Manager: below the same domain, or on the same host.

    Raises:
        CloudError: the host is somebody else's.
    """
    host, own = _host(endpoint), _host(arm_endpoint)
    beside = f".blob.{own.partition('.')[2]}"
    if host == own or host.endswith((*_SUFFIXES, beside)):
        return
    raise CloudError(
        Failure(
            ArmId(endpoint),
            Reason.INVALID_SPEC,
            Severity.STALLED,
            f"{host} is no host of Azure's storage service, and the registry's identity is shown to no other",
            remedy="Give the account's own address, or name a Secret with a shared access signature"
            " (source.blob.sasSecretRef) in a new MLAsset.",
        )
    )


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()
