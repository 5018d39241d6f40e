"""What a person has to mend before a registry goes on."""

from typing import Final

from hack.generate.worked.cases import ACCOUNT, CONTAINER_REGISTRY, Case, by_azure, failed, found
from mlregistry_operator.api.conditions import ConditionType
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.api.relations import IDENTITY_CLOSED, NAME_CLAIMED
from mlregistry_operator.domain.assess import left_behind
from mlregistry_operator.domain.conditions import Verdict
from mlregistry_operator.domain.differences import Difference, Remedy
from mlregistry_operator.domain.ending import gone_with_namespace, with_way_out
from mlregistry_operator.domain.failures import Severity

_STORAGE: Final = ConditionType.STORAGE_READY
_IMAGES: Final = ConditionType.CONTAINER_REGISTRY_READY
_ACCESS: Final = ConditionType.ACCESS_READY
_TWO: Final = "2 of 3 regions are ready."
_NONE: Final = "0 of 3 regions are ready."
_HNS: Final = (
    "westus: storage account demoregwestusq2w4e6r8 has storageAccountHns false and should have true: Azure"
    " cannot switch the hierarchical namespace of an account; set storageAccountHns to false, or remove the"
    " region and add it again."
)
_LEFT: Final = left_behind(
    Difference("storageAccountHns", "true", "false", Remedy.REFUSE, Reason.IMMUTABLE_IN_AZURE, _HNS),
    "demoregwestusq2w4e6r8",
    "westus",
)
_STILL: Final = (
    "No progress since 2026-11-27T07:30:00Z; it is tried on. 2 of 3 regions are ready. Could not create"
    " storage account demoregwestusq2w4e6r8 (ServiceUnavailable). It is tried again by itself."
)

_IDENTITY: Final = (
    Case(
        Reason.IDENTITY_NOT_ALLOWED,
        "The operator's setting `identity.allowed` has no entry for this namespace, subscription and group.",
        "Ask who installed the operator to add it, or bring credentials of your own.",
        failed(
            None,
            "",
            found(
                Reason.IDENTITY_NOT_ALLOWED,
                Severity.SLOW_RETRY,
                *IDENTITY_CLOSED.cause_and_remedy(
                    "team-b",
                    "resource group ml-registries of subscription 00000000-0000-0000-0000-000000000000",
                ),
            ),
        ),
    ),
    Case(
        Reason.CREDENTIALS_UNAVAILABLE,
        "`spec.azure.credentials.secretRef` names a Secret that the operator may not read.",
        "Create the Role and its binding, or give the operator an identity of its own"
        " ([install on AKS](../install-aks.md)).",
        failed(
            None,
            "",
            found(
                Reason.CREDENTIALS_UNAVAILABLE,
                Severity.SLOW_RETRY,
                "The operator may not read Secret ml-platform/azure",
                "Create a Role in ml-platform that lets its ServiceAccount get secrets named azure.",
            ),
        ),
    ),
    Case(
        Reason.CREDENTIALS_UNAVAILABLE,
        "The namespace is being deleted, its Secret went first, and the operator was restarted since: it no"
        " longer has what it read last.",
        'Annotate the registry with `mlregistry.io/force-detach: "true"`, and delete in Azure by hand what'
        " nobody needs.",
        failed(
            None,
            "",
            with_way_out(
                found(
                    Reason.CREDENTIALS_UNAVAILABLE,
                    Severity.SLOW_RETRY,
                    "Secret ml-platform/azure does not exist",
                    gone_with_namespace("ml-platform"),
                ),
                "MLRegistry ml-platform/demo-registry-1",
            ),
        ),
    ),
    Case(
        Reason.AUTHENTICATION_FAILED,
        "Microsoft Entra does not take the credential: a secret that has expired, or a federated credential"
        " for another ServiceAccount.",
        "Renew the secret, or compare the federated credential's subject with the ServiceAccount's name.",
        failed(
            _STORAGE,
            _NONE,
            by_azure("InvalidAuthenticationTokenTenant", 401, "read storage account", ACCOUNT),
        ),
    ),
    Case(
        Reason.AUTHORIZATION_FAILED,
        "The identity has no role on the resource group.",
        "Assign the role that the message names. Azure takes minutes until a new assignment holds.",
        failed(_STORAGE, _NONE, by_azure("AuthorizationFailed", 403, "create storage account", ACCOUNT)),
    ),
    Case(
        Reason.SUBSCRIPTION_NOT_FOUND,
        "The subscription's id is wrong, or no role of the identity lies in it.",
        "Check the id. A registry's subscription never changes, so that a wrong one needs a new object.",
        failed(_STORAGE, _NONE, by_azure("SubscriptionNotFound", 404, "read storage account", ACCOUNT)),
    ),
    Case(
        Reason.RESOURCE_GROUP_NOT_FOUND,
        "The resource group does not exist, and `createResourceGroup` is not set.",
        "Create the group, or have the operator do it.",
        failed(
            None,
            _NONE,
            found(
                Reason.RESOURCE_GROUP_NOT_FOUND,
                Severity.SLOW_RETRY,
                "Resource group ml-registries does not exist in subscription"
                " 00000000-0000-0000-0000-000000000000",
                "Create it, or set spec.azure.createResourceGroup: true.",
                code="ResourceGroupNotFound",
            ),
        ),
    ),
    Case(
        Reason.PRINCIPAL_NOT_FOUND,
        "`spec.access` names somebody whom Microsoft Entra does not know, or does not know yet.",
        "Compare `principalId` with the object id in Entra; a client id is another thing.",
        failed(
            _ACCESS,
            "3 of 3 regions are ready.",
            by_azure("PrincipalNotFound", 400, "create role assignment", ACCOUNT),
        ),
    ),
)

