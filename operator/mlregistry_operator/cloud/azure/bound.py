"""A client's requests go to its own endpoint: scheme, host and port, and nowhere else.

What carries a token is decided by a service's answers as well: a link to the next page, the address of an
operation, a redirect. Asked in the transport, none of them leads a token away.
"""

from types import TracebackType
from typing import Any, Self

from azure.core.exceptions import AzureError
from azure.core.pipeline.transport import AsyncHttpTransport

from mlregistry_operator.domain.storage_service import Origin


class StrayedError(AzureError):
    """A request that was not sent, because it leads away from the endpoint that its client is for."""

    def __init__(self, url: str, endpoint: str) -> None:
        leads = Origin.of(url) or "an address that is not HTTPS"
        super().__init__(
            f"the answer leads to {leads}, and a token for {Origin.of(endpoint)} goes to no other host"
        )


class BoundTransport(AsyncHttpTransport[Any, Any]):
    """A transport to one endpoint, an HTTPS URL."""

    def __init__(self, inner: AsyncHttpTransport[Any, Any], endpoint: str) -> None:
        self._inner, self._endpoint = inner, endpoint

    async def send(self, request: Any, **kwargs: Any) -> Any:
        """Raises `StrayedError`."""
        origin = Origin.of(request.url)
        if origin is None or origin != Origin.of(self._endpoint):
            raise StrayedError(request.url, self._endpoint)
        return await self._inner.send(request, **kwargs)

    async def open(self) -> None:
        await self._inner.open()

    async def close(self) -> None:
        await self._inner.close()

    async def __aenter__(self) -> Self:
        await self._inner.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self._inner.__aexit__(exc_type, exc_value, traceback)
