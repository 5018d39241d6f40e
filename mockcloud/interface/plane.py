"""`/_mock/...`: what a test turns and looks at. No token is asked for, and no request is logged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pydantic

from mockcloud.data.blob import interface as blobs
from mockcloud.data.images import interface as images
from mockcloud.faults import Fault
from mockcloud.http import Answer
from mockcloud.interface.resources import UnusableError, forget, patch, plant, shown
from mockcloud.principals import Principal
from mockcloud.regions import canonical, exists

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    from mockcloud.http import Call
    from mockcloud.world import World

    Handler = Callable[[Call, str, Any], Answer]

_PREFIX: Final = "/_mock"


class InterfacePlane:
    """One handler for each method and first segment; what follows the segment is handed to it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._handlers: dict[tuple[str, str], Handler] = {
            ("GET", "requests"): self._requests,
            ("DELETE", "requests"): self._clear_requests,
            ("GET", "resources"): self._resources,
            ("PATCH", "resources"): self._patch_resource,
            ("PUT", "resources"): self._put_resource,
            ("DELETE", "resources"): self._delete_resource,
            ("GET", "settings"): self._settings,
            ("PATCH", "settings"): self._patch_settings,
            ("GET", "faults"): self._faults,
            ("POST", "faults"): self._add_fault,
            ("DELETE", "faults"): self._clear_faults,
            ("GET", "regions"): self._regions,
            ("PATCH", "regions"): self._patch_region,
            ("GET", "principals"): self._principals,
            ("PUT", "principals"): self._put_principals,
        }

    def claims(self, path: str) -> bool:
        return path == _PREFIX or path.startswith(_PREFIX + "/")

    async def serve(self, call: Call) -> Answer | web.StreamResponse:
        segment, _, rest = call.path.removeprefix(_PREFIX + "/").partition("/")
        if segment == "blobs":
            return await blobs.serve(self._world, call, plant)
        raw = await call.read()
        if segment == "images":
            return images.serve(self._world, call, rest, raw)
        handler = self._handlers.get((call.method, segment))
        if handler is None:
            return self._unserved(call, segment)
        try:
            return handler(call, rest, json.loads(raw) if raw.strip() else {})
        except pydantic.ValidationError as error:
            return self.refuse(call, 400, "Invalid", str(error))
        except (ValueError, TypeError, UnusableError) as error:
            return self.refuse(call, 400, "Invalid", str(error))

    def refuse(self, _call: Call, status: int, code: str, message: str | None) -> Answer:
        return Answer(status, {"error": {"code": code, "message": message or code}})

    def _unserved(self, call: Call, segment: str) -> Answer:
        known = sorted({"blobs", "images", *(name for _, name in self._handlers)})
        status = 405 if segment in known else 404
        return self.refuse(
            call, status, "Unknown", f"{call.method} {call.path}: known are {', '.join(known)}."
        )

    def _requests(self, call: Call, _rest: str, _body: Any) -> Answer:
        since = int(call.query.get("since", "0"))
        return Answer(200, {"requests": [entry.wire() for entry in self._world.audit.since(since)]})

    def _clear_requests(self, _call: Call, _rest: str, _body: Any) -> Answer:
        self._world.audit.clear()
        return Answer(204)

    def _resources(self, call: Call, rest: str, _body: Any) -> Answer:
        if not rest:
            under = call.query.get("under", "").casefold()
            found = (one for one in self._world.store if one.id.casefold().startswith(under))
            return Answer(200, {"resources": [shown(self._world, one) for one in found]})
        resource = self._world.store.get("/" + rest)
        if resource is None:
            return self.refuse(call, 404, "NotFound", f"There is no resource /{rest}.")
        return Answer(200, shown(self._world, resource))

    def _patch_resource(self, call: Call, rest: str, body: Any) -> Answer:
        resource = self._world.store.get("/" + rest)
        if resource is None:
            return self.refuse(call, 404, "NotFound", f"There is no resource /{rest}.")
        patch(resource, body)
        return Answer(200, shown(self._world, resource))

    def _put_resource(self, _call: Call, rest: str, body: Any) -> Answer:
        return Answer(200, shown(self._world, plant(self._world, "/" + rest, body)))

    def _delete_resource(self, call: Call, rest: str, _body: Any) -> Answer:
        if not forget(self._world, "/" + rest):
            return self.refuse(call, 404, "NotFound", f"There is no resource /{rest}.")
        return Answer(204)

    def _settings(self, _call: Call, _rest: str, _body: Any) -> Answer:
        return Answer(200, self._world.settings.wire())

    def _patch_settings(self, _call: Call, _rest: str, body: Any) -> Answer:
        self._world.settings = self._world.settings.patched(body)
        return Answer(200, self._world.settings.wire())

    def _faults(self, _call: Call, _rest: str, _body: Any) -> Answer:
        return Answer(200, {"faults": self._world.faults.wire()})

    def _add_fault(self, _call: Call, _rest: str, body: Any) -> Answer:
        return Answer(201, {"id": self._world.faults.add(Fault.model_validate(body))})

    def _clear_faults(self, call: Call, rest: str, _body: Any) -> Answer:
        if not rest:
            self._world.faults.clear()
            return Answer(204)
        removed = self._world.faults.remove(rest)
        if removed is None:
            return self.refuse(call, 404, "NotFound", f"There is no fault {rest}.")
        return Answer(200, removed)

    def _regions(self, _call: Call, _rest: str, _body: Any) -> Answer:
        return Answer(200, {"unavailable": sorted(self._world.unavailable)})

    def _patch_region(self, call: Call, rest: str, body: Any) -> Answer:
        location = canonical(rest)
        if not exists(location):
            return self.refuse(call, 404, "NotFound", f"Azure has no public region {rest}.")
        if not isinstance(body.get("available"), bool):
            return self.refuse(call, 400, "Invalid", "The body is {available: bool}.")
        if body["available"]:
            self._world.unavailable.discard(location)
        else:
            self._world.unavailable.add(location)
        return Answer(200, {"location": location, "available": body["available"]})

    def _principals(self, _call: Call, _rest: str, _body: Any) -> Answer:
        return Answer(200, {"principals": [p.wire() for p in self._world.principals.all()]})

    def _put_principals(self, call: Call, rest: str, body: Any) -> Answer:
        listed = body["principals"] if isinstance(body, dict) and "principals" in body else body
        if not isinstance(listed, list):
            raise UnusableError("The body is {principals: [...]}.")
        self._world.principals.replace([Principal.model_validate(entry) for entry in listed])
        return self._principals(call, rest, body)
