"""What lies below an account in the control plane: the blob service, containers, lifecycle rules."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any, Final

from mockcloud.arm.call import merged, page, timestamp, without_nulls
from mockcloud.arm.errors import ArmError, parent_not_found
from mockcloud.arm.routing import Route, verb_of
from mockcloud.arm.storage import rules
from mockcloud.arm.storage.accounts import ACCOUNT, account_id
from mockcloud.arm.storage.table import BLOB_SERVICE, MANAGEMENT_POLICY
from mockcloud.arm.storage.table import CONTAINER as CONTAINER_TABLE
from mockcloud.data.blob.immutability import has_legal_hold, retention_days
from mockcloud.http import Answer
from mockcloud.store import Resource

if TYPE_CHECKING:
    from mockcloud.arm.call import ArmCall
    from mockcloud.store import Body

SERVICE_TYPE: Final = "Microsoft.Storage/storageAccounts/blobServices"
CONTAINER_TYPE: Final = f"{SERVICE_TYPE}/containers"
POLICY_TYPE: Final = "Microsoft.Storage/storageAccounts/managementPolicies"
_SERVICE: Final = ACCOUNT + "/blobServices/default"
CONTAINER: Final = _SERVICE + "/containers/{container}"
_POLICY: Final = ACCOUNT + "/managementPolicies/default"
CONTAINER_NAME: Final = re.compile(r"^(\$root|\$web|(?=.{3,63}$)[a-z0-9](?:-?[a-z0-9])+)$")
_TEXT: Final = "text/plain; charset=utf-8"


def _parent(call: ArmCall, child_type: str) -> Resource:
    """The account, which must be there and ready before anything below it can be looked at or written."""
    account = call.world.store.get(account_id(call))
    if account is None:
        kind = child_type.removeprefix("Microsoft.Storage/")
        raise parent_not_found(verb_of(call.method), kind, account_id(call))
    if call.world.operations.on(account.id) is not None:
        raise rules.not_provisioned()
    return account


def _service_properties(account: Resource) -> Body:
    fresh: Body = BLOB_SERVICE.defaults()["properties"]
    said: Body = merged(fresh, account.hidden.get("blobService") or {})
    for policy in ("deleteRetentionPolicy", "containerDeleteRetentionPolicy"):
        if policy in said and not said[policy].get("enabled"):
            said[policy].pop("days", None)
    return said


def get_service(call: ArmCall) -> Answer:
    account = _parent(call, SERVICE_TYPE)
    return Answer(200, _service(account, _service_properties(account)))


def list_services(call: ArmCall) -> Answer:
    account = _parent(call, SERVICE_TYPE)
    return Answer(200, {"value": [_service(account, _service_properties(account))]})


def put_service(call: ArmCall) -> Answer:
    """Answers with what was sent, dressed as the resource where there were properties (recorded)."""
    account = _parent(call, SERVICE_TYPE)
    if call.body.get("properties") is None:
        return Answer(200, without_nulls(call.body))
    said = without_nulls(BLOB_SERVICE.taken(call.body)["properties"])
    if said.get("isVersioningEnabled") and account.properties.get("isHnsEnabled"):
        raise ArmError(
            409,
            "FeatureNotSupportedForAccount",
            "Blob versioning is not supported for the account, which has a hierarchical namespace.",
        )
    account.hidden["blobService"] = merged(account.hidden.get("blobService") or {}, said)
    body = _service(account, said)
    body.pop("sku")
    return Answer(200, body)


def delete_service(call: ArmCall) -> Answer:
    _parent(call, SERVICE_TYPE)
    raise ArmError(405, "HttpMethodNotAllowed", "The blob service of an account cannot be deleted.")


def _service(account: Resource, properties: Body) -> Body:
    return {
        "sku": dict(account.body["sku"]),
        "id": f"{account.id}/blobServices/default",
        "name": "default",
        "type": SERVICE_TYPE,
        "properties": properties,
    }


def make_container(account_resource_id: str, name: str, now: float) -> Resource:
    """A container as the service keeps it; both planes make them."""
    return Resource(
        {
            "id": f"{account_resource_id}/blobServices/default/containers/{name}",
            "name": name,
            "type": CONTAINER_TYPE,
            "etag": new_etag(),
            "properties": {**CONTAINER_TABLE.defaults()["properties"], "lastModifiedTime": timestamp(now)},
        }
    )


def new_etag() -> str:
    return f'"0x{uuid.uuid4().hex[:15].upper()}"'


def put_container(call: ArmCall) -> Answer:
    """201 for a new one, 200 for one that is there; properties are shown only where some were sent
    (recorded).
    """
    account, name = _parent(call, CONTAINER_TYPE), call.params["container"]
    if not CONTAINER_NAME.match(name):
        raise ArmError(400, "ContainerNameInvalid", f"{name} is not a valid container name.")
    there = call.world.store.get(call.path)
    container = there or make_container(account.id, name, call.world.now())
    said = _change_container(call, container, new=there is None)
    if there is None:
        call.world.store.put(container)
    body = {key: container.body[key] for key in ("id", "name", "type")}
    if said:
        shown = {
            key: container.properties[key]
            for key in ("deleted", "remainingRetentionDays", "hasImmutabilityPolicy", "hasLegalHold")
        }
        body["properties"] = shown | said
    return Answer(201 if there is None else 200, body, {"ETag": container.body["etag"]})


def patch_container(call: ArmCall) -> Answer:
    container = container_of(call)
    _change_container(call, container)
    return Answer(200, container.body, {"ETag": container.body["etag"]})


def get_container(call: ArmCall) -> Answer:
    container = container_of(call)
    return Answer(200, container.body, {"ETag": container.body["etag"]})


def delete_container(call: ArmCall) -> Answer:
    """Only an empty one, where something is to be kept."""
    _parent(call, CONTAINER_TYPE)
    container = call.world.store.get(call.path)
    if container is None:
        return Answer(204)
    kept = has_legal_hold(container) or retention_days(container)
    if kept and call.world.blobs.of(container).blobs:
        raise ArmError(
            409,
            "ContainerProtectedFromDeletion",
            f"The container {container.name} is protected from deletion: it holds blobs under a policy.",
        )
    call.world.store.remove(call.path)
    return Answer(200, b"", content_type=_TEXT)


def list_containers(call: ArmCall) -> Answer:
    """Each with whether it has a policy or a hold, and not with which: only the container tells that."""
    account = _parent(call, CONTAINER_TYPE)
    return Answer(
        200, page(call, [_listed(c) for c in call.world.store.children(account.id, CONTAINER_TYPE)])
    )


def _listed(container: Resource) -> Body:
    left_out = {"immutabilityPolicy", "legalHold"}
    properties = {key: said for key, said in container.properties.items() if key not in left_out}
    versions = {"immutableStorageWithVersioning": {"enabled": False}}
    policy = {"hasImmutabilityPolicy": bool(retention_days(container))}
    return {**container.body, "properties": versions | properties | policy}


def _change_container(call: ArmCall, container: Resource, *, new: bool = False) -> Any:
    wrong = CONTAINER_TABLE.misspelt(call.body)
    if wrong is not None:
        raise rules.invalid(wrong)
    said = without_nulls(CONTAINER_TABLE.taken(call.body).get("properties")) or {}
    changed = None if new else CONTAINER_TABLE.fixed_otherwise(container.body, {"properties": said})
    if changed is not None:
        name = changed.removeprefix("properties.")
        raise ArmError(
            400, "PropertyIsImmutable", f"The property '{name}' is immutable and cannot be changed."
        )
    if said:
        if "metadata" in said:
            container.properties["metadata"] = said["metadata"]
        container.body["properties"] = merged(container.properties, said)
        container.properties["lastModifiedTime"] = call.time()
        container.body["etag"] = new_etag()
    return said


def container_of(call: ArmCall) -> Resource:
    """The container of the address, or the one that its address lies in. Raises ArmError without it."""
    account = _parent(call, CONTAINER_TYPE)
    name = call.params["container"]
    container = call.world.store.get(f"{account.id}/blobServices/default/containers/{name}")
    if container is None:
        raise ArmError(
            404,
            "ContainerNotFound",
            f"The specified container does not exist.\nRequestId:{uuid.uuid4()}\nTime:{call.time()}",
        )
    return container


def put_policy(call: ArmCall) -> Answer:
    account = _parent(call, POLICY_TYPE)
    asked = without_nulls(MANAGEMENT_POLICY.taken(call.body))
    policy = (asked.get("properties") or {}).get("policy") or {}
    if not policy.get("rules"):
        raise rules.invalid("policy.rules")
    wrong = MANAGEMENT_POLICY.misspelt(call.body)
    if wrong is not None:
        raise rules.invalid(wrong)
    for rule in policy["rules"]:
        rule["definition"] = _with_points(rule.get("definition") or {})
    body = {
        "id": f"{account.id}/managementPolicies/default",
        "name": "DefaultManagementPolicy",
        "type": POLICY_TYPE,
        "properties": {"policy": policy, "lastModifiedTime": call.time()},
    }
    return Answer(200, call.world.store.put(Resource(body)).body)


def _with_points(value: Any) -> Any:
    """Numbers of days come back as `30.0` (recorded)."""
    if isinstance(value, dict):
        return {key: _with_points(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_points(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def get_policy(call: ArmCall) -> Answer:
    _parent(call, POLICY_TYPE)
    policy = call.world.store.get(call.path)
    if policy is None:
        raise ArmError(
            404,
            "ManagementPolicyNotFound",
            f"No ManagementPolicy found for account {call.params['account']}",
        )
    return Answer(200, policy.body)


def delete_policy(call: ArmCall) -> Answer:
    _parent(call, POLICY_TYPE)
    if not call.world.store.remove(call.path):
        return Answer(204)
    return Answer(200, b"", content_type=_TEXT)


ROUTES: Final = (
    Route("GET", ACCOUNT + "/blobServices", list_services, f"{SERVICE_TYPE}/read"),
    Route("GET", _SERVICE, get_service, f"{SERVICE_TYPE}/read"),
    Route("PUT", _SERVICE, put_service, f"{SERVICE_TYPE}/write", exclusive=ACCOUNT),
    Route("DELETE", _SERVICE, delete_service, f"{SERVICE_TYPE}/delete"),
    Route("GET", _SERVICE + "/containers", list_containers, f"{CONTAINER_TYPE}/read"),
    Route("GET", CONTAINER, get_container, f"{CONTAINER_TYPE}/read"),
    Route("PUT", CONTAINER, put_container, f"{CONTAINER_TYPE}/write"),
    Route("PATCH", CONTAINER, patch_container, f"{CONTAINER_TYPE}/write"),
    Route("DELETE", CONTAINER, delete_container, f"{CONTAINER_TYPE}/delete"),
    Route("GET", _POLICY, get_policy, f"{POLICY_TYPE}/read"),
    Route("PUT", _POLICY, put_policy, f"{POLICY_TYPE}/write", exclusive=ACCOUNT),
    Route("DELETE", _POLICY, delete_policy, f"{POLICY_TYPE}/delete", exclusive=ACCOUNT),
)
