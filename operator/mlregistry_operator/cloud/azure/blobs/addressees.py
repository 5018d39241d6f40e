"""To whom the identity's token may be sent: the storage service of the configured cloud, and nobody else.

Whoever writes an MLAsset names the host that is read from. A token for the storage service opens every
account that the identity may use, so that a host of somebody's own would be given all of them.
"""

from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.source_rules import not_shown
from mlregistry_operator.domain.storage_service import StorageService


def refuse_strangers(endpoint: str, service: StorageService) -> None:
    """Let pass what is an account of the storage service, by its exact host and port.

    Raises:
        CloudError: the host is somebody else's.
    """
    if not service.serves(endpoint):
        raise CloudError(not_shown(endpoint))
