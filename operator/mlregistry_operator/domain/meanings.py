"""What Azure's error codes mean for us: one table, from code to treatment, reason and remedy.

The code decides, never the HTTP status or the SDK's exception class: every conflict arrives as the same
class. A code that is not listed is tried again slowly, unless its status says that it passes by itself.

Sources: ARM common errors (https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors),
storage resource provider error codes, and recorded conversations.
"""

from dataclasses import dataclass
from typing import Final

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.failures import Severity


@dataclass(frozen=True, slots=True)
class Meaning:
    """How one code is treated, and the sentence that tells the user what to do."""

    severity: Severity
    reason: Reason
    remedy: str


_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_WAIT = "It is tried again by itself."

THROTTLED: Final = Meaning(
    Severity.RETRY, Reason.THROTTLED, "Azure asked to wait; it is tried again after that."
)
UNAVAILABLE: Final = Meaning(Severity.RETRY, Reason.AZURE_UNAVAILABLE, _WAIT)
IN_PROGRESS: Final = Meaning(Severity.RETRY, Reason.OPERATION_IN_PROGRESS, _WAIT)
UNREACHABLE: Final = Meaning(
    Severity.RETRY,
    Reason.AZURE_UNAVAILABLE,
    "Check the operator's network and endpoints; it is tried again by itself.",
)
TOO_LARGE: Final = Meaning(
    Severity.SLOW_RETRY,
    Reason.RESPONSE_TOO_LARGE,
    "Check what answers at that address: a proxy, or a host that is no Azure service; it is tried again"
    " slowly.",
)
AUTHENTICATION: Final = Meaning(
    Severity.SLOW_RETRY,
    Reason.AUTHENTICATION_FAILED,
    "Check tenant, client id and secret, certificate or federated credential of the identity.",
)
EXPIRED: Final = Meaning(
    Severity.RETRY,
    Reason.AUTHENTICATION_FAILED,
    "It is tried again by itself, with a new token; where that goes on, compare the operator's clock with"
    " Azure's.",
)
UNKNOWN: Final = Meaning(
    Severity.SLOW_RETRY,
    Reason.UNKNOWN_AZURE_ERROR,
    "Look the code up in Azure's documentation; it is tried again slowly.",
)
REDIRECTED: Final = Meaning(
    Severity.SLOW_RETRY,
    Reason.REFUSED_BY_AZURE,
    "The answer leads to another address, and no redirect is followed: give the address of the service"
    " itself.",
)
NAME_TAKEN: Final = Meaning(Severity.RETRY, Reason.NAME_TAKEN, "The next name of the sequence is tried.")

