"""Blobs as the tools of a team write them: through the service, with metadata and properties of its own."""

from collections.abc import Mapping

from azure.storage.blob import BlobClient, ContentSettings
from support.clouds import MockCloud
from support.signatures import container_signature


def upload(
    cloud: MockCloud,
    account: str,
    container: str,
    path: str,
    data: bytes,
    *,
    metadata: Mapping[str, str] | None = None,
    says_md5: bytes | None = None,
) -> None:
    """Write a blob into a container that is there; `says_md5` is stored as its Content-MD5, true or not."""
    signature = container_signature(cloud, account, container, may="racwl")
    client = BlobClient(
        f"{cloud.cloud.url}/{account}",
        container,
        path,
        credential=signature,
        connection_verify=str(cloud.cloud.ca),
    )
    with client:
        client.upload_blob(data, overwrite=True, metadata=dict(metadata or {}))
        if says_md5 is not None:
            client.set_http_headers(ContentSettings(content_md5=bytearray(says_md5)))
