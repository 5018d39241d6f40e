"""A plain streaming copy from account to account by the SDK alone, as its documentation shows it."""

import asyncio
import time
import warnings
from collections.abc import AsyncIterator
from dataclasses import dataclass

from azure.identity.aio import ClientSecretCredential
from azure.storage.blob.aio import BlobServiceClient, StorageStreamDownloader

from hack.world.clouds import Cloud
from mockcloud import defaults


@dataclass(frozen=True, slots=True)
class BlobPlace:
    """One blob of one account."""

    account: str
    container: str
    path: str


def plain_copy(cloud: Cloud, source: BlobPlace, target: BlobPlace) -> float:
    """Seconds that the bytes take, tokens and connections included."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sending a large body directly with raw bytes")
        return asyncio.run(_copy(cloud, source, target))


async def _copy(cloud: Cloud, source: BlobPlace, target: BlobPlace) -> float:
    ca = str(cloud.ca)
    credential = ClientSecretCredential(
        defaults.TENANT_ID,
        defaults.OPERATOR_CLIENT_ID,
        defaults.OPERATOR_CLIENT_SECRET,
        authority=cloud.url,
        disable_instance_discovery=True,
        connection_verify=ca,
    )
    async with (
        credential,
        BlobServiceClient(f"{cloud.url}/{source.account}", credential, connection_verify=ca) as reader,
        BlobServiceClient(f"{cloud.url}/{target.account}", credential, connection_verify=ca) as writer,
    ):
        start = time.perf_counter()
        stream = await reader.get_blob_client(source.container, source.path).download_blob()
        blob = writer.get_blob_client(target.container, target.path)
        await blob.upload_blob(_passed_on(stream), length=stream.size)
        return time.perf_counter() - start


async def _passed_on(stream: StorageStreamDownloader[bytes]) -> AsyncIterator[bytes]:
    """The client wants a generator."""
    async for chunk in stream.chunks():
        yield chunk
