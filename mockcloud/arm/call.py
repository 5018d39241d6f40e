"""One request to Azure Resource Manager, taken apart, and what a handler needs to answer it."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from mockcloud.operations import Failure, operation_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockcloud.faults import Fault
    from mockcloud.operations import Operation
    from mockcloud.store import Body, Resource
    from mockcloud.world import World


_PAGE: Final = 100


@dataclass(slots=True)
class ArmCall:
    """`params` are the parts of the path as the caller spelled them."""

    world: World
    method: str
    path: str
    host: str
    query: Mapping[str, str]
    params: dict[str, str]
    principal_id: str
    client_id: str
    body: Body = field(default_factory=dict)
    fault: Fault | None = None
    if_match: str | None = None

    @property
    def subscription(self) -> str:
        return self.params.get("subscription", "")

    @property
    def group(self) -> str:
        return self.params.get("group", "")

    @property
    def api_version(self) -> str:
        return self.query.get("api-version", "")

    @property
    def group_id(self) -> str:
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"

    @property
    def retry_after(self) -> dict[str, str]:
        return {"Retry-After": str(self.world.settings.retry_after_seconds)}

    def time(self) -> str:
        return timestamp(self.world.now())

    def begin(self, prefix: str, target: Resource, verb: str) -> Operation:
        """Start a long operation on `target`; a fault with `lroError` decides here how it will end."""
        operation = self.world.begin(operation_id(prefix), target, verb)
        if self.fault is not None and self.fault.lro_error is not None:
            error = self.fault.lro_error
            operation.failure = Failure(error.code, error.message, error.status)
        return operation

    def signed(self, path: str, **fixed: str) -> str:
        """The full address for polling this path, signed."""
        now = self.world.now()
        query = self.world.signer.query(path, {"api-version": self.api_version, **fixed}, now)
        return f"https://{self.host}{path}?{query}"

    def system_data(self, before: Body | None = None) -> Body:
        """Who made the resource and who changed it last."""
        by, when = self.client_id, zoned(self.world.now())
        made = before or {"createdBy": by, "createdByType": "Application", "createdAt": when}
        return {
            "createdBy": made["createdBy"],
            "createdByType": made["createdByType"],
            "createdAt": made["createdAt"],
            "lastModifiedBy": by,
            "lastModifiedByType": "Application",
            "lastModifiedAt": when,
        }


def page(call: ArmCall, bodies: list[Body]) -> Body:
    """One page of a list, with the address of the next. The order is Azure's own: none, but stable."""
    bodies.sort(key=lambda body: hashlib.sha256(body["id"].lower().encode()).digest())
    start = int(call.query.get("$skiptoken") or 0)
    shown: Body = {"value": bodies[start : start + _PAGE]}
    if start + _PAGE < len(bodies):
        query = urlencode({"api-version": call.api_version, "$skiptoken": start + _PAGE}, safe="$")
        shown["nextLink"] = f"https://{call.host}{call.path}?{query}"
    return shown


def timestamp(at: float) -> str:
    """Azure's way to write a time: seven digits after the point, and Z."""
    moment = dt.datetime.fromtimestamp(at, dt.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


def zoned(at: float) -> str:
    """The other way to write one, which registries have for all times but their own."""
    return timestamp(at).removesuffix("Z") + "+00:00"


def merged(old: Any, new: Any) -> Any:
    """`new` laid over `old`, objects key by key. What is null in `new` was not said."""
    if isinstance(old, dict) and isinstance(new, dict):
        result = dict(old)
        for key, value in new.items():
            if value is not None:
                result[key] = merged(old.get(key), value)
        return result
    return copy.deepcopy(without_nulls(new))


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value
