"""Every request comes in here: what is due is settled, faults act, a plane answers, the audit log gets a
line.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Final

from aiohttp import web

from mockcloud.faults import DAMAGES
from mockcloud.http import JSON, Answer, Call
from mockcloud.swelling import swollen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mockcloud.faults import Fault
    from mockcloud.http import Plane
    from mockcloud.world import World

_LOG: Final = logging.getLogger(__name__)
_UNCHANGING: Final = {"GET", "HEAD", "OPTIONS"}


class Door:
    """Serves the own interface beside Azure's planes; only the latter meet faults, latency and the audit
    log.
    """

    def __init__(
        self, world: World, interface: Plane, planes: Sequence[Plane], changed: Callable[[], None]
    ) -> None:
        self._world, self._interface, self._planes, self._changed = world, interface, planes, changed

    async def serve(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        while "//" in path:
            path = path.replace("//", "/")
        call = Call(
            request=request,
            method=request.method,
            host=request.host,
            path=path,
            raw_query=request.rel_url.raw_query_string,
            query=request.query,
        )
        self._world.settle()
        try:
            if self._interface.claims(path):
                return _response(call, await self._interface.serve(call))
            return await self._azure(call)
        finally:
            if self._world.changed or call.method not in _UNCHANGING:
                self._world.changed = False
                self._changed()

    async def _azure(self, call: Call) -> web.StreamResponse:
        arrival = time.time()
        fault = self._world.faults.meet(
            call.method, call.host, call.path, call.raw_query, sees=_damages_seen(call)
        )
        call.fault = fault
        if fault is not None and fault.delay_seconds:
            await asyncio.sleep(fault.delay_seconds)
            self._world.settle()
        if fault is not None and fault.reset == "before":
            return self._reset(call, arrival, served=0)
        plane = next(plane for plane in self._planes if plane.claims(call.path))
        answer = await self._answer(call, plane, fault)
        if fault is not None and fault.reset == "after":
            return self._reset(call, arrival, served=answer.status)
        response = _response(call, answer)
        if fault is not None:
            response.headers.update(fault.headers)
            response = await swollen(response, fault)
        self._log(call, arrival, response.status, response.status, _sent(call, response))
        return response

    async def _answer(self, call: Call, plane: Plane, fault: Fault | None) -> Answer | web.StreamResponse:
        if fault is None or not fault.answers or fault.reset is not None:
            try:
                return await plane.serve(call)
            except Exception as error:  # noqa: BLE001 a bug of ours must look to the caller like one of Azure's
                _LOG.exception("%s %s", call.method, call.path)
                return plane.refuse(call, 500, "InternalServerError", f"The mock cloud failed: {error!r}")
        await call.read()
        if self._world.settings.latency_seconds:
            await asyncio.sleep(self._world.settings.latency_seconds)
        if fault.body is not None:
            return web.Response(status=fault.status or 200, text=fault.body)
        status = fault.status or 500
        return plane.refuse(call, status, fault.error_code or "InternalServerError", fault.message)

    def _reset(self, call: Call, arrival: float, *, served: int) -> web.StreamResponse:
        self._log(call, arrival, 0, served, call.bytes_out or 0)
        if call.request.transport is not None:
            call.request.transport.abort()
        return web.Response(status=502)

    def _log(self, call: Call, arrival: float, status: int, served: int, bytes_out: int) -> None:
        self._world.audit.append(
            time=arrival,
            method=call.method,
            host=call.host,
            path=call.path,
            query=call.raw_query,
            status=status,
            served_status=served,
            bytes_in=call.bytes_in,
            bytes_out=bytes_out,
            principal_id=call.principal_id,
            client_request_id=call.header("x-ms-client-request-id"),
        )


def _response(call: Call, answer: Answer | web.StreamResponse) -> web.StreamResponse:
    if isinstance(answer, web.StreamResponse):
        return answer
    body = answer.encoded(call.host)
    kind = answer.content_type or (JSON if body else None)
    headers = {**answer.headers, "Content-Type": kind} if kind else answer.headers
    response = web.Response(status=answer.status, body=body or None, headers=headers)
    if kind is None:
        # aiohttp would name a type for nothing at all.
        response.headers.popall("Content-Type", None)
    return response


def _damages_seen(call: Call) -> frozenset[str]:
    """What a fault could damage here: content that is read or copied, or what changes after it was listed."""
    if call.header("x-ms-copy-source"):
        return DAMAGES
    if call.query.get("comp") == "list":
        return frozenset({"changeAfterList"})
    reads = call.method == "GET" and not {"comp", "restype", "api-version"} & call.query.keys()
    return DAMAGES if reads else frozenset()


def _sent(call: Call, response: web.StreamResponse) -> int:
    if call.bytes_out is not None or call.method == "HEAD":
        return call.bytes_out or 0
    body = response.body if isinstance(response, web.Response) else None
    return len(body) if isinstance(body, bytes) else (response.content_length or 0)