_AUTHORIZATION = Meaning(
    Severity.SLOW_RETRY,
    Reason.AUTHORIZATION_FAILED,
    "Grant the identity Contributor on the resource group (on the subscription, to create the group).",
)
_POLICY = Meaning(
    Severity.SLOW_RETRY,
    Reason.POLICY_DENIED,
    "Change the spec, or ask the owner of the policy for an exemption.",
)
_LOCKED = Meaning(Severity.SLOW_RETRY, Reason.LOCKED, "Remove the lock; it goes on by itself.")
_QUOTA = Meaning(
    Severity.SLOW_RETRY,
    Reason.QUOTA_EXCEEDED,
    "Ask Azure for more quota in this region, or remove accounts there.",
)
_GROUP = Meaning(
    Severity.SLOW_RETRY,
    Reason.RESOURCE_GROUP_NOT_FOUND,
    "Create the resource group, or set spec.azure.createResourceGroup: true.",
)
_SUBSCRIPTION = Meaning(
    Severity.SLOW_RETRY,
    Reason.SUBSCRIPTION_NOT_FOUND,
    "Check spec.azure.subscriptionId, and that the identity can see it; a registry's subscription cannot"
    " change, so a wrong id needs a new MLRegistry.",
)
_REGISTER = Meaning(
    Severity.RETRY,
    Reason.PROVIDER_NOT_REGISTERED,
    "The operator asked Azure to register it; if that is not allowed, run `az provider register`.",
)
_SPEC = Meaning(Severity.STALLED, Reason.REFUSED_BY_AZURE, "Change the spec to what Azure accepts.")
_REGION = Meaning(
    Severity.STALLED,
    Reason.REFUSED_BY_AZURE,
    "Choose a region that offers it, or another storageAccountType.",
)
_FIXED = Meaning(
    Severity.STALLED,
    Reason.IMMUTABLE_IN_AZURE,
    "Put the old value back, or remove the region and add it again.",
)
_CAPACITY = Meaning(
    Severity.SLOW_RETRY,
    Reason.AZURE_UNAVAILABLE,
    "Azure has no capacity there at the moment; it is tried again slowly, or choose another region.",
)
_OFFER = Meaning(
    Severity.SLOW_RETRY,
    Reason.REFUSED_BY_AZURE,
    "Ask Azure to open this region to the subscription, or choose another region.",
)
_RESERVED = Meaning(
    Severity.SLOW_RETRY,
    Reason.REFUSED_BY_AZURE,
    "Azure reserves a word in the name: choose another registryName, in a new MLRegistry.",
)
_DISABLED = Meaning(
    Severity.SLOW_RETRY, Reason.REFUSED_BY_AZURE, "Enable the account or subscription; it goes on by itself."
)
_NOT_UNDERSTOOD = Meaning(
    Severity.SLOW_RETRY,
    Reason.REFUSED_BY_AZURE,
    "Change the spec to what Azure accepts, or use an operator that this cloud understands.",
)
_PRINCIPAL = Meaning(
    Severity.RETRY,
    Reason.PRINCIPAL_NOT_FOUND,
    "Microsoft Entra does not know the principal: check spec.access[].principalId, which is an object id and"
    " not a client id; a new one is found by itself.",
)
_TOO_MANY_ROLES = Meaning(
    Severity.SLOW_RETRY,
    Reason.QUOTA_EXCEEDED,
    "Remove role assignments of the subscription, or name groups instead of people in spec.access.",
)
_RETAINED = Meaning(
    Severity.SLOW_RETRY,
    Reason.RETENTION_ACTIVE,
    "Wait until the retention of every blob in it is over, it goes on by itself; or annotate the object with"
    ' mlregistry.io/force-detach: "true" to leave everything in Azure.',
)
_GONE = Meaning(Severity.RETRY, Reason.PROGRESSING_WITH_RETRY, _WAIT)

