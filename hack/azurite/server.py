"""Azurite's blob service as a process, over HTTPS, in memory, with accounts of ours."""

import http.client
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from hack.azurite.installation import node, program
from hack.controlplane.ports import free_ports
from hack.world.servers import Server
from mockcloud.certificates import certificates

READY_SECONDS: Final = 60.0
_OPTIONS: Final = ("--inMemoryPersistence", "--loose", "--skipApiVersionCheck", "--disableTelemetry")


class Azurite:
    """One Azurite on a free port; `keys` are its accounts' base64 keys by account. It trusts its own
    certificate, because it reads the source of a copy over HTTPS.
    """

    def __init__(self, folder: Path, keys: Mapping[str, str]) -> None:
        self.keys = dict(keys)
        self.server = Server("azurite", folder)
        self.port = free_ports(1)[0]
        self.url = f"https://127.0.0.1:{self.port}"
        self._certificates = certificates(folder)

    @property
    def ca_file(self) -> Path:
        return self._certificates.ca

    def start(self) -> None:
        """Start it, and return when it answers. Raises WorldError."""
        cert, key = self._certificates.server, self._certificates.server_key
        where = ("--blobPort", str(self.port))
        tls = ("--oauth", "basic", "--cert", cert, "--key", key)
        self.server.launch(
            [node(), program(), *where, *tls, *_OPTIONS],
            {
                "AZURITE_ACCOUNTS": ";".join(f"{name}:{value}" for name, value in self.keys.items()),
                "NODE_EXTRA_CA_CERTS": str(self.ca_file),
            },
        )
        self.server.wait_until(self._answers, READY_SECONDS)

    def stop(self) -> None:
        self.server.stop()

    def _answers(self) -> bool:
        context = ssl.create_default_context(cafile=str(self.ca_file))
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=5)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status > 0
        except OSError:  # it does not listen yet
            return False
        finally:
            connection.close()
