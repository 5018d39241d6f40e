"""Where the operator of a local world answers admission reviews: address, certificate, authority."""

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hack.controlplane.certificates import Authority
from hack.controlplane.ports import free_ports, is_free

HOST = "127.0.0.1"
PATH_ANNOTATION = "mlregistry.io/webhook-path"
DEFAULT_PATH = "/validate"
PORT_FILE = "port.json"


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """A port and a folder with `tls.crt`, `tls.key` and `ca.crt`."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}"

    @property
    def certificate(self) -> Path:
        return self.folder / "tls.crt"

    @property
    def key(self) -> Path:
        return self.folder / "tls.key"

    @property
    def ca(self) -> Path:
        return self.folder / "ca.crt"

    def on_free_port(self) -> "WebhookEndpoint":
        """This endpoint, on another port where somebody else listens on its own."""
        if is_free(self.port):
            return self
        _choose_port(self.folder)
        return webhook_endpoint(self.folder)

    def configured(self, shipped: dict[str, Any]) -> dict[str, Any]:
        """The shipped ValidatingWebhookConfiguration, made to ask here."""
        path = shipped["metadata"].get("annotations", {}).get(PATH_ANNOTATION, DEFAULT_PATH)
        ca_bundle = base64.b64encode(self.ca.read_bytes()).decode("ascii")
        client = {"url": f"{self.url}{path}", "caBundle": ca_bundle}
        return shipped | {"webhooks": [one | {"clientConfig": client} for one in shipped["webhooks"]]}


def webhook_endpoint(folder: Path) -> WebhookEndpoint:
    """The endpoint of a folder: made when first asked for, the same ever after."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / PORT_FILE).exists():
        authority = Authority("local webhook")
        authority.server("mlregistry-operator", [HOST, "localhost"]).save(folder, "tls")
        (folder / "ca.crt").write_bytes(authority.certificate)
        _choose_port(folder)
    return WebhookEndpoint(folder, json.loads((folder / PORT_FILE).read_text("utf-8")))


def _choose_port(folder: Path) -> None:
    (folder / PORT_FILE).write_text(json.dumps(free_ports(1)[0]), "utf-8")
