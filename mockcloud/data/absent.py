"""What answers where no plane serves: a plain 501 that says so.

Blob endpoints are path-style (`https://host/<account>/...`), and so are registries
(`https://host/<registry>/v2/...`): loopback needs no names, and one certificate fits all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockcloud.http import Answer

if TYPE_CHECKING:
    from mockcloud.http import Call


class AbsentPlane:
    """Claims every path that nobody else did."""

    def claims(self, path: str) -> bool:
        return path.startswith("/")

    async def serve(self, call: Call) -> Answer:
        await call.read()
        return self.refuse(call, 501, "NotImplemented", None)

    def refuse(self, call: Call, status: int, code: str, message: str | None) -> Answer:
        text = message or f"The mock cloud serves nothing at '{call.path}'."
        return Answer(status, {"error": {"code": code, "message": text}})
