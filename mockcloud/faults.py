"""Faults on demand: what `POST /_mock/faults` accepts, and which fault a request meets.

The first fault that matches, in order of creation, acts on a request. `lroError` is ours beside the usual
fields: the request is accepted as ever, and the operation that it starts ends as failed with that code. So is
`dripSeconds`: a blob's bytes come one by one, with so many seconds before each.
"""

from __future__ import annotations

import re
from typing import Any, Final, Literal

from pydantic import Field, field_validator

from mockcloud.settings import Wire

DAMAGES: Final = frozenset({"flip", "truncate", "changeAfterList"})


class LroError(Wire):
    """How the operation ends. `status` is what a `Location` poll then answers."""

    code: str
    message: str = "The operation failed."
    status: int = Field(default=409, ge=400, le=599)


class Fault(Wire):
    """`times` None acts for ever; `skip` lets the first matches pass. Expressions ignore case."""

    method: str | None = None
    path_regex: str = ""
    host_regex: str = ""
    query_regex: str = ""
    times: int | None = Field(default=1, ge=0)
    skip: int = Field(default=0, ge=0)
    status: int | None = Field(default=None, ge=100, le=599)
    error_code: str | None = None
    message: str | None = None
    body: str | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    delay_seconds: float = Field(default=0.0, ge=0)
    drip_seconds: float = Field(default=0.0, ge=0)
    reset: Literal["before", "after"] | None = None
    corrupt: Literal["flip", "truncate", "changeAfterList"] | None = None
    lro_error: LroError | None = None
    pad_mib: int = Field(default=0, ge=0, le=4096, alias="padMiB")
    gzip: bool = False

    @field_validator("path_regex", "host_regex", "query_regex")
    @classmethod
    def compiles(cls, expression: str) -> str:
        try:
            re.compile(expression)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return expression

    @property
    def answers(self) -> bool:
        """The request is answered by the fault alone, without acting."""
        return self.status is not None or self.error_code is not None or self.body is not None

    def concerns(self, method: str, host: str, path: str, query: str) -> bool:
        if self.method not in {None, "*"} and str(self.method).upper() != method:
            return False
        if not re.search(self.host_regex, host, re.IGNORECASE):
            return False
        if not re.search(self.query_regex, query, re.IGNORECASE):
            return False
        target = f"{path}?{query}" if query else path
        # Both, so that an expression may end in `$` at the end of the path or look into the query.
        return any(re.search(self.path_regex, text, re.IGNORECASE) for text in (path, target))


class _Armed:
    """A fault with what has happened to it so far."""

    __slots__ = ("fault", "hits", "id", "seen")

    def __init__(self, fault_id: str, fault: Fault) -> None:
        self.id, self.fault, self.seen, self.hits = fault_id, fault, 0, 0

    @property
    def spent(self) -> bool:
        return self.fault.times is not None and self.hits >= self.fault.times


class Faults:
    """The faults in order of creation."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []
        self._made = 0

    def add(self, fault: Fault) -> str:
        self._made += 1
        armed = _Armed(f"fault-{self._made}", fault)
        self._armed.append(armed)
        return armed.id

    def meet(
        self, method: str, host: str, path: str, query: str, *, sees: frozenset[str] = DAMAGES
    ) -> Fault | None:
        """The fault that this request meets, counted as a hit; None for a quiet request.

        `sees` are the damages that could show in it: a fault that damages waits for a request that reads.
        """
        for armed in self._armed:
            if armed.spent or not armed.fault.concerns(method, host, path, query):
                continue
            if armed.fault.corrupt is not None and armed.fault.corrupt not in sees:
                continue
            armed.seen += 1
            if armed.seen > armed.fault.skip:
                armed.hits += 1
                return armed.fault
        return None

    def wire(self) -> list[dict[str, Any]]:
        return [_told(armed) for armed in self._armed]

    def clear(self) -> None:
        self._armed.clear()

    def remove(self, fault_id: str) -> dict[str, Any] | None:
        """Take one away; what it was, and None where there is none."""
        for armed in self._armed:
            if armed.id == fault_id:
                self._armed.remove(armed)
                return _told(armed)
        return None


def _told(armed: _Armed) -> dict[str, Any]:
    return {"id": armed.id, **armed.fault.model_dump(by_alias=True, mode="json"), "hits": armed.hits}
