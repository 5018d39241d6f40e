"""Accounts of a mock cloud, seen by the operator's own adapter: real SDK, real TLS, real tokens."""

import http.client
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from mlregistry_operator.cloud.azure.blobs.store import AzureBlobStore
from mlregistry_operator.cloud.azure.blobs.stores import AzureBlobStores
from mlregistry_operator.cloud.azure.endpoints import Endpoints
from mlregistry_operator.cloud.content import Access
from mlregistry_operator.domain.identity import OwnIdentity
from mockcloud import defaults
from mockcloud.client import MockClient

SCOPE = f"/subscriptions/{defaults.SUBSCRIPTION_ID}"
GROUP = f"{SCOPE}/resourceGroups/ml"
CONTRIBUTOR = "Storage Blob Data Contributor"
PRIMARY, REPLICA, TEAM = "primaryaccount", "replicaaccount", "teamaccount"


@dataclass
class Accounts:
    """The cloud's accounts: as the operator opens them, and as they lie."""

    client: MockClient
    url: str
    ca_file: str
    tenant_id: str
    stores: AzureBlobStores = field(init=False)

    def __post_init__(self) -> None:
        endpoints = Endpoints(
            authority_host=self.url,
            arm_endpoint=self.url,
            arm_scope=f"{self.url}/.default",
            ca_file=Path(self.ca_file),
            instance_discovery=False,
        )
        environment = {
            "AZURE_TENANT_ID": self.tenant_id,
            "AZURE_CLIENT_ID": defaults.OPERATOR_CLIENT_ID,
            "AZURE_CLIENT_SECRET": defaults.OPERATOR_CLIENT_SECRET,
        }
        self.stores = AzureBlobStores(endpoints, environment)

    def make(self, name: str, location: str = "eastus", **properties: Any) -> None:
        self.client.put_resource(
            f"{GROUP}/providers/Microsoft.Storage/storageAccounts/{name}",
            {"location": location, "properties": properties},
        )

    def may(self, *roles: str) -> None:
        """Let the operator stand with these roles in the subscription, and no others."""
        grants = [{"role": role, "scope": SCOPE} for role in roles]
        self.client.principals(
            [
                {
                    "principalId": defaults.OPERATOR_PRINCIPAL_ID,
                    "clientId": defaults.OPERATOR_CLIENT_ID,
                    "clientSecret": defaults.OPERATOR_CLIENT_SECRET,
                    "roles": grants,
                }
            ]
        )

    async def open(self, name: str, access: Access | None = None) -> AzureBlobStore:
        return await self.stores.open(access or OwnIdentity(), f"{self.url}/{name}")

    def plant(self, account: str, container: str, name: str, data: bytes = b"", **query: Any) -> None:
        """Bytes, or with `size` a pattern, put there by hand."""
        asked = "&".join(f"{key}={value}" for key, value in query.items())
        self._raw("PUT", f"/{account}/{container}/{quote(name)}{'?' + asked if asked else ''}", data)

    def bytes_of(self, account: str, container: str, name: str) -> bytes:
        """The bytes as they lie, not by the operator's word."""
        return self._raw("GET", f"/{account}/{container}/{quote(name)}")

    def lying(self, account: str) -> list[dict[str, Any]]:
        """Every blob of an account with the MD5 of its bytes, and what only waits for a block list."""
        return list(self.client._ask("GET", f"/blobs/{account}")["blobs"])

    def committed(self, account: str) -> dict[str, str]:
        """The MD5 of every committed blob, by container and name."""
        return {
            f"{blob['container']}/{blob['name']}": blob["md5"]
            for blob in self.lying(account)
            if blob["committed"]
        }

    def _raw(self, method: str, path: str, body: bytes | None = None) -> bytes:
        parts = urlsplit(self.url)
        context = ssl.create_default_context(cafile=self.ca_file)
        connection = http.client.HTTPSConnection(
            parts.hostname or "", parts.port, context=context, timeout=60
        )
        try:
            connection.request(method, f"/_mock/blobs{path}", body)
            response = connection.getresponse()
            said = response.read()
            assert response.status < 400, said
            return said
        finally:
            connection.close()
