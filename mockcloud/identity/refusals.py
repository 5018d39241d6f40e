"""How Entra says no: an OAuth error word, and a sentence that opens with its own number."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any


class RefusalError(Exception):
    """`code` is OAuth's word, `number` Entra's (0 where the answer carries none)."""

    def __init__(self, status: int, code: str, number: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.number, self.message = status, code, number, message


def refusal_body(refusal: RefusalError) -> dict[str, Any]:
    trace, correlation = uuid.uuid4(), uuid.uuid4()
    when = dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    if not refusal.number:
        return {"error": refusal.code, "error_description": refusal.message}
    return {
        "error": refusal.code,
        "error_description": f"AADSTS{refusal.number}: {refusal.message} Trace ID: {trace} "
        f"Correlation ID: {correlation} Timestamp: {when}",
        "error_codes": [refusal.number],
        "timestamp": when,
        "trace_id": str(trace),
        "correlation_id": str(correlation),
    }
