"""How a registry says no: the codes of the OCI distribution specification, with ACR's sentences."""

from __future__ import annotations

from typing import Any

from mockcloud.http import Answer


class OciError(Exception):
    """An error answer: `{"errors": [{code, message, detail}]}`."""

    def __init__(
        self, status: int, code: str, message: str, detail: Any = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.detail, self.headers = detail, headers or {}

    def answer(self) -> Answer:
        error = {"code": self.code, "message": self.message}
        if self.detail is not None:
            error["detail"] = self.detail
        return Answer(self.status, {"errors": [error]}, dict(self.headers))


def manifest_unknown(reference: str) -> OciError:
    """ACR words a missing tag and a missing digest differently."""
    if reference.startswith("sha256:"):
        return OciError(
            404, "MANIFEST_UNKNOWN", f"manifest {reference} is not found", {"Name": "", "Revision": reference}
        )
    return OciError(
        404, "MANIFEST_UNKNOWN", f'manifest tagged by "{reference}" is not found', {"Tag": reference}
    )


def repository_unknown(repository: str) -> OciError:
    return OciError(404, "NAME_UNKNOWN", f'repository "{repository}" is not found', {"name": repository})


def blob_unknown(digest: str) -> OciError:
    return OciError(404, "BLOB_UNKNOWN", "blob unknown to registry", {"Digest": digest})


def unavailable(location: str) -> OciError:
    return OciError(503, "UNAVAILABLE", f"The service in {location} is unavailable now. Please retry later.")
