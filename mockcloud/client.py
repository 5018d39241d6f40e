"""A small blocking client for the mock cloud's own interface, for tests and tools."""

from __future__ import annotations

import http.client
import json
import re
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Body = dict[str, Any]
# A first look at a blob of many GiB adds its bytes up.
_PATIENCE: Final = 60.0
_WRITES: Final = {"PUT", "PATCH", "POST", "DELETE"}
# POST is also how Azure reads what a GET must not show.
_READS_BY_POST: Final = re.compile(
    r"/(checkNameAvailability|listKeys|listCredentials|listAccountSas|listServiceSas)$", re.IGNORECASE
)
_CONTROL_PLANE: Final = re.compile(r"^/(subscriptions|providers)(/|$)", re.IGNORECASE)


class MockCloudError(Exception):
    """The mock cloud refused a request to its own interface, with this HTTP status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


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

    def remove_fault(self, fault_id: str) -> Body:
        """Take one fault away; what it was, with its hits."""
        return self._ask("DELETE", f"/faults/{fault_id}")

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

    def resources(self, resource_type: str | None = None, *, under: str = "") -> list[Body]:
        """All ARM resources, or those of one type, or with ids that begin so (without regard to case)."""
        found = list(self._ask("GET", f"/resources?{urlencode({'under': under})}")["resources"])
        wanted = (resource_type or "").lower()
        return [body for body in found if not wanted or body["type"].lower() == wanted]

    def resource(self, resource_id: str) -> Body | None:
        """One of them, None where there is none."""
        try:
            return self._ask("GET", "/resources" + resource_id)
        except MockCloudError as error:
            if error.status == http.client.NOT_FOUND:
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

    def images(self, registry: str) -> list[Body]:
        """All image manifests of a registry, by region; of all hosts outside for `external`."""
        return list(self._ask("GET", f"/images/{registry}")["images"])

    def get_image(self, registry: str, location: str, repository: str, reference: str) -> bytes | None:
        """A manifest as it lies in that region, None where there is none."""
        try:
            return self._send("GET", _image(registry, location, repository, reference))
        except MockCloudError as error:
            if error.status == http.client.NOT_FOUND:
                return None
            raise

    def put_image(
        self, registry: str, location: str, repository: str, reference: str, manifest: Body | bytes
    ) -> str:
        """Plant a manifest in that region alone, under a digest or a tag; its digest.

        With `external` as the registry, and a host as the location, it is what an import can find there.
        """
        raw = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
        said = self._send("PUT", _image(registry, location, repository, reference), raw)
        return str(json.loads(said)["digest"])

    def host_accounts(self, host: str, accounts: list[Body] | None) -> None:
        """Let nobody pull from a host outside but these users; None lets everybody in again.

        Each has `username`, `password` and `repositories`: prefixes of what the user may pull, all if none.
        """
        if accounts is None:
            self._send("DELETE", f"/images/external/{host}")
        else:
            self._send("PUT", f"/images/external/{host}", json.dumps({"accounts": accounts}).encode())

    def delete_image(self, registry: str, location: str, repository: str, reference: str) -> None:
        self._send("DELETE", _image(registry, location, repository, reference))

    def blobs(self, account: str) -> list[Body]:
        """Every blob of an account: `container`, `name`, `size`, `md5` (hexadecimal), `committed`,
        `uncommittedBlocks`. What only has blocks waiting has size 0 and no MD5.
        """
        return list(self._ask("GET", f"/blobs/{account}")["blobs"])

    def get_blob(self, account: str, container: str, path: str) -> bytes | None:
        """The bytes as they lie, None where there is no such blob."""
        try:
            return b"".join(self.blob_chunks(account, container, path))
        except MockCloudError as error:
            if error.status == http.client.NOT_FOUND:
                return None
            raise

    def blob_chunks(self, account: str, container: str, path: str) -> Iterator[bytes]:
        """The same in parts of at most 1 MiB, for what is larger than memory."""
        with self._exchange("GET", _blob(account, container, path)) as response:
            while chunk := response.read(1 << 20):
                yield chunk

    def put_blob(
        self,
        account: str,
        container: str,
        path: str,
        data: bytes | None = None,
        *,
        size: int | None = None,
        **options: str,
    ) -> None:
        """Plant bytes, or a patterned blob of this size that takes no memory.

        Account and container are made where they are missing. `options`: `seed` (another one makes other
        bytes), and for an account that is made `location`, `group`, and `hns="true"`.
        """
        if (data is None) == (size is None):
            raise ValueError("either data or size")
        query = urlencode({**options, **({} if size is None else {"size": str(size)})})
        with self._exchange("PUT", f"{_blob(account, container, path)}?{query}", data or b""):
            pass

    def delete_blob(self, account: str, container: str, path: str) -> None:
        with self._exchange("DELETE", _blob(account, container, path)):
            pass

    def _ask(self, method: str, path: str, body: Body | None = None) -> Body:
        raw = self._send(method, path, None if body is None else json.dumps(body).encode())
        found: Body = json.loads(raw) if raw else {}
        return found

    def _send(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """Bytes out, bytes back. Raises `MockCloudError` for a refusal."""
        target, _, query = path.partition("?")
        address = quote(target) + (f"?{query}" if query else "")
        kind = {"Content-Type": "application/json"}
        with self._exchange(method, address, body, kind) as response:
            return response.read()

    @contextmanager
    def _exchange(
        self, method: str, address: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Iterator[http.client.HTTPResponse]:
        """One request to an address that is escaped already. Raises `MockCloudError` for a refusal."""
        connection = http.client.HTTPSConnection(self._host, self._port, timeout=_PATIENCE, context=self._tls)
        try:
            connection.request(method, f"/_mock{address}", body, headers or {})
            response = connection.getresponse()
            if response.status >= http.client.BAD_REQUEST:
                said = response.read().decode(errors="replace")
                raise MockCloudError(f"{method} /_mock{address}: {response.status} {said}", response.status)
            yield response
        finally:
            connection.close()


def is_write(entry: Body) -> bool:
    """Did this request of the audit log mean to change something?"""
    return entry["method"] in _WRITES and not _READS_BY_POST.search(entry["path"])


def _blob(account: str, container: str, path: str) -> str:
    return f"/blobs/{quote(account)}/{quote(container)}/{quote(path)}"


def _image(registry: str, location: str, repository: str, reference: str) -> str:
    return f"/images/{registry}/{location}/{repository}/{reference}"