MEANINGS: Final[dict[str, Meaning]] = {
    # It passes by itself.
    "SubscriptionRequestsThrottled": THROTTLED,
    "ResourceRequestsThrottled": THROTTLED,
    "TooManyRequests": THROTTLED,
    "ServerBusy": THROTTLED,
    "ServiceUnavailable": UNAVAILABLE,
    "ServerTimeout": UNAVAILABLE,
    "InternalServerError": UNAVAILABLE,
    "InternalError": UNAVAILABLE,
    "OperationTimedOut": UNAVAILABLE,
    "GatewayTimeout": UNAVAILABLE,
    "GatewayAuthenticationFailed": UNAVAILABLE,
    "InvalidGatewayHost": UNAVAILABLE,
    "StorageAccountOperationInProgress": IN_PROGRESS,
    "SubscriptionOperationInProgress": IN_PROGRESS,
    "AnotherOperationInProgress": IN_PROGRESS,
    "OperationInProgress": IN_PROGRESS,
    "StorageAccountBeingCreated": IN_PROGRESS,
    "StorageAccountIsNotProvisioned": IN_PROGRESS,
    "ResourceGroupBeingDeleted": IN_PROGRESS,
    "Conflict": IN_PROGRESS,
    "ResourceNotFound": _GONE,
    "ParentResourceNotFound": _GONE,
    "StorageAccountNotFound": _GONE,
    "RegistryNotFound": _GONE,
    "InvalidResourceReference": _GONE,
    "MissingSubscriptionRegistration": _REGISTER,
    "MissingRegistrationForLocation": _REGISTER,
    "SubscriptionNotRegistered": _REGISTER,
    "ContainerNotFound": _GONE,
    "PrincipalNotFound": _PRINCIPAL,
    # The next name of the sequence.
    "StorageAccountAlreadyTaken": NAME_TAKEN,
    "StorageAccountInAnotherResourceGroup": NAME_TAKEN,
    "StorageAccountAlreadyExists": NAME_TAKEN,
    "RegistryNameAlreadyInUse": NAME_TAKEN,
    "AlreadyInUse": NAME_TAKEN,
    # Somebody has to act; it goes on by itself afterwards.
    "AuthorizationFailed": _AUTHORIZATION,
    "LinkedAuthorizationFailed": _AUTHORIZATION,
    "AuthorizationPermissionMismatch": _AUTHORIZATION,
    "InvalidAuthenticationToken": AUTHENTICATION,
    "ExpiredAuthenticationToken": EXPIRED,
    "InvalidAuthenticationTokenTenant": AUTHENTICATION,
    "AuthenticationFailed": AUTHENTICATION,
    "RequestDisallowedByPolicy": _POLICY,
    "ScopeLocked": _LOCKED,
    "MaxStorageAccountsCountPerSubscriptionExceeded": _QUOTA,
    "ResourceQuotaExceeded": _QUOTA,
    "QuotaExceeded": _QUOTA,
    "AllocationFailed": _CAPACITY,
    "RegionIsOfferRestricted": _OFFER,
    "ReservedResourceName": _RESERVED,
    "AccountIsDisabled": _DISABLED,
    "ReadOnlyDisabledSubscription": _DISABLED,
    "BadRequest": _NOT_UNDERSTOOD,
    "BadRequestFormat": _NOT_UNDERSTOOD,
    "InvalidApiVersionParameter": _NOT_UNDERSTOOD,
    "NoRegisteredProviderFound": _NOT_UNDERSTOOD,
    "InvalidResourceType": _NOT_UNDERSTOOD,
    "RoleAssignmentLimitExceeded": _TOO_MANY_ROLES,
    "AccountProtectedFromDeletion": _RETAINED,
    "ResourceGroupNotFound": _GROUP,
    "SubscriptionNotFound": _SUBSCRIPTION,
    "InvalidSubscriptionId": _SUBSCRIPTION,
    # Only another spec helps.
    "AccountNameInvalid": _SPEC,
    "AccountPropertyCannotBeSet": _SPEC,
    "StorageAccountNameNotValid": _SPEC,
    "InvalidAccountType": _SPEC,
    "InvalidAccessTier": _SPEC,
    "LocationRequired": _SPEC,
    "MissingRequiredParameter": _SPEC,
    "InvalidValuesForRequestParameters": _SPEC,
    "InvalidRequestContent": _SPEC,
    "InvalidParameter": _SPEC,
    "InvalidPrincipalId": _SPEC,
    "TooManyTags": _SPEC,
    "LocationNotAvailableForResourceType": _REGION,
    "LocationNotAvailableForResourceGroup": _REGION,
    "LocationNotValid": _REGION,
    "AccountTypeNotSupportedInLocation": _REGION,
    "SkuNotAvailable": _REGION,
    "FeatureNotSupportedForAccount": _SPEC,
    "InvalidResourceLocation": _FIXED,
    "AccountPropertyCannotBeUpdated": _FIXED,
    "StorageAccountTypeConversionNotAllowed": _FIXED,
    "StorageAccountTypeConversionCannotBeChanged": _FIXED,
    "PropertyChangeNotAllowed": _FIXED,
    "PropertyIsImmutable": _FIXED,
    "HomeReplicationCannotBeDeleted": _FIXED,
}


def meaning_of(code: str, status: int | None) -> Meaning:
    """What a failed answer means; `status` is the HTTP status, None where no answer came."""
    if is_redirect(status):
        return REDIRECTED
    known = MEANINGS.get(code)
    if known is not None:
        return known
    if status is None:
        return UNREACHABLE
    return _by_status(status)


def is_redirect(status: int | None) -> bool:
    """Whether an answer with this HTTP status asks to go elsewhere; no code in it counts then."""
    return status in _REDIRECTS


def _by_status(status: int) -> Meaning:
    match status:
        case 401:
            return AUTHENTICATION
        case 403:
            return _AUTHORIZATION
        case 408 | 500 | 502 | 503 | 504:
            return UNAVAILABLE
        case 429:
            return THROTTLED
        case _:
            return UNKNOWN
