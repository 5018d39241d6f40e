"""Plain requests to a mock cloud's control plane as its owner, over one connection and without an SDK."""

import http.client
import json
import ssl
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from mockcloud import defaults
from mockcloud.server import MockCloudThread

VERSIONS: Final = {
    "Microsoft.Storage": "2026-09-01",
    "Microsoft.ContainerRegistry": "2025-11-01",
    "Microsoft.Authorization": "2022-04-01",
}
_OTHERS: Final = "2022-12-01"


class Owner:
    """Called with method, path and body; answers status and body."""

    def __init__(self, cloud: MockCloudThread) -> None:
        where = urlsplit(cloud.url)
        tls = ssl.create_default_context(cafile=str(cloud.ca_file))
        self._connection = http.client.HTTPSConnection(
            where.hostname or "", where.port, context=tls, timeout=10
        )
        form = {
            "grant_type": "client_credentials",
            "client_id": defaults.OWNER_CLIENT_ID,
            "client_secret": defaults.OWNER_CLIENT_SECRET,
            "scope": f"{cloud.url}/.default",
        }
        _, granted = self._ask("POST", f"/{cloud.tenant_id}/oauth2/v2.0/token", urlencode(form), {})
        self._headers = {"Authorization": f"Bearer {granted['access_token']}"}

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        provider = path.partition("?")[0].rpartition("/providers/")[2]
        namespace, _, rest = provider.partition("/")
        version = _OTHERS if rest in {"register", "unregister"} else VERSIONS.get(namespace, _OTHERS)
        whole = f"{path}{'&' if '?' in path else '?'}api-version={version}"
        return self._ask(method, whole, None if body is None else json.dumps(body), self._headers)

    def close(self) -> None:
        self._connection.close()

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, Any]:
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        said = answer.read()
        return answer.status, json.loads(said) if said else None
