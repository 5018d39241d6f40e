"""The log of every request that was not for `/_mock`: what call budgets and fault tests are judged by."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEPT: Final = 50_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One finished request. `time` is its arrival (epoch seconds). `status` 0 says the connection was reset:
    `served_status` is what would have been answered then, 0 where the request was not looked at.
    """

    n: int
    time: float
    method: str
    host: str
    path: str
    query: str
    status: int
    served_status: int
    bytes_in: int
    bytes_out: int
    principal_id: str | None
    client_request_id: str | None

    def wire(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "time": self.time,
            "method": self.method,
            "host": self.host,
            "path": self.path,
            "query": self.query,
            "status": self.status,
            "servedStatus": self.served_status,
            "bytesIn": self.bytes_in,
            "bytesOut": self.bytes_out,
            "principalId": self.principal_id,
            "clientRequestId": self.client_request_id,
        }


class Audit:
    """Entries are numbered as requests finish, so that asking again with the last `n` misses none."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=_KEPT)
        self.next = 1

    def append(self, **fields: Any) -> Entry:
        entry = Entry(n=self.next, **fields)
        self.next += 1
        self._entries.append(entry)
        return entry

    def since(self, n: int) -> Iterator[Entry]:
        newer = min(len(self._entries), max(0, self.next - 1 - n))
        return reversed(tuple(islice(reversed(self._entries), newer)))

    def clear(self) -> None:
        """Empty the log; numbering goes on."""
        self._entries.clear()
