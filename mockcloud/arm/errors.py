"""How Azure Resource Manager says no, and the sentences that go with its codes.

`cause` fills `x-ms-failure-cause`: `gateway` where the gateway itself refuses, `service` where it could not
reach a provider, nothing where a provider refused.
"""

from __future__ import annotations

from typing import Any, Final

from mockcloud.http import Answer


class ArmError(Exception):
    """An error answer. `more` joins the error object (`target`, `details`, `additionalInfo`)."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        cause: str | None = None,
        more: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        outer: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.cause, self.more, self.headers, self.outer = cause, more or {}, headers or {}, outer or {}

    def answer(self) -> Answer:
        headers = {**self.headers}
        if self.cause is not None:
            headers["x-ms-failure-cause"] = self.cause
        error = {"code": self.code, "message": self.message, **self.more}
        return Answer(self.status, {"error": error, **self.outer}, headers)


def gateway(status: int, code: str, message: str, **more: Any) -> ArmError:
    return ArmError(status, code, message, cause="gateway", more=more or None)


def group_not_found(group: str) -> ArmError:
    return gateway(404, "ResourceGroupNotFound", f"Resource group '{group}' could not be found.")


def resource_not_found(resource_type: str, name: str, group: str) -> ArmError:
    return gateway(
        404,
        "ResourceNotFound",
        f"The Resource '{resource_type}/{name}' under resource group '{group}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    )


def parent_not_found(verb: str, child_type: str, parent_id: str) -> ArmError:
    return gateway(
        404,
        "ParentResourceNotFound",
        f"Failed to perform '{verb}' on resource(s) of type '{child_type}', because the parent resource "
        f"'{parent_id}' could not be found.",
    )


def moved(name: str, group: str, existing: str, asked: str) -> ArmError:
    return gateway(
        409,
        "InvalidResourceLocation",
        f"The resource '{name}' already exists in location '{existing}' in resource group "
        f"'{group}'. A resource "
        f"with the same name cannot be created in location '{asked}'. Please select a new resource name.",
    )


# What a fault says when the test names only a code: the sentence on record for it.
_THROTTLED: Final = (
    "Number of requests for subscription '{subscription}' and operation '{operation}' exceeded the backend "
    "storage limit. Please try again after '{seconds}' seconds."
)
SENTENCES: Final[dict[str, tuple[str, str | None]]] = {
    "SubscriptionRequestsThrottled": (_THROTTLED, None),
    "ResourceRequestsThrottled": (_THROTTLED, "gateway"),
    "TooManyRequests": (
        (
            "The request is being throttled as the limit has been reached for operation type - {operation}. "
            "For more information, see - https://aka.ms/srpthrottlinglimits"
        ),
        None,
    ),
    "ServiceUnavailable": ("The service is unavailable now. Please retry the request later.", "service"),
    "ServerTimeout": ("The request timed out. Diagnostic information: timestamp '{time}'.", "service"),
    "InvalidGatewayHost": (
        "Host name resolution failed for '{namespace}'; cannot fulfill the request.",
        "service",
    ),
    "GatewayAuthenticationFailed": ("Gateway authentication failed for '{namespace}'.", "gateway"),
    "InternalServerError": (
        "Encountered internal server error. Diagnostic information: timestamp '{time}'.",
        None,
    ),
    "AuthorizationFailed": (
        (
            "The client '{client}' with object id '{principal}' does not have authorization to perform "
            "action '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, "
            "please refresh your credentials."
        ),
        "gateway",
    ),
    "MissingSubscriptionRegistration": (
        (
            "The subscription is not registered to use namespace '{namespace}'. See "
            "https://aka.ms/rps-not-found for "
            "how to register subscriptions."
        ),
        "gateway",
    ),
    "PrincipalNotFound": (
        (
            "Principal {principal} does not exist in the directory {tenant}. Check that you have the "
            "correct principal "
            "ID. If you are creating this principal and then immediately assigning a role, this error "
            "might be related "
            "to a replication delay. In this case, set the role assignment principalType property to a "
            "value, such as "
            "ServicePrincipal, User, or Group.  See https://aka.ms/docs-principaltype"
        ),
        None,
    ),
    "StorageAccountOperationInProgress": (
        "An operation is currently performing on this storage account that requires exclusive access.",
        None,
    ),
}
