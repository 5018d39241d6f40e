"""Times as the blob service writes and reads them."""

from __future__ import annotations

import datetime as dt
from email.utils import formatdate


def http_date(at: float) -> str:
    return formatdate(at, usegmt=True)


def iso(at: float) -> str:
    """To the second, as key times are written."""
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> float:
    """Epoch seconds of an ISO 8601 time; one without a zone is UTC.

    Raises:
        ValueError: it is no time.
    """
    said = dt.datetime.fromisoformat(text)
    return (said if said.tzinfo else said.replace(tzinfo=dt.UTC)).timestamp()
