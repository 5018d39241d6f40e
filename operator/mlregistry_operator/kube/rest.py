"""JSON to and from the API server, through the official client's connection, TLS and authentication.

The client's typed API classes are not used: loading those of the core group alone takes 25 MiB, and we speak
of four paths.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Final, cast
from urllib.parse import urlencode

from kubernetes.aio import client

from mlregistry_operator.kube.ports import Body
from mlregistry_operator.telemetry import metrics

MERGE_PATCH: Final = "application/merge-patch+json"
_TIMEOUT_SECONDS: Final = 30
_PAGE: Final = 500


class Rest:
    """The API server. What is no success is raised as `kubernetes.aio.client.ApiException`."""

    def __init__(self, api: client.ApiClient) -> None:
        self._api = api

    async def get(self, path: str) -> Body:
        return await self._send("GET", path, None, None)

    async def listed(self, path: str, query: Mapping[str, str] = MappingProxyType({})) -> AsyncIterator[Body]:
        """Everything that is listed there, one page in memory at a time."""
        going_on: dict[str, str] = {}
        while True:
            page = await self.get(f"{path}?{urlencode({**query, 'limit': str(_PAGE), **going_on})}")
            for one in page.get("items", []):
                yield one
            token = (page.get("metadata") or {}).get("continue")
            if not token:
                return
            going_on = {"continue": token}

    async def create(self, path: str, body: Mapping[str, Any]) -> Body:
        return await self._send("POST", path, body, "application/json")

    async def patch(self, path: str, body: Mapping[str, Any]) -> Body:
        """A merge patch (RFC 7396)."""
        return await self._send("PATCH", path, body, MERGE_PATCH)

    async def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None, content_type: str | None
    ) -> Body:
        headers = {"Accept": "application/json", **({"Content-Type": content_type} if content_type else {})}
        request = await self._api.param_serialize(
            method=method, resource_path=path, header_params=headers, body=body, auth_settings=["BearerToken"]
        )
        with _counted(method) as answer:
            response = await self._api.call_api(*request, _request_timeout=_TIMEOUT_SECONDS)
            await response.read()  # type: ignore[no-untyped-call]  # ships no types
            answer["code"] = str(response.status)
        return cast("Body", self._api.response_deserialize(response, {"2XX": "object"}).data)


@contextmanager
def _counted(method: str) -> Iterator[dict[str, str]]:
    """A request is the body, which notes the status of the answer in what it is given."""
    answer = {"code": "none"}
    try:
        yield answer
    finally:
        metrics.KUBERNETES_REQUESTS.labels(method, answer["code"]).inc()
