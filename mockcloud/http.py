"""A request and an answer as the planes see them, between aiohttp and the cloud's own thinking."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from mockcloud.store import AUTHORITY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web

    from mockcloud.faults import Fault


JSON: Final = "application/json; charset=utf-8"


@dataclass(slots=True)
class Answer:
    """`body` None sends nothing; a mapping or list is sent as JSON with `{authority}` filled in."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str | None = None

    def encoded(self, authority: str) -> bytes:
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body).replace(AUTHORITY, authority).encode()


@dataclass(slots=True)
class Call:
    """One request on its way through. `principal_id` is filled in by the plane that learns it; `bytes_out`
    by one that streams its answer.
    """

    request: web.Request
    method: str
    host: str
    path: str
    raw_query: str
    query: Mapping[str, str]
    fault: Fault | None = None
    principal_id: str | None = None
    bytes_in: int = 0
    bytes_out: int | None = None

    @property
    def base(self) -> str:
        return f"https://{self.host}"

    def header(self, name: str) -> str | None:
        return self.request.headers.get(name)

    async def read(self) -> bytes:
        raw = await self.request.read()
        self.bytes_in = len(raw)
        return raw


class Plane(Protocol):
    """One of Azure's faces. The first plane that claims a path serves it."""

    def claims(self, path: str) -> bool: ...

    async def serve(self, call: Call) -> Answer | web.StreamResponse: ...

    def refuse(self, call: Call, /, status: int, code: str, message: str | None) -> Answer:
        """The answer with which this plane fails a request, in its own dialect (JSON, XML, OAuth)."""
        ...
