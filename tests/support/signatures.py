"""Shared access signatures as a team makes them: by the key of its own account, asked of Azure."""

import datetime as dt
import ssl

import httpx
from azure.storage.blob import (
    BlobSasPermissions,
    ContainerSasPermissions,
    generate_blob_sas,
    generate_container_sas,
)
from support.clouds import MockCloud

from mockcloud import defaults

VERSION = "2024-01-01"


def container_signature(
    cloud: MockCloud, account: str, container: str, *, may: str = "rl", hours: float = 1
) -> str:
    """The query string with which anybody may do that in one container, for so many hours from now."""
    return generate_container_sas(
        account,
        container,
        account_key=_key(cloud, account),
        permission=ContainerSasPermissions.from_string(may),
        expiry=dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours),
    )


def blob_signature(cloud: MockCloud, account: str, container: str, path: str) -> str:
    """The query string with which anybody may read one blob for an hour, and list nothing."""
    return generate_blob_sas(
        account,
        container,
        path,
        account_key=_key(cloud, account),
        permission=BlobSasPermissions(read=True),
        expiry=dt.datetime.now(dt.UTC) + dt.timedelta(hours=1),
    )


def _key(cloud: MockCloud, account: str) -> str:
    (found,) = [
        one["id"] for one in cloud.resources("Microsoft.Storage/storageAccounts") if one["name"] == account
    ]
    with httpx.Client(base_url=cloud.cloud.url, verify=_trust(cloud)) as client:
        answer = client.post(
            f"{found}/listKeys",
            params={"api-version": VERSION},
            headers={"Authorization": f"Bearer {_token(client)}"},
        )
    return str(answer.raise_for_status().json()["keys"][0]["value"])


def _token(client: httpx.Client) -> str:
    form = {
        "grant_type": "client_credentials",
        "client_id": defaults.OWNER_CLIENT_ID,
        "client_secret": defaults.OWNER_CLIENT_SECRET,
        "scope": f"{client.base_url}".rstrip("/") + "/.default",
    }
    answer = client.post(f"/{defaults.TENANT_ID}/oauth2/v2.0/token", data=form)
    return str(answer.raise_for_status().json()["access_token"])


def _trust(cloud: MockCloud) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(cloud.cloud.ca))
