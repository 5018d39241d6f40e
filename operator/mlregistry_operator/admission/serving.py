"""The certificate that the webhook serves: replaced in place, and never by one that cannot be served.

New connections see the new certificate, those that are open go on with the old one: nobody is refused.
"""

import asyncio
import logging
import math
import os
import ssl
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

from mlregistry_operator.domain.certificates import Rotation
from mlregistry_operator.kube.ports import CertificateSource, ClusterError, ConflictError

Tell = Callable[[str | None], None]
_LOOK_SECONDS: Final = 1.0
_SETTLE_SECONDS: Final = 2.0
_AGAIN_SECONDS: Final = 0.2
_log = logging.getLogger(__name__)


class ServedCertificate:
    """The TLS context of the webhook. Without a certificate yet, connections fail."""

    def __init__(self) -> None:
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._served: tuple[bytes, bytes] | None = None

    @property
    def serves(self) -> bool:
        return self._served is not None

    def serve(self, certificate: bytes, key: bytes) -> bool:
        """Serve this pair (PEM) from now on. False where it is served already.

        Raises:
            ssl.SSLError: it is no pair; what was served before is served on.
        """
        if self._served == (certificate, key):
            return False
        _load(ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), certificate, key)
        _load(self.context, certificate, key)
        self._served = (certificate, key)
        return True


def _load(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """The library reads files alone. This one is in memory: no key on a disk, and no disk that is full."""
    handle = os.memfd_create("certificate", os.MFD_CLOEXEC)
    try:
        os.write(handle, certificate + b"\n" + key)
        # A key with a password would otherwise be asked for at the terminal.
        context.load_cert_chain(f"/proc/self/fd/{handle}", password=lambda: b"")
    finally:
        os.close(handle)


async def follow_files(served: ServedCertificate, certificate: Path, key: Path, tell: Tell) -> None:
    """Serve what lies in two files, whenever they change. Never returns and never raises.

    `tell` hears why there is nothing to serve yet, and None once there is.
    """
    told = ""
    while True:
        trouble = _take_up(served, certificate, key)
        if trouble is None:
            tell(None)
        elif not served.serves:
            tell(trouble)
        if trouble and trouble != told:
            kept = "the last good one is served on" if served.serves else "nothing is served"
            _log.error("the webhook's certificate cannot be used", extra={"error": trouble, "outcome": kept})
        told = trouble or ""
        await asyncio.sleep(_LOOK_SECONDS)


def _take_up(served: ServedCertificate, certificate: Path, key: Path) -> str | None:
    """Serve the files as they are now; what is wrong with them, None where nothing is."""
    try:
        if served.serve(certificate.read_bytes(), key.read_bytes()):
            _log.info("the webhook serves another certificate", extra={"file": str(certificate)})
    except ssl.SSLError as error:
        return f"{certificate} and {key} are no certificate with its key: {error.reason or error}"
    except OSError as error:
        return f"{error.filename or certificate} cannot be read: {error.strerror or error}"
    return None


class Following:
    """Serves what all replicas share, and has it renewed in time.

    Another certificate is served only after the API server has been told of it and had a moment to hear of
    it; the first one at once. `tell` hears why the webhook cannot be asked yet, and None once it can.
    """

    def __init__(
        self, served: ServedCertificate, source: CertificateSource, rotation: Rotation, tell: Tell
    ) -> None:
        self._served, self._source, self._rotation, self._tell = served, source, rotation, tell
        self._trusted: tuple[bytes, float] = (b"", math.inf)
        self._last_look = time.monotonic()
        self._trouble = ""
        self._has_been_asked = False

    async def run(self) -> None:
        """Look again and again. Never returns and never raises."""
        while True:
            try:
                seconds = await self._look()
            except Exception as error:  # noqa: BLE001 - what is served is served on
                _log.exception("a look at the webhook's certificate failed unexpectedly")
                self._failed(f"a defect of the operator ({type(error).__name__})")
                seconds = _SETTLE_SECONDS
            await asyncio.sleep(seconds)

    async def _look(self) -> float:
        """Seconds until the next look."""
        try:
            found = await self._source.look()
        except ConflictError:
            return _AGAIN_SECONDS
        except ClusterError as error:
            self._failed(str(error))
            return _SETTLE_SECONDS
        now = self._last_look = time.monotonic()
        self._trouble = ""
        if not found.trusted:
            self._trusted = (found.certificate, math.inf)
        elif self._trusted[0] != found.certificate or self._trusted[1] > now:
            self._trusted = (found.certificate, now)
        settled = now - self._trusted[1] >= _SETTLE_SECONDS
        if (settled or not self._served.serves) and self._served.serve(found.certificate, found.key):
            _log.info("the webhook serves another certificate", extra={"ends": found.ends.isoformat()})
        self._has_been_asked |= settled
        waits = "the API server is being told of the webhook's certificate"
        self._tell(None if self._has_been_asked else waits)
        return self._rotation.look / timedelta(seconds=1) if settled else _SETTLE_SECONDS

    def _failed(self, trouble: str) -> None:
        """Once the others may serve another certificate than this replica knows, it is not ready."""
        if trouble != self._trouble:
            _log.error("the webhook's certificate cannot be looked after", extra={"error": trouble})
        self._trouble = trouble
        late = time.monotonic() - self._last_look > self._rotation.overlap / timedelta(seconds=1)
        if late or not self._served.serves:
            self._tell(trouble)