_REFUSED: Final = (
    Case(
        Reason.INVALID_SPEC,
        "The stored spec has something that this version of the operator cannot read, as after a downgrade.",
        "Correct the field that the message names.",
        failed(
            None,
            "",
            found(
                Reason.INVALID_SPEC,
                Severity.STALLED,
                "spec: publicNetworkAccess: Input should be 'Enabled' or 'Disabled'",
                "Correct the spec.",
            ),
        ),
    ),
    Case(
        Reason.IMMUTABLE_IN_AZURE,
        "Somebody has made the account anew in Azure, with another hierarchical namespace than is declared.",
        "Put the old value back, or remove the region, wait until its account is gone, and add it again.",
        failed(_STORAGE, _TWO, found(Reason.IMMUTABLE_IN_AZURE, Severity.STALLED, _HNS)),
    ),
    Case(
        Reason.RETAINED_ACCOUNT_DIFFERS,
        "A region comes back, and the account that was left there has other fixed settings.",
        "Declare the settings that the account has (`status.retained` tells them), or delete it by hand.",
        failed(_STORAGE, _TWO, found(Reason.RETAINED_ACCOUNT_DIFFERS, Severity.STALLED, _LEFT.message)),
    ),
    Case(
        Reason.NOT_OWNED,
        "An account of the computed name is there and does not carry the registry's tag; or the annotation"
        " names what another MLRegistry has, which the message then names.",
        "Find out whose it is. Take it over by the annotation if it is yours; else leave it alone.",
        failed(
            _STORAGE,
            _TWO,
            found(
                Reason.NOT_OWNED,
                Severity.SLOW_RETRY,
                f"{ACCOUNT} exists and does not carry the tag of this registry",
                "If nobody else needs it, take it over: annotate the MLRegistry with mlregistry.io/adopt:"
                f' "{ACCOUNT}"; else give a new MLRegistry another registryName.',
            ),
        ),
    ),
    Case(
        Reason.NAME_CONFLICT,
        "Another MLRegistry claims the same names and goes first: it holds something there, or is older. The"
        " same reason tells that every name of the sequence is taken by strangers.",
        "Create an MLRegistry with another `registryName`, or delete the one that the message names.",
        failed(
            None,
            "",
            found(
                Reason.NAME_CONFLICT,
                Severity.SLOW_RETRY,
                *NAME_CLAIMED.cause_and_remedy("team-a/demo-registry-1"),
            ),
        ),
    ),
    Case(
        Reason.QUOTA_EXCEEDED,
        "The subscription has as many storage accounts in a region as it may have.",
        "Ask Azure for more, or remove accounts. It goes on at the next look.",
        failed(
            _STORAGE,
            _TWO,
            by_azure(
                "MaxStorageAccountsCountPerSubscriptionExceeded", 409, "create storage account", ACCOUNT
            ),
        ),
    ),
    Case(
        Reason.POLICY_DENIED,
        "An Azure Policy of the organisation forbids the resource, such as a region that is not on its list.",
        "Change the spec, or ask for an exemption.",
        failed(_STORAGE, _TWO, by_azure("RequestDisallowedByPolicy", 403, "create storage account", ACCOUNT)),
    ),
    Case(
        Reason.LOCKED,
        "A lock on the group or on the resource forbids the change.",
        "Remove the lock, or declare what is there.",
        failed(_STORAGE, _TWO, by_azure("ScopeLocked", 409, "update storage account", ACCOUNT)),
    ),
    Case(
        Reason.PROVIDER_NOT_REGISTERED,
        "The subscription has never used container registries.",
        "Nothing where the operator may register providers; else have `az provider register` run.",
        failed(
            _IMAGES,
            _NONE,
            by_azure("MissingSubscriptionRegistration", 409, "create container registry", CONTAINER_REGISTRY),
        ),
    ),
    Case(
        Reason.REFUSED_BY_AZURE,
        "The region does not offer this type of account.",
        "Change what Azure does not take; its own code is in parentheses ([all of them](../errors.md)).",
        failed(_STORAGE, _TWO, by_azure("SkuNotAvailable", 409, "create storage account", ACCOUNT)),
    ),
    Case(
        Reason.PROGRESS_DEADLINE_EXCEEDED,
        "Something was tried for longer than the deadline, which is half an hour"
        " (`MLREGISTRY_RECONCILE__PROGRESS_DEADLINE_SECONDS`).",
        "Read on in the message: it goes on with what fails. It is tried on meanwhile.",
        (
            Verdict(ConditionType.READY, "False", Reason.PROGRESS_DEADLINE_EXCEEDED, _STILL),
            Verdict(ConditionType.STALLED, "True", Reason.PROGRESS_DEADLINE_EXCEEDED, _STILL),
        ),
    ),
)

REFUSALS: Final[tuple[Case, ...]] = (*_IDENTITY, *_REFUSED)
