"""Storage accounts: created slowly behind a `Location`, changed and deleted at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mockcloud.arm.call import page
from mockcloud.arm.errors import ArmError, moved, resource_not_found
from mockcloud.arm.polling import again, failed, operation_of
from mockcloud.arm.routing import Route
from mockcloud.arm.storage import rules, worm
from mockcloud.arm.storage.rules import TYPE
from mockcloud.arm.storage.shape import apply, new_account, new_key, shown
from mockcloud.http import Answer
from mockcloud.regions import canonical

if TYPE_CHECKING:
    from mockcloud.arm.call import ArmCall
    from mockcloud.operations import Operation
    from mockcloud.store import Resource
    from mockcloud.world import World

_SUB: Final = "/subscriptions/{subscription}"
_PROVIDER: Final = _SUB + "/providers/Microsoft.Storage"
_LIST: Final = _SUB + "/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts"
ACCOUNT: Final = _LIST + "/{account}"


def account_id(call: ArmCall) -> str:
    return f"{call.group_id}/providers/{TYPE}/{call.params['account']}"


def account_of(call: ArmCall) -> Resource:
    account = call.world.store.get(account_id(call))
    if account is None:
        raise resource_not_found(TYPE, call.params["account"], call.group)
    return account


def put_account(call: ArmCall) -> Answer:
    name, location = call.params["account"], str(call.body.get("location") or "")
    rules.check_name(name)
    rules.check_location(location)
    existing = call.world.store.get(account_id(call))
    call.body = rules.read(call.body)
    if existing is not None:
        if existing.location != canonical(location):
            raise moved(name, call.group, existing.location, location)
        return _change(call, existing, {"tags": {}, **call.body})
    rules.check_shape(
        (call.body.get("sku") or {}).get("name"), call.body.get("kind"), call.body.get("properties") or {}
    )
    worm.check_new(call.body.get("properties") or {})
    rules.check_taken(call, name)
    rules.check_identity(call, account_id(call))
    rules.check_quota(call, canonical(location))
    account = call.world.store.put(new_account(call.world, account_id(call), call.body))
    operation = call.begin("", account, "Creating")
    path = f"/subscriptions/{call.subscription}/providers/Microsoft.Storage/locations/{account.location}"
    headers = {
        "Location": call.signed(f"{path}/asyncoperations/{operation.id}", monitor="true"),
        **call.retry_after,
    }
    return Answer(202, b"", headers, content_type="text/plain; charset=utf-8")


def patch_account(call: ArmCall) -> Answer:
    account = account_of(call)
    call.body = rules.read(call.body)
    return _change(call, account, call.body)


def _change(call: ArmCall, account: Resource, body: dict[str, object]) -> Answer:
    if call.world.operations.on(account.id) is not None:
        raise rules.in_progress()
    rules.check_change(account, body)
    rules.check_identity(call, account.id)
    apply(call.world, account, body)
    return Answer(200, shown(call.world, account))


def get_account(call: ArmCall) -> Answer:
    return Answer(200, shown(call.world, account_of(call)))


def delete_account(call: ArmCall) -> Answer:
    """At once; 204 where there was none, whatever the name looks like (recorded)."""
    account = call.world.store.get(account_id(call))
    if account is None:
        return Answer(204)
    if call.world.operations.on(account.id) is not None:
        raise rules.in_progress()
    rules.check_nothing_is_kept(call.world, account)
    call.world.store.remove(account.id)
    return Answer(200, b"", content_type="text/plain; charset=utf-8")


def list_accounts(call: ArmCall) -> Answer:
    prefix = (call.group_id if call.group else f"/subscriptions/{call.subscription}").lower() + "/"
    found = [shown(call.world, a) for a in call.world.store.of_type(TYPE) if a.key.startswith(prefix)]
    return Answer(200, page(call, found))


def list_keys(call: ArmCall) -> Answer:
    account = account_of(call)
    if call.world.operations.on(account.id) is not None:
        raise rules.not_provisioned()
    return _keys(account)


def regenerate_key(call: ArmCall) -> Answer:
    account, name = account_of(call), str(call.body.get("keyName") or "")
    if name not in account.hidden["keys"]:
        raise ArmError(
            400, "InvalidValuesForRequestParameters", "Values for request parameters are invalid: keyName."
        )
    account.hidden["keys"][name] = new_key(call.time())
    account.properties["keyCreationTime"][name] = call.time()
    return _keys(account)


def _keys(account: Resource) -> Answer:
    keys = account.hidden["keys"].items()
    found = [
        {"creationTime": key["creationTime"], "keyName": name, "value": key["value"], "permissions": "FULL"}
        for name, key in keys
    ]
    return Answer(200, {"keys": found}, {"x-ms-ratelimit-remaining-subscription-resource-requests": "11999"})


def check_name_availability(call: ArmCall) -> Answer:
    name = str(call.body.get("name") or "")
    if not rules.name_is_valid(name):
        message = (
            f"{name} is not a valid storage account name. Storage account name must be between 3 "
            "and 24 characters in "
            "length and use numbers and lower-case letters only."
        )
        return Answer(200, {"nameAvailable": False, "reason": "AccountNameInvalid", "message": message})
    if any(account.name == name for account in call.world.store.of_type(TYPE)):
        message = f"The storage account named {name} is already taken."
        return Answer(200, {"nameAvailable": False, "reason": "AlreadyExists", "message": message})
    return Answer(200, {"nameAvailable": True})


def create_result(call: ArmCall) -> Answer:
    """202 with a fresh address until it is over, then what a finished PUT would have answered."""
    operation = operation_of(call)
    if not operation.done:
        headers = again(call, "Location", monitor="true")
        return Answer(202, b"", headers, content_type="text/plain; charset=utf-8")
    if (error := failed(operation)) is not None:
        raise error
    account = call.world.store.get(operation.target)
    if account is None:
        raise ArmError(404, "ResourceNotFound", f"The resource '{operation.target}' was not found.")
    return Answer(200, shown(call.world, account))


def finish(world: World, operation: Operation) -> None:
    """A create that failed leaves nothing behind but the error at its address."""
    account = world.store.get(operation.target)
    if account is None:
        return
    if operation.failure is not None:
        world.store.remove(account.id)
        return
    account.properties["provisioningState"] = "Succeeded"


ROUTES: Final = (
    Route(
        "POST",
        _PROVIDER + "/checkNameAvailability",
        check_name_availability,
        "Microsoft.Storage/checknameavailability/read",
        verb_class="reads",
    ),
    Route(
        "GET",
        _PROVIDER + "/locations/{location}/asyncoperations/{operation}",
        create_result,
        "Microsoft.Storage/locations/asyncoperations/read",
    ),
    Route("GET", _PROVIDER + "/storageAccounts", list_accounts, f"{TYPE}/read"),
    Route("GET", _LIST, list_accounts, f"{TYPE}/read"),
    Route("GET", ACCOUNT, get_account, f"{TYPE}/read"),
    Route("PUT", ACCOUNT, put_account, f"{TYPE}/write", exclusive=ACCOUNT),
    Route("PATCH", ACCOUNT, patch_account, f"{TYPE}/write", exclusive=ACCOUNT),
    Route("DELETE", ACCOUNT, delete_account, f"{TYPE}/delete", exclusive=ACCOUNT),
    Route("POST", ACCOUNT + "/listKeys", list_keys, f"{TYPE}/listkeys/action"),
    Route("POST", ACCOUNT + "/regenerateKey", regenerate_key, f"{TYPE}/regeneratekey/action"),
)
