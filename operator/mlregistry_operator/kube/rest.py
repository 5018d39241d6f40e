"""JSON to and from the API server, through the official client's connection, TLS and authentication.

The client's typed API classes are not used: loading those of the core group alone takes 25 MiB, and we speak
of four paths.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import ceil
from types import MappingProxyType
from typing import Any, Final, cast
from urllib.parse import urlencode

from kubernetes.aio import client

from mlregistry_operator.domain.leadership import Reign, endless
from mlregistry_operator.kube.ports import Body, EndlessListError, LostError
from mlregistry_operator.kube.watching import PAGE, LargeAnswerError
from mlregistry_operator.telemetry import metrics

MERGE_PATCH: Final = "application/merge-patch+json"
STRATEGIC_PATCH: Final = "application/strategic-merge-patch+json"
APPLY_PATCH: Final = "application/apply-patch+yaml"
_TIMEOUT_SECONDS: Final = 30
_MOST: Final = 500  # objects of a page
_PAGE_BYTES: Final = 2 * 2**20
_MOST_PAGES: Final = 20_000
_OK: Final = 200


class Rest:
    """The API server. What is no success is raised as `kubernetes.aio.client.ApiException`.

    `reign` is asked before everything that is no read.
    """

    def __init__(self, api: client.ApiClient, reign: Reign | None = None) -> None:
        self._api = api
        self._reign = reign or endless()

    async def get(self, path: str) -> Body:
        return await self._send("GET", path, None, None)

    async def listed(self, path: str, query: Mapping[str, str] = MappingProxyType({})) -> AsyncIterator[Body]:
        """Everything that is listed there, one page in memory at a time.

        A page has as many objects as make 2 MiB, if the next ones are like the last; a page that turns out
        far larger is asked for again in parts.

        Raises:
            EndlessListError: a page leads to itself, or there is no end of them.
        """
        going_on: dict[str, str] = {}
        limit = PAGE
        for _ in range(_MOST_PAGES):
            try:
                page, size = await self._sized(
                    f"{path}?{urlencode({**query, 'limit': str(limit), **going_on})}"
                )
            except LargeAnswerError:
                if limit == PAGE:
                    raise
                limit = PAGE
                continue
            items = page.get("items", [])
            limit = min(_MOST, max(PAGE, len(items) * _PAGE_BYTES // max(1, size)))
            for one in items:
                yield one
            token = (page.get("metadata") or {}).get("continue")
            if not token:
                return
            if token == going_on.get("continue"):
                break
            going_on = {"continue": token}
        raise EndlessListError(path)

    async def _sized(self, path: str) -> tuple[Body, int]:
        """What is there, and how many bytes it took."""
        response = await self._open("GET", path, None, None)
        return await self._read(response), len(response.data)

    async def create(self, path: str, body: Mapping[str, Any]) -> Body:
        return await self._send("POST", path, body, "application/json")

    async def patch(self, path: str, body: Mapping[str, Any], content_type: str = MERGE_PATCH) -> Body:
        """A merge patch (RFC 7396), or another kind of patch."""
        return await self._send("PATCH", path, body, content_type)

    async def replace(self, path: str, body: Mapping[str, Any]) -> Body:
        return await self._send("PUT", path, body, "application/json")

    async def dated(self, path: str) -> tuple[Body, datetime]:
        """What is there, and the time of the API server; our own clock may be off."""
        response = await self._open("GET", path, None, None)
        date = response.getheader("Date")
        found = await self._read(response)
        return found, parsedate_to_datetime(date) if date else datetime.now(UTC)

    async def first_event(self, path: str, version: str, seconds: float) -> None:
        """Watch, and return at the first event after that version, at the latest after so many seconds."""
        query = {"watch": "1", "resourceVersion": version, "timeoutSeconds": str(max(1, ceil(seconds)))}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):  # also for the connection, which may lead nowhere
                response = await self._open("GET", f"{path}&{urlencode(query)}", None, None)
                try:
                    if response.status != _OK:
                        await self._read(response)
                    await response.response.content.readline()
                finally:
                    response.response.close()

    async def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None, content_type: str | None
    ) -> Body:
        return await self._read(await self._open(method, path, body, content_type))

    async def _open(
        self, method: str, path: str, body: Mapping[str, Any] | None, content_type: str | None
    ) -> Any:
        if method != "GET" and not self._reign.holds:
            raise LostError
        headers = {"Accept": "application/json", **({"Content-Type": content_type} if content_type else {})}
        request = await self._api.param_serialize(
            method=method, resource_path=path, header_params=headers, body=body, auth_settings=["BearerToken"]
        )
        with _counted(method) as answer:
            response = await self._api.call_api(*request, _request_timeout=_TIMEOUT_SECONDS)
            answer["code"] = str(response.status)
        return response

    async def _read(self, response: Any) -> Body:
        await response.read()
        return cast("Body", self._api.response_deserialize(response, {"2XX": "object"}).data)


@contextmanager
def _counted(method: str) -> Iterator[dict[str, str]]:
    """A request is the body, which notes the status of the answer in what it is given."""
    answer = {"code": "none"}
    try:
        yield answer
    finally:
        metrics.KUBERNETES_REQUESTS.labels(method, answer["code"]).inc()
