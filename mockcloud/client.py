"""A small blocking client for the mock cloud's own interface, for tests and tools."""

from __future__ import annotations

import http.client
import json
import re
import ssl
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from pathlib import Path

Body = dict[str, Any]
_WRITES: Final = {"PUT", "PATCH", "POST", "DELETE"}
# POST is also how Azure reads what a GET must not show.
_READS_BY_POST: Final = re.compile(
    r"/(checkNameAvailability|listKeys|listCredentials|listAccountSas|listServiceSas)$", re.IGNORECASE
)
_CONTROL_PLANE: Final = re.compile(r"^/(subscriptions|providers)(/|$)", re.IGNORECASE)


class MockCloudError(Exception):
    """The mock cloud refused a request to its own interface."""


class MockClient:
    """Each call is one request; `url` and `ca_file` are what the cloud publishes."""

    def __init__(self, url: str, ca_file: str | Path) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 443
        self._tls = ssl.create_default_context(cafile=str(ca_file))

    def settings(self, **changes: Any) -> Body:
        """All settings, after these were changed (camelCase, as on the wire)."""
        return self._ask("PATCH", "/settings", changes) if changes else self._ask("GET", "/settings")

    def fault(self, **fault: Any) -> str:
        """Add a fault (camelCase, as on the wire); its id."""
        return str(self._ask("POST", "/faults", fault)["id"])

    def faults(self) -> list[Body]:
        return list(self._ask("GET", "/faults")["faults"])

    def clear_faults(self) -> None:
        self._ask("DELETE", "/faults")

    def requests(self, since: int = 0) -> list[Body]:
        """Audit entries after number `since`."""
        return list(self._ask("GET", f"/requests?since={since}")["requests"])

    def clear_requests(self) -> None:
        self._ask("DELETE", "/requests")

    def last_request(self) -> int:
        """The number to ask `since` with for what comes from now on."""
        return max((entry["n"] for entry in self.requests()), default=0)

    def arm_writes(self, since: int = 0) -> list[Body]:
        """Requests to the control plane that meant to change something, whatever came of them."""
        return [entry for entry in self.arm_requests(since) if is_write(entry)]

    def arm_requests(self, since: int = 0) -> list[Body]:
        return [entry for entry in self.requests(since) if _CONTROL_PLANE.match(entry["path"])]

    def resources(self, resource_type: str | None = None) -> list[Body]:
        """All ARM resources, or those of one type (without regard to case)."""
        found = list(self._ask("GET", "/resources")["resources"])
        wanted = (resource_type or "").lower()
        return [body for body in found if not wanted or body["type"].lower() == wanted]

    def resource(self, resource_id: str) -> Body | None:
        """One of them, None where there is none."""
        try:
            return self._ask("GET", "/resources" + resource_id)
        except MockCloudError as error:
            if "404" in str(error):
                return None
            raise

    def patch_resource(self, resource_id: str, changes: Body) -> Body:
        """Merge patch behind the operator's back; null deletes."""
        return self._ask("PATCH", "/resources" + resource_id, changes)

    def put_resource(self, resource_id: str, body: Body | None = None) -> Body:
        """Plant a resource; what the body leaves out the service adds."""
        return self._ask("PUT", "/resources" + resource_id, body or {})

    def delete_resource(self, resource_id: str) -> None:
        self._ask("DELETE", "/resources" + resource_id)

    def region(self, location: str, *, available: bool) -> None:
        self._ask("PATCH", f"/regions/{location}", {"available": available})

    def principals(self, replace: list[Body] | None = None) -> list[Body]:
        """Who exists, after the list was replaced where one is given."""
        if replace is None:
            return list(self._ask("GET", "/principals")["principals"])
        return list(self._ask("PUT", "/principals", {"principals": replace})["principals"])

    def _ask(self, method: str, path: str, body: Body | None = None) -> Body:
        target, _, query = path.partition("?")
        address = "/_mock" + quote(target) + (f"?{query}" if query else "")
        connection = http.client.HTTPSConnection(self._host, self._port, timeout=30, context=self._tls)
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(method, address, sent, {"Content-Type": "application/json"})
            response = connection.getresponse()
            raw = response.read()
        finally:
            connection.close()
        if response.status >= http.client.BAD_REQUEST:
            raise MockCloudError(f"{method} {address}: {response.status} {raw.decode(errors='replace')}")
        found: Body = json.loads(raw) if raw else {}
        return found


def is_write(entry: Body) -> bool:
    """Did this request of the audit log mean to change something?"""
    return entry["method"] in _WRITES and not _READS_BY_POST.search(entry["path"])
