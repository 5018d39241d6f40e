"""Retention policies of containers in the control plane: made unlocked, changed, locked for ever, extended.

What they forbid is the blob service's matter (`mockcloud/data/blob/immutability.py`).

Source: https://learn.microsoft.com/rest/api/storagerp/blob-containers. Its error codes are not on record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mockcloud.arm.call import without_nulls
from mockcloud.arm.errors import ArmError
from mockcloud.arm.routing import Route
from mockcloud.arm.storage.accounts import ACCOUNT
from mockcloud.arm.storage.services import CONTAINER, CONTAINER_TYPE, container_of, new_etag
from mockcloud.arm.storage.table import IMMUTABILITY_POLICY
from mockcloud.data.blob.immutability import policy_of, retention_days
from mockcloud.http import Answer

if TYPE_CHECKING:
    from mockcloud.arm.call import ArmCall
    from mockcloud.store import Body, Resource

POLICY_TYPE: Final = f"{CONTAINER_TYPE}/immutabilityPolicies"
_POLICY: Final = CONTAINER + "/immutabilityPolicies/default"
_LONGEST: Final = 146_000
_EXTENSIONS: Final = 5


def put_policy(call: ArmCall) -> Answer:
    """Make it, or change it while it is unlocked; an ETag is honoured and not needed."""
    container = container_of(call)
    _check_etag(call, container, needed=False)
    if _locked(container):
        raise _not_now("locked")
    said: Body = without_nulls(IMMUTABILITY_POLICY.taken(call.body).get("properties") or {})
    return _write(container, {**said, **_days(said), "state": "Unlocked"}, "put", call)


def get_policy(call: ArmCall) -> Answer:
    container = container_of(call)
    if not retention_days(container):
        raise ArmError(404, "ImmutabilityPolicyNotFound", "The container has no immutability policy.")
    return _shown(container)


def delete_policy(call: ArmCall) -> Answer:
    """Only an unlocked one; what is answered has no days."""
    container = container_of(call)
    _check_etag(call, container, needed=True)
    if _locked(container):
        raise _not_now("locked")
    container.properties.pop("immutabilityPolicy", None)
    container.properties["hasImmutabilityPolicy"] = False
    container.body["etag"] = new_etag()
    body = _named(container) | {
        "etag": "",
        "properties": {"immutabilityPeriodSinceCreationInDays": 0, "state": "Unlocked"},
    }
    return Answer(200, body)


def lock_policy(call: ArmCall) -> Answer:
    container = _there(call)
    return _write(container, _properties(container) | {"state": "Locked"}, "lock", call)


def extend_policy(call: ArmCall) -> Answer:
    """A locked one grows, at most five times, and does nothing else."""
    container = _there(call)
    if not _locked(container):
        raise _not_now("unlocked")
    days = _days(call.body.get("properties") or {})
    if days["immutabilityPeriodSinceCreationInDays"] < retention_days(container):
        raise _invalid("properties.immutabilityPeriodSinceCreationInDays")
    history: list[Body] = policy_of(container).get("updateHistory") or []
    if sum(entry["update"] == "extend" for entry in history) >= _EXTENSIONS:
        raise _not_now("extended five times")
    return _write(container, _properties(container) | days, "extend", call)


def _there(call: ArmCall) -> Resource:
    container = container_of(call)
    _check_etag(call, container, needed=True)
    if not retention_days(container):
        raise ArmError(404, "ImmutabilityPolicyNotFound", "The container has no immutability policy.")
    return container


def _write(container: Resource, properties: Body, update: str, call: ArmCall) -> Answer:
    history: list[Body] = policy_of(container).get("updateHistory") or []
    entry = {
        "update": update,
        **{key: said for key, said in properties.items() if key != "state"},
        "timestamp": call.time(),
        "objectIdentifier": call.principal_id,
        "tenantId": call.world.tenant_id,
    }
    container.properties["immutabilityPolicy"] = {
        "etag": new_etag(),
        "properties": properties,
        "updateHistory": [*history, entry],
    }
    container.properties["hasImmutabilityPolicy"] = True
    container.body["etag"] = new_etag()
    return _shown(container)


def _shown(container: Resource) -> Answer:
    etag = str(policy_of(container).get("etag") or "")
    body = _named(container) | {"etag": etag, "properties": _properties(container)}
    return Answer(200, body, {"ETag": etag})


def _named(container: Resource) -> Body:
    return {"id": f"{container.id}/immutabilityPolicies/default", "name": "default", "type": POLICY_TYPE}


def _properties(container: Resource) -> Body:
    policy = policy_of(container)
    properties: Body = policy.get("properties") or policy
    return {"state": "Unlocked", **properties}


def _locked(container: Resource) -> bool:
    return bool(_properties(container)["state"] == "Locked")


def _days(said: Any) -> Body:
    days = said.get("immutabilityPeriodSinceCreationInDays")
    if not isinstance(days, int) or not 1 <= days <= _LONGEST:
        raise _invalid("properties.immutabilityPeriodSinceCreationInDays")
    return {"immutabilityPeriodSinceCreationInDays": days}


def _check_etag(call: ArmCall, container: Resource, *, needed: bool) -> None:
    if call.if_match is None:
        if needed:
            raise ArmError(400, "MissingRequiredHeader", "The header If-Match must be specified.")
        return
    held = str(policy_of(container).get("etag") or "")
    if call.if_match != held and not (call.if_match == "*" and held):
        raise ArmError(
            412, "PreconditionFailed", "The condition in If-Match is not met: the policy has changed."
        )


def _not_now(state: str) -> ArmError:
    return ArmError(
        409,
        "ContainerImmutabilityPolicyLocked" if state == "locked" else "OperationNotAllowed",
        f"Operation not allowed on immutability policy with current state: it is {state}.",
    )


def _invalid(path: str) -> ArmError:
    message = f"Values for request parameters are invalid: {path}."
    return ArmError(400, "InvalidValuesForRequestParameters", message)


ROUTES: Final = (
    Route("GET", _POLICY, get_policy, f"{POLICY_TYPE}/read"),
    Route("PUT", _POLICY, put_policy, f"{POLICY_TYPE}/write", exclusive=ACCOUNT),
    Route("DELETE", _POLICY, delete_policy, f"{POLICY_TYPE}/delete", exclusive=ACCOUNT),
    Route("POST", _POLICY + "/extend", extend_policy, f"{POLICY_TYPE}/extend/action", exclusive=ACCOUNT),
    Route("POST", _POLICY + "/lock", lock_policy, f"{POLICY_TYPE}/lock/action", exclusive=ACCOUNT),
)
