"""How another account is let read a blob during a copy: by a signature that the identity's own key makes.

One key for each account, asked for rarely; signing is local. An identity that may not have such a key lends
its token instead, which works within one tenant.

Source: user delegation SAS, https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

from azure.core.credentials_async import AsyncTokenCredential
from azure.storage.blob import BlobSasPermissions, UserDelegationKey, generate_blob_sas
from azure.storage.blob.aio import BlobServiceClient

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.azure.blobs.errors import blob_errors
from mlregistry_operator.cloud.content import BlobRef, ReadableUrl
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId

_LIFE: Final = timedelta(hours=48)  # of at most 7 days
_RENEWED_BEFORE: Final = timedelta(hours=24)
_SKEW: Final = timedelta(minutes=15)


class DelegatedReading:
    """Signs URLs with a user delegation key."""

    def __init__(
        self, service: BlobServiceClient, account: str, credential: AsyncTokenCredential, scope: str
    ) -> None:
        self._service, self._account = service, account
        self._credential, self._scope = credential, scope
        self._key: UserDelegationKey | None = None
        self._expiry = datetime.min.replace(tzinfo=UTC)
        self._lends_token = False
        self._lock = asyncio.Lock()

    async def readable(self, url: str, blob: BlobRef) -> ReadableUrl:
        """A URL that can be read for a day.

        Raises:
            CloudError: neither key nor token could be had.
        """
        async with self._lock:
            await self._renew()
        if self._key is None:
            return ReadableUrl(url, await self._bearer())
        signature = generate_blob_sas(
            self._account,
            blob.container,
            blob.name,
            user_delegation_key=self._key,
            permission=BlobSasPermissions(read=True),
            expiry=self._expiry,
        )
        return ReadableUrl(f"{url}?{signature}")

    async def _renew(self) -> None:
        now = datetime.now(UTC)
        if self._lends_token or self._expiry - now > _RENEWED_BEFORE:
            return
        expiry = (now + _LIFE).replace(microsecond=0)
        try:
            with blob_errors(ArmId(self._service.url), "get a user delegation key", by_sas=False):
                self._key = await self._service.get_user_delegation_key(now - _SKEW, expiry)
        except CloudError as error:
            if error.failure.reason is not Reason.AUTHORIZATION_FAILED:
                raise
            self._lends_token = True
        else:
            self._expiry = expiry

    async def _bearer(self) -> str:
        with blob_errors(ArmId(self._service.url), "get a token for copies", by_sas=False):
            token = await self._credential.get_token(self._scope)
        return f"Bearer {token.token}"


class SignedReading:
    """Hands on the signature that a user gave."""

    def __init__(self, token: str) -> None:
        self._token = token.lstrip("?")

    async def readable(self, url: str, blob: BlobRef) -> ReadableUrl:  # noqa: ARG002 - it holds for any blob
        return ReadableUrl(f"{url}?{self._token}")
