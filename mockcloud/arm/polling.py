"""Where long operations are looked at: the signed addresses, and what they answer while and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mockcloud.arm.errors import ArmError, gateway
from mockcloud.arm.routing import Route
from mockcloud.http import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockcloud.arm.call import ArmCall
    from mockcloud.operations import Operation

    Final200 = Callable[[ArmCall, Operation], Answer]

_SUB: Final = "/subscriptions/{subscription}"


def operation_of(call: ArmCall) -> Operation:
    """The operation that the address names; the signature must be the one we gave out."""
    if not call.world.signer.genuine(call.path, call.query):
        raise gateway(
            403,
            "InvalidOperationSignature",
            "The signature of the operation's address is missing or does not match the address.",
        )
    operation = call.world.operations.get(call.params["operation"])
    if operation is None:
        raise gateway(404, "OperationNotFound", f"The operation '{call.params['operation']}' was not found.")
    return operation


def again(call: ArmCall, name: str, **fixed: str) -> dict[str, str]:
    """The headers of an answer that says `still running`: the same address, signed anew."""
    return {name: call.signed(call.path, **fixed), **call.retry_after}


def failed(operation: Operation) -> ArmError | None:
    failure = operation.failure
    return None if failure is None else ArmError(failure.status, failure.code, failure.message)


def group_result(call: ArmCall) -> Answer:
    operation = operation_of(call)
    if not operation.done:
        return Answer(202, headers=again(call, "Location"))
    if (error := failed(operation)) is not None:
        raise error
    return Answer(200)


def registry_result(call: ArmCall) -> Answer:
    """Deletes answer without a body, imports with one (recorded)."""
    operation = operation_of(call)
    imports = operation.verb == "Importing"
    if not operation.done:
        body = {"status": "Accepted"} if imports else None
        return Answer(202, body, again(call, "Location"))
    if (error := failed(operation)) is not None:
        raise error
    return Answer(200, {"status": "Succeeded"} if imports else None)


def operation_status(call: ArmCall) -> Answer:
    """A status document: always 200, the resource's own word while it runs (recorded)."""
    operation = operation_of(call)
    headers = again(call, "Azure-AsyncOperation")
    if not operation.done:
        return Answer(200, {"status": operation.verb}, headers)
    if operation.failure is not None:
        error = {"code": operation.failure.code, "message": operation.failure.message}
        return Answer(200, {"status": "Failed", "error": error}, headers)
    return Answer(200, {"status": "Succeeded"}, headers)


_REGISTRY: Final = (
    _SUB + "/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}"
)
_READ: Final = "Microsoft.ContainerRegistry/registries/operationStatuses/read"

ROUTES: Final = (
    Route(
        "GET",
        _SUB + "/operationresults/{operation}",
        group_result,
        "Microsoft.Resources/subscriptions/operationresults/read",
    ),
    Route(
        "GET",
        _SUB + "/providers/Microsoft.ContainerRegistry/locations/{location}/operationResults/{operation}",
        registry_result,
        "Microsoft.ContainerRegistry/locations/operationResults/read",
    ),
    Route("GET", _REGISTRY + "/operationStatuses/{operation}", operation_status, _READ),
    Route(
        "GET",
        _REGISTRY + "/replications/{replication}/operationStatuses/{operation}",
        operation_status,
        "Microsoft.ContainerRegistry/registries/replications/operationStatuses/read",
    ),
)
