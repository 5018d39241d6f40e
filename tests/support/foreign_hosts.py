"""A host of somebody's own: HTTPS on loopback, with a certificate that the cloud's authority has signed.

It stands for whatever an author can name or an answer can lead to. What matters is who comes: every
connection is counted, every request kept.
"""

import shutil
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from mockcloud.certificates import certificates


@dataclass(slots=True)
class ForeignHost:
    """`visits` counts connections; `secrets` are tokens and signatures that came with `requests`."""

    port: int = 0
    visits: int = 0
    requests: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """As lists of hosts have it."""
        return f"localhost:{self.port}"

    @property
    def url(self) -> str:
        return f"https://{self.name}"

    def hear(self, method: str, path: str, token: str | None) -> None:
        self.requests.append(f"{method} {path.partition('?')[0]}")
        if token or "sig=" in path:
            self.secrets.append(token or path)


@contextmanager
def foreign_host(ca_file: Path, folder: Path) -> Iterator[ForeignHost]:
    """It answers 404 to everything."""
    for name in ("ca.pem", "ca.key"):
        shutil.copy(ca_file.parent / name, folder / name)
    issued = certificates(folder)
    host = ForeignHost()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            host.hear(self.command, self.path, self.headers.get("Authorization"))
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer  # noqa: N815 - the library's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Nobody reads it."""

    class Server(ThreadingHTTPServer):
        def verify_request(self, *_: object) -> bool:
            host.visits += 1
            return True

    server = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(issued.server, issued.server_key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    host.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield host
    server.shutdown()
    server.server_close()
